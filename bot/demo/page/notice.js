// Short notices: on the page, or inside the phone of the person they are for.
import { h } from "./dom.js";
import { say } from "./speak.js";

const SHOWN = 3500; // ms; a long text stays longer
const perLetter = 45;

const region = h("div.notices", { role: "status", "aria-live": "polite" });
const showing = (id) => document.querySelector(`.phone[data-person="${Number(id)}"] .screen`);

export function notify(text, tone = "plain") {
  if (!region.isConnected) document.body.append(region);
  pop(region, text, tone);
}

// What answerCallbackQuery shows: a toast, or an alert the person must close.
export function toast(id, text, isAlert) {
  const screen = showing(id);
  if (!text) return;
  if (isAlert) alert(screen ?? document.body, text);
  else if (screen) pop(screen.querySelector(".toasts"), text, "plain");
}

function pop(where, text, tone) {
  const node = h("div.notice", { data: { testid: "toast", tone } }, text);
  where.append(node);
  while (where.children.length > 3) where.firstChild.remove();
  setTimeout(() => node.remove(), SHOWN + perLetter * text.length);
}

function alert(where, text) {
  where.querySelector(".alert")?.remove();
  const close = h("button.strong", { type: "button", onclick: () => node.remove() }, say("dialog.ok"));
  const hooks = { role: "alertdialog", "aria-label": text, data: { testid: "alert" } };
  const node = h(
    "div.alert",
    { ...hooks, onkeydown: (event) => event.key === "Escape" && node.remove() },
    h("div.card", {}, h("p", {}, text), close),
  );
  where.append(node);
  close.focus();
}
