// Breaking things on purpose: Telegram's faults and the bot's life.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { number, say } from "./speak.js";
import { state } from "./store.js";
import { setFault, steerBot } from "./act.js";

// The first of the levels that a switch turns on is its middle one.
const FAULTS = [
  { name: "down", key: "down", icon: "cloud", off: false, on: true },
  {
    name: "slow",
    key: "slow_ms",
    icon: "snail",
    off: 0,
    levels: [300, 1000, 3000],
    label: (ms) => say("panel.seconds", { n: number(ms / 1000) }),
  },
  { name: "storm", key: "storm", icon: "storm", off: 0, levels: [0.2, 0.5, 1], label: percent },
  { name: "errors", key: "errors", icon: "fault", off: 0, levels: [0.2, 0.5, 1], label: percent },
  { name: "cut", key: "cut", icon: "cut", off: 0, levels: [0.2, 0.5, 1], label: percent },
];
const QUIET = Object.fromEntries(FAULTS.map(({ key, off }) => [key, off]));

function percent(share) {
  return say("panel.percent", { n: number(Math.round(share * 100)) });
}

export class Panel {
  constructor() {
    this.status = h("p.bot-state", { role: "status", data: { testid: "bot-state" } });
    this.kill = h(
      "button.danger",
      {
        type: "button",
        title: say("panel.kill.why"),
        data: { testid: "bot-kill" },
        onclick: () => steerBot("kill"),
      },
      icon("bolt"),
      say("panel.kill"),
    );
    this.start = h(
      "button.strong",
      { type: "button", data: { testid: "bot-start" }, onclick: () => steerBot("start") },
      icon("play"),
      say("panel.start"),
    );
    this.rows = FAULTS.map((fault) => new Fault(fault));
    this.calm = h(
      "button.plain",
      { type: "button", data: { testid: "all-well" }, onclick: () => this.mend() },
      say("panel.mend"),
    );
    this.node = h(
      "aside.panel",
      { id: "panel", "aria-label": say("panel.title") },
      h(
        "header",
        {},
        h("h2", {}, say("panel.title")),
        button(
          "round.small.close",
          say("dialog.close"),
          { onclick: () => this.toggle(false) },
          icon("close"),
        ),
      ),
      h("p.why", {}, say("panel.why")),
      h(
        "section",
        {},
        h("h3", {}, icon("robot"), say("panel.bot")),
        this.status,
        h("div.pair", {}, this.kill, this.start),
      ),
      h(
        "section",
        {},
        h("h3", {}, icon("cloud"), say("panel.telegram")),
        this.rows.map((row) => row.node),
      ),
      this.calm,
    );
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
    this.update();
  }

  toggle(isOpen = !this.node.classList.contains("open")) {
    this.node.classList.toggle("open", isOpen);
    if (isOpen) this.node.querySelector(".close").focus();
    else this.closed?.();
  }

  mend() {
    setFault(QUIET);
    if (state.bot.state === "stopped") steerBot("start");
  }

  update() {
    const life = state.bot.state;
    this.status.textContent = say(`bot.${life}`);
    this.status.dataset.state = life;
    this.kill.disabled = life === "stopped";
    this.start.disabled = life !== "stopped";
    this.rows.forEach((row) => row.update());
    this.calm.disabled = life === "running" && !isBroken();
  }
}

export const isBroken = () => FAULTS.some(({ key }) => Boolean(state.faults[key]));

class Fault {
  constructor(fault) {
    this.fault = fault;
    this.usual = fault.levels?.[1] ?? fault.on;
    const label = say(`fault.${fault.name}`);
    this.switch = h(
      "button.switch",
      {
        type: "button",
        role: "switch",
        "aria-label": label,
        data: { testid: `fault-${fault.name}` },
        onclick: () => this.flip(),
      },
      h("i"),
    );
    this.levels = (fault.levels ?? []).map((level) =>
      h(
        "button.level",
        { type: "button", data: { level }, onclick: () => this.set(level) },
        fault.label(level),
      ),
    );
    this.more = h("div.levels", { role: "group", "aria-label": label }, this.levels);
    this.node = h(
      "div.fault",
      { title: say(`fault.${fault.name}.why`) },
      h("div.line", {}, icon(fault.icon), h("span.grow", { "aria-hidden": "true" }, label), this.switch),
      this.more,
    );
  }

  get value() {
    return state.faults[this.fault.key];
  }

  flip() {
    this.set(this.value ? this.fault.off : this.usual);
  }

  set(value) {
    setFault({ [this.fault.key]: value });
  }

  update() {
    this.switch.setAttribute("aria-checked", Boolean(this.value));
    this.more.hidden = !this.value || !this.levels.length;
    this.levels.forEach((level) =>
      level.setAttribute("aria-pressed", Number(level.dataset.level) === this.value),
    );
  }
}
