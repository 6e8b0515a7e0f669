// What a newcomer sees here, and a few things to try; each is ticked off when done.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./speak.js";
import { person, touch } from "./store.js";
import { sendText, witness } from "./act.js";

const STEPS = ["write", "answer", "find", "report", "campaign", "break"];
const IDEAS = { customer: 3, agent: 3, manager: 14 };
const AT_ONCE = 4;
const LASTING = new Set(["manager"]); // whose ideas go on: as one is tried, the next comes up
const KEPT = "zhanggui.guide";
const done = new Set();
const spoken = new Set(); // roles that have written or sent a command themselves
const tried = new Set(); // ideas that somebody has sent
let isHidden = sessionStorage.getItem(KEPT) === "hidden";

const roleOf = (action) => person(action.person)?.role;
const isWritten = (action) => action.do === "text" && !action.text.startsWith("/");
const isSearch = (action) =>
  action.do === "inline" || (action.do === "text" && /^(\/find\b|查|搜)/.test(action.text));

const isReport = (action) =>
  action.do === "text" && /^(\/(report|daily|weekly|monthly)\b|日报|周报|月报|报表)/.test(action.text);
const isCampaign = (action) => action.do === "text" && /^(\/camp_(new|report)\b|新活动|活动报告)/.test(action.text);

witness((action) => {
  if (action.do === "text") spoken.add(roleOf(action));
  if (isReport(action)) tick("report");
  if (isCampaign(action)) tick("campaign");
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

// Words to try, over the composer: the first ones of whoever has not written yet, and a manager's one by one.
export const ideasFor = (owner) =>
  owner.blocked || (spoken.has(owner.role) && !LASTING.has(owner.role))
    ? []
    : Array.from({ length: IDEAS[owner.role] ?? 0 }, (_, index) => `${owner.role}_${index + 1}`)
        .filter((name) => !tried.has(name))
        .slice(0, AT_ONCE);

export function ideas(owner) {
  return ideasFor(owner).map((name) => {
    const text = say(`idea.${name}`);
    return h(
      "button.idea",
      { type: "button", data: { testid: `idea-${name}` }, onclick: () => attempt(owner, name, text) },
      text,
    );
  });
}

function attempt(owner, name, text) {
  tried.add(name);
  sendText(owner.id, text);
  touch("people");
}
