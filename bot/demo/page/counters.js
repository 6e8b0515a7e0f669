// The promise in four numbers: what was received, stored, answered, and that nothing was lost.
import { h } from "./dom.js";
import { number, say } from "./speak.js";
import { state } from "./store.js";

const SHOWN = ["received", "waiting", "stored", "answered", "lost"];

export class Counters {
  constructor() {
    this.cells = new Map(SHOWN.map((name) => [name, h("dd", { data: { testid: `counter-${name}` } })]));
    this.node = h(
      "dl.counters",
      { "aria-label": say("counter.label") },
      SHOWN.map((name) =>
        h(
          "div",
          { data: { counter: name }, title: say(`counter.${name}.why`) },
          h("dt", {}, say(`counter.${name}`)),
          this.cells.get(name),
        ),
      ),
    );
    this.update();
  }

  update() {
    for (const [name, cell] of this.cells) cell.textContent = number(state.counters[name] ?? 0);
    this.cells.get("waiting").parentElement.hidden = !state.counters.waiting;
    this.cells.get("lost").parentElement.classList.toggle("bad", state.counters.lost > 0);
  }
}
