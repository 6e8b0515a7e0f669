// What a newcomer sees here, and a few things to try; each is ticked off when done.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./speak.js";
import { person, touch } from "./store.js";
import { sendText, witness } from "./act.js";

const STEPS = ["write", "answer", "find", "break"];
const IDEAS = { customer: 3, agent: 3, manager: 3 };
const KEPT = "zhanggui.guide";
const done = new Set();
const spoken = new Set(); // roles that have written or sent a command themselves
let isHidden = sessionStorage.getItem(KEPT) === "hidden";

const roleOf = (action) => person(action.person)?.role;
const isWritten = (action) => action.do === "text" && !action.text.startsWith("/");
const isSearch = (action) =>
  action.do === "inline" || (action.do === "text" && /^(\/find\b|查|搜)/.test(action.text));

witness((action) => {
  if (action.do === "text") spoken.add(roleOf(action));
  if (isSearch(action)) tick("find");
  else if (isWritten(action) && roleOf(action) === "customer") tick("write");
  else if (isWritten(action) && roleOf(action) === "agent") tick("answer");
  if (action.do === "fault" || action.do === "bot") tick("break");
});

function tick(step) {
  if (done.has(step)) return;
  done.add(step);
  touch("guide", "people");
}

export class Guide {
  constructor() {
    this.node = h("aside.guide", { "aria-label": say("guide.label") });
    this.update();
  }

  update() {
    this.node.hidden = isHidden;
    const next = STEPS.find((step) => !done.has(step));
    const items = STEPS.map((step, index) => {
      const isDone = done.has(step);
      const mark = h("span.mark", {}, isDone ? icon("tick") : String(index + 1));
      const item = h("li", { "aria-current": step === next && "step" }, mark, say(`guide.${step}`));
      if (isDone) item.classList.add("done");
      return item;
    });
    const hide = () => {
      isHidden = true;
      sessionStorage.setItem(KEPT, "hidden");
      this.update();
    };
    this.node.replaceChildren(
      h("p", {}, say("guide.what")),
      h("ol", {}, items),
      button("round.small", say("guide.hide"), { onclick: hide }, icon("close")),
    );
  }
}

// First words to try, over the composer of whoever has not written yet.
export const ideasFor = (owner) =>
  owner.blocked || spoken.has(owner.role)
    ? []
    : Array.from({ length: IDEAS[owner.role] ?? 0 }, (_, index) => `${owner.role}_${index + 1}`);

export function ideas(owner) {
  return ideasFor(owner).map((name) => {
    const text = say(`idea.${name}`);
    return h(
      "button.idea",
      { type: "button", data: { testid: `idea-${name}` }, onclick: () => sendText(owner.id, text) },
      text,
    );
  });
}
