// The line one writes in, and the round buttons around it.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./speak.js";
import { attachMenu } from "./attach.js";
import { filesIn } from "./files.js";
import { record } from "./recorder.js";

export function writingLine(composer) {
  const input = h("textarea", {
    rows: 1,
    placeholder: say("composer.placeholder"),
    "aria-label": say("composer.placeholder"),
    enterkeyhint: "send",
    dir: "auto",
    data: { testid: "composer" },
    oninput: () => composer.typed(),
    onkeydown: (event) => composer.pressed(event),
    onpaste: (event) => composer.take(filesIn(event.clipboardData), event),
  });
  const picker = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    data: { testid: "files" },
    onchange: () => composer.picked(),
  });
  const slash = tool("menu", say("composer.menu"), "menu", () => composer.toggleCommands());
  const clip = tool("attach", say("composer.attach"), "clip", () =>
    attachMenu(clip, composer.id, (kind) => composer.pick(kind)),
  );
  clip.setAttribute("aria-haspopup", "menu");
  const keys = tool("keys", say("composer.keys"), "keys", () => composer.toggleKeys());
  const send = tool("send", say("composer.send"), "send", () => composer.submit());
  send.classList.add("send");
  const mic = tool("mic", say("composer.voice"), "mic", () => record(line, composer.id));
  const line = h("div.line", {}, slash, clip, input, keys, send, mic, picker);
  return { input, picker, slash, keys, send, mic, line };
}

function tool(testid, label, symbol, run) {
  return button("round", label, { data: { testid }, onclick: run }, icon(symbol));
}
