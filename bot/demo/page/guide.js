// What a newcomer sees here, and three things to try; each is ticked off when done.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./speak.js";
import { person, touch } from "./store.js";
import { sendText, witness } from "./act.js";

const STEPS = ["write", "answer", "break"];
const KEPT = "zhanggui.guide";
const done = new Set();
let isHidden = sessionStorage.getItem(KEPT) === "hidden";

const roleOf = (action) => person(action.person)?.role;
const isWritten = (action) => action.do === "text" && !action.text.startsWith("/");

witness((action) => {
  if (isWritten(action) && roleOf(action) === "customer") tick("write");
  if (isWritten(action) && roleOf(action) === "agent") tick("answer");
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

// First words to try, over a customer's composer until somebody has written something.
export const ideasFor = (owner) =>
  owner.role === "customer" && !owner.blocked && !done.has("write") ? [1, 2, 3] : [];

export function ideas(owner) {
  return ideasFor(owner).map((index) => {
    const text = say(`idea.${index}`);
    return h(
      "button.idea",
      { type: "button", data: { testid: `idea-${index}` }, onclick: () => sendText(owner.id, text) },
      text,
    );
  });
}
