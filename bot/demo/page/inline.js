// Inline mode: "@bot 张三" offers what the bot found; a tap posts it.
import { h, redraw } from "./dom.js";
import { say } from "./speak.js";
import { state } from "./store.js";
import { askInline, chooseInline } from "./act.js";

const PAUSE = 250; // ms without a key until the bot is asked

export class InlineList {
  constructor(id, done) {
    Object.assign(this, { id, done, asked: null });
    this.node = h("div.commands", {
      role: "listbox",
      "aria-label": say("composer.inline"),
      hidden: true,
      data: { testid: "inline" },
    });
    this.node.addEventListener("mousedown", (event) => event.preventDefault());
  }

  show(answer, typed) {
    const query = this.queryOf(typed);
    if (query !== this.asked) this.ask(query);
    const results = query === null ? [] : (answer?.results ?? []);
    this.node.hidden = !results.length;
    redraw(this.node, results, () => results.map((one) => this.option(one, answer.queryId)));
  }

  ask(query) {
    this.asked = query;
    clearTimeout(this.timer);
    if (query !== null) this.timer = setTimeout(() => askInline(this.id, query), PAUSE);
  }

  option({ id, title, description }, queryId) {
    const choose = () => {
      if (chooseInline(this.id, queryId, id)) this.done();
    };
    return h(
      "button.command",
      { type: "button", role: "option", data: { result: id }, onclick: choose },
      h("b", {}, title),
      h("span", {}, description),
    );
  }

  isAsked(typed) {
    return this.queryOf(typed) !== null;
  }

  queryOf(typed) {
    const mention = `@${state.me.username} `.toLowerCase();
    return typed.toLowerCase().startsWith(mention) ? typed.slice(mention.length) : null;
  }
}
