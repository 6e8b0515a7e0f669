// A picture, as large as the window allows.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./speak.js";

export function view(source, label) {
  const close = button("round.close", say("dialog.close"), { onclick: () => dialog.close() }, icon("close"));
  const dialog = h(
    "dialog.viewer",
    { "aria-label": label, onclick: () => dialog.close(), onclose: () => dialog.remove() },
    h("img", { src: source, alt: label }),
    close,
  );
  document.body.append(dialog);
  dialog.showModal();
}
