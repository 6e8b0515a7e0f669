// The top of the page: what this is, the counters, language, light or dark, and the way to the panel.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { language, say } from "./speak.js";
import { isDark } from "./theme.js";
import { state } from "./store.js";
import { Counters } from "./counters.js";
import { isBroken } from "./panel.js";

export class Topbar {
  // acts: {speak(code), shade(), panel()}
  constructor(acts) {
    const other = language() === "zh" ? "en" : "zh";
    this.counters = new Counters();
    this.line = h("p.line-state", { role: "status", data: { testid: "line" } });
    this.shade = button(
      "round",
      say(isDark() ? "page.light" : "page.dark"),
      { data: { testid: "theme" }, onclick: acts.shade },
      icon(isDark() ? "sun" : "moon"),
    );
    this.panel = button(
      "round.to-panel",
      say("panel.title"),
      { data: { testid: "panel" }, "aria-controls": "panel", onclick: acts.panel },
      icon("bolt"),
    );
    this.node = h(
      "header.topbar",
      {},
      h("span.logo", {}, icon("abacus")),
      h("h1", {}, say("page.name"), h("small", {}, say("page.what"))),
      this.line,
      this.counters.node,
      h(
        "button.language",
        { type: "button", lang: other, data: { testid: "language" }, onclick: () => acts.speak(other) },
        say("page.otherLanguage"),
      ),
      this.shade,
      this.panel,
    );
    this.update();
  }

  update() {
    this.counters.update();
    const said = whatGoesOn();
    this.line.textContent = said;
    this.line.title = said;
    this.line.hidden = !said;
    this.panel.classList.toggle("alarm", isBroken() || state.bot.state !== "running");
  }
}

function whatGoesOn() {
  if (!state.online) return say(state.ready ? "page.reconnecting" : "page.connecting");
  return state.doing ? say(`page.${state.doing}`) : "";
}
