// The list of commands over the composer: all of them by the menu button, fewer while "/…" is typed.
import { h, redraw } from "./dom.js";
import { say } from "./speak.js";

export class CommandList {
  constructor(run, fill) {
    this.run = run;
    this.fill = fill;
    this.node = h("div.commands", {
      role: "listbox",
      "aria-label": say("composer.commands"),
      hidden: true,
      data: { testid: "commands" },
    });
    this.node.addEventListener("mousedown", (event) => event.preventDefault());
  }

  show(commands, typed) {
    const asked = /^\/([a-z0-9_]*)$/i.exec(typed)?.[1].toLowerCase();
    this.found =
      asked === undefined || this.closed === typed
        ? []
        : commands.filter(({ command }) => command.startsWith(asked));
    if (this.closed !== typed) this.closed = null;
    this.node.hidden = !this.found.length;
    redraw(this.node, this.found, () => {
      this.at = 0;
      return this.found.map((one) => this.option(one));
    });
    this.mark();
  }

  option({ command, description }) {
    return h(
      "button.command",
      {
        type: "button",
        role: "option",
        tabindex: -1,
        data: { command },
        onclick: () => this.choose(command),
      },
      h("b", {}, `/${command}`),
      h("span", {}, description),
    );
  }

  choose(command) {
    if (this.run(`/${command}`)) this.fill("");
  }

  // True when the key was for the list.
  pressed(event) {
    if (this.node.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { command } = this.found[this.at];
    if (step) this.at = (this.at + step + this.found.length) % this.found.length;
    else if (event.key === "Enter") this.choose(command);
    else if (event.key === "Tab") this.fill(`/${command} `);
    else if (event.key === "Escape") this.close(event.target.value);
    else return false;
    event.preventDefault();
    this.mark();
    return true;
  }

  close(typed) {
    this.closed = typed;
    this.node.hidden = true;
  }

  mark() {
    [...this.node.children].forEach((option, index) => {
      option.setAttribute("aria-selected", index === this.at);
      if (index === this.at) option.scrollIntoView({ block: "nearest" });
    });
  }
}
