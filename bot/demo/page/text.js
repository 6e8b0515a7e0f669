// Text and its entities as DOM nodes. Offsets count UTF-16 units, as JavaScript strings do.
import { h } from "./dom.js";
import { deepLink, safeAddress } from "./act.js";

const WRAPS = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  blockquote: "blockquote",
  custom_emoji: "span",
};

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

// tell(text) is called when the person taps a command or a deep link.
export function renderText(text, entities, tell) {
  const ordered = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return render(text, 0, text.length, ordered, tell);
}

function render(text, from, to, entities, tell) {
  const piece = document.createDocumentFragment();
  let at = from;
  while (entities.length) {
    const [entity, ...rest] = entities;
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    const inside = rest.filter((other) => other.offset < end);
    entities = rest.filter((other) => other.offset >= end);
    if (end <= start) {
      entities = rest;
      continue;
    }
    piece.append(text.slice(at, start));
    piece.append(wrap(entity, text.slice(start, end), render(text, start, end, inside, tell), tell));
    at = end;
    // A block already ends its line.
    if (BLOCKS.has(entity.type) && at < to && text[at] === "\n") at += 1;
  }
  piece.append(text.slice(at, to));
  return piece;
}

function wrap(entity, covered, children, tell) {
  const tag = WRAPS[entity.type];
  if (tag) return h(tag, {}, children);
  switch (entity.type) {
    case "pre":
      return h("pre", {}, h("code", {}, children));
    case "expandable_blockquote":
      return unfolding("blockquote.fold", children);
    case "spoiler":
      return unfolding("span.spoiler", children);
    case "bot_command":
      return h("button.link", { type: "button", onclick: () => tell(covered) }, children);
    case "url":
    case "text_link":
      return link(entity.url ?? covered, children, tell);
    case "email":
      return link(`mailto:${covered}`, children, tell);
    case "phone_number":
      return link(`tel:${covered.replace(/[^+\d]/g, "")}`, children, tell);
    case "mention":
    case "hashtag":
    case "cashtag":
    case "text_mention":
      return h("span.tag", {}, children);
    default:
      return children;
  }
}

function link(address, children, tell) {
  const start = deepLink(address);
  if (start)
    return h("button.link", { type: "button", title: address, onclick: () => tell(start) }, children);
  const href = safeAddress(address);
  if (!href) return h("span", {}, children);
  return h("a", { href, title: href, target: "_blank", rel: "noopener noreferrer" }, children);
}

function unfolding(selector, children) {
  const open = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    const isOpen = node.classList.toggle("open");
    node.setAttribute("aria-expanded", isOpen);
  };
  const hooks = { role: "button", tabindex: 0, "aria-expanded": "false", onclick: open, onkeydown: open };
  const node = h(selector, hooks, children);
  return node;
}

const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f])+$/u;

// One to three emoji and nothing else are shown large.
export const isOnlyEmoji = (text) => EMOJI.test(text) && [...new Intl.Segmenter().segment(text)].length <= 3;
