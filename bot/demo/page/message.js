// One bubble: quote, media, text, time and ticks, keys, reactions, and what one can do with it.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { momentOf, nameOf, say, timeOf } from "./speak.js";
import { isOnlyEmoji, renderText } from "./text.js";
import { isBare, mediaOf, summaryOf } from "./media.js";
import { inlineKeys } from "./keyboard.js";

// chat: {person, author(message), find(id), isRead, tapped, tell(text), reply(message), edit(message), show(id)}
export function bubble(row, chat) {
  const [head] = row.messages;
  const foot = row.messages.at(-1);
  const isMine = head.from === "person";
  const captioned = row.messages.find((one) => one.caption) ?? head;
  const text = captioned.text ?? captioned.caption ?? "";
  const media = mediaOf(row.messages);
  const isLarge = !media && isOnlyEmoji(text);
  const body = h(
    "div.bubble",
    {},
    head.forward_origin
      ? h("div.forwarded", {}, say("message.forwarded", { name: originOf(head.forward_origin) }))
      : null,
    head.reply_to ? quote(head.reply_to, chat) : null,
    media,
    text ? textOf(captioned, text, chat, isLarge) : null,
    meta(foot, row, chat, isMine),
  );
  if (media) body.classList.add("has-media");
  if (media && !text) body.classList.add("no-text");
  if (isLarge || (isBare(head) && !text)) body.classList.add("bare");
  const node = h(
    "article.row",
    {
      data: { message: head.message_id, from: head.from },
      tabindex: -1,
      "aria-label": say("message.by", { name: chat.author(head), time: timeOf(head.date) }),
    },
    h("div.stack", {}, body, reactions(row.messages), inlineKeys(foot, chat), tools(captioned, chat, isMine)),
  );
  node.classList.add(isMine ? "mine" : "theirs");
  if (row.isFirst) node.classList.add("first");
  if (row.isLast) node.classList.add("last");
  return node;
}

function textOf(message, text, chat, isLarge) {
  const entities = message.text ? message.entities : message.caption_entities;
  const node = h("div.text", { dir: "auto" }, renderText(text, entities, chat.tell));
  if (isLarge) node.classList.add("large");
  return node;
}

function meta(message, row, chat, isMine) {
  const isEdited = row.messages.some((one) => one.edited);
  return h(
    "span.meta",
    {},
    isEdited ? h("span.edited", {}, say("message.edited")) : null,
    h(
      "time",
      { datetime: new Date(message.date * 1000).toISOString(), title: momentOf(message.date) },
      timeOf(message.date),
    ),
    isMine ? ticks(row, chat) : null,
  );
}

function ticks(row, chat) {
  const label = say(chat.isRead(row) ? "message.read" : "message.sent");
  return h(
    "span.ticks",
    { role: "img", "aria-label": label, title: label },
    icon(chat.isRead(row) ? "ticks" : "tick"),
  );
}

function quote(id, chat) {
  const original = chat.find(id);
  if (!original) return h("div.quote.gone", {}, say("message.gone"));
  return h(
    "button.quote",
    { type: "button", title: say("message.show"), onclick: () => chat.show(id) },
    h("b", {}, chat.author(original)),
    h("span", {}, summaryOf(original)),
  );
}

function originOf(origin) {
  const chat = origin.sender_chat ?? origin.chat;
  return origin.sender_user ? nameOf(origin.sender_user) : (origin.sender_user_name ?? chat?.title ?? "");
}

function reactions(messages) {
  const all = messages.flatMap((message) => message.reactions ?? []);
  return all.length
    ? h(
        "div.reactions",
        {},
        all.map((emoji) => h("span", {}, emoji)),
      )
    : null;
}

function tools(message, chat, isMine) {
  if (chat.person.blocked) return null;
  return h(
    "div.tools",
    {},
    button(
      "round.small",
      say("message.reply"),
      { data: { testid: "reply" }, tabindex: -1, onclick: () => chat.reply(message) },
      icon("reply"),
    ),
    isMine && message.text
      ? button(
          "round.small",
          say("message.edit"),
          { data: { testid: "edit" }, tabindex: -1, onclick: () => chat.edit(message) },
          icon("pen"),
        )
      : null,
  );
}
