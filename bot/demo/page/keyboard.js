// Keys under a message (inline) and keys instead of typing (reply keyboard).
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./speak.js";
import { deepLink, safeAddress, shareContact, tap } from "./act.js";
import { confirm } from "./dialog.js";
import { notify } from "./notice.js";

export function inlineKeys(message, chat) {
  if (!message.keyboard?.length) return null;
  return h(
    "div.keys",
    {},
    message.keyboard.map((line) =>
      h(
        "div.line",
        {},
        line.map((key) => inlineKey(key, message, chat)),
      ),
    ),
  );
}

function inlineKey(key, message, chat) {
  if (key.url) return urlKey(key, chat);
  if (key.copy_text) return copyKey(key);
  const isWaiting = chat.tapped?.messageId === message.message_id && chat.tapped.data === key.callback_data;
  const press = () => tap(chat.person.id, message.message_id, key.callback_data);
  const node = h("button.key", { type: "button", "aria-busy": isWaiting, onclick: press }, key.text);
  node.dataset.data = key.callback_data ?? "";
  if (key.style) node.dataset.style = key.style;
  return node;
}

function copyKey(key) {
  const copy = () =>
    navigator.clipboard.writeText(key.copy_text.text).then(() => notify(say("notice.copied")));
  return h("button.key", { type: "button", onclick: copy }, key.text);
}

function urlKey(key, chat) {
  const start = deepLink(key.url);
  if (start) return h("button.key", { type: "button", onclick: () => chat.tell(start) }, key.text);
  const href = safeAddress(key.url);
  return h("a.key", { href, target: "_blank", rel: "noopener noreferrer" }, key.text, icon("link"));
}

// say(text) sends what a plain key says.
export function replyKeys(person, lines, tell) {
  return h(
    "div.reply-keys",
    { role: "group", "aria-label": say("composer.keys") },
    lines.map((line) =>
      h(
        "div.line",
        {},
        line.map((key) => replyKey(person, key, tell)),
      ),
    ),
  );
}

function replyKey(person, key, tell) {
  const press = async () => {
    if (!key.request_contact) return tell(key.text);
    if (await confirm(say("contact.ask"), say("contact.share"))) shareContact(person.id);
  };
  return h(
    "button.key",
    { type: "button", onclick: press },
    key.request_contact ? icon("phone") : null,
    key.text ?? String(key),
  );
}
