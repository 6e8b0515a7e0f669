// What people do, sent to the server. Each returns false when nothing could be sent.
import { person, state, touch } from "./store.js";
import { say } from "./speak.js";
import { notify } from "./notice.js";
import { remember } from "./draft.js";

let send = () => false;
const witnesses = new Set();

export const connect = (live) => (send = (action) => live.send(action));

// witness(action) is told of everything people do on this page (the guide ticks its steps off).
export const witness = (told) => witnesses.add(told);

function act(action) {
  if (!send(action)) {
    notify(say("notice.offline"));
    return false;
  }
  witnesses.forEach((told) => told(action));
  return true;
}

export function sendText(id, text, replyTo = null) {
  remember(id, { text, replyTo });
  return act({ do: "text", person: id, text, reply_to: replyTo });
}

export const sendFiles = (id, files, { caption = "", as, replyTo = null }) =>
  act({ do: "files", person: id, files, caption, as, reply_to: replyTo });

export const sendVoice = (id, duration, mime, data) => act({ do: "voice", person: id, duration, mime, data });
export const sendThing = (id, kind, fields) => act({ do: kind, person: id, ...fields });
export const shareContact = (id) => act({ do: "share_contact", person: id });

export function editText(id, messageId, text) {
  remember(id, { text, editing: messageId });
  return act({ do: "edit", person: id, message_id: messageId, text });
}

export const askInline = (id, query) => act({ do: "inline", person: id, query });
export const chooseInline = (id, queryId, resultId) =>
  act({ do: "choose", person: id, query_id: queryId, result_id: resultId });
export const block = (id, isBlocked) => act({ do: isBlocked ? "block" : "unblock", person: id });
export const addPerson = (fields) => act({ do: "add_person", ...fields });
export const askInvite = (role) => act({ do: "invite", role });
export const setFault = (set) => act({ do: "fault", set });
export const steerBot = (action) => act({ do: "bot", action });

const KEY_WAITS = 4000; // ms a tapped key shows that it waits for an answer

export function tap(id, messageId, data) {
  const owner = person(id);
  if (owner.tapped || !act({ do: "tap", person: id, message_id: messageId, data })) return;
  owner.tapped = { messageId, data };
  owner.tapEnds = setTimeout(() => settleTap(id), KEY_WAITS);
  touch(`chat:${id}`);
}

export function settleTap(id) {
  const owner = person(id);
  if (!owner?.tapped) return;
  clearTimeout(owner.tapEnds);
  owner.tapped = null;
  touch(`chat:${id}`);
}

// t.me/<this bot>?start=… is a deep link: it opens the bot and says "/start …" for the person.
export function deepLink(address) {
  const bot = state.me.username?.toLowerCase();
  const url = parse(address);
  if (!bot || !url) return null;
  const isWeb = ["t.me", "telegram.me"].includes(url.hostname) && /^https?:$/.test(url.protocol);
  const named = isWeb ? url.pathname.slice(1) : url.protocol === "tg:" && url.searchParams.get("domain");
  if (!named || named.replace(/\/$/, "").toLowerCase() !== bot) return null;
  return `/start ${url.searchParams.get("start") ?? ""}`.trim();
}

// An address a page may open, or null: "javascript:" and the like never become links.
export function safeAddress(address) {
  const url = parse(address);
  return url && ["http:", "https:", "mailto:", "tel:", "tg:"].includes(url.protocol) ? url.href : null;
}

function parse(address) {
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
  } catch {
    return null;
  }
}
