// The list of messages of one person's phone.
import { arrange, button, h, isCalm } from "./dom.js";
import { icon } from "./icons.js";
import { dayOf, nameOf, say } from "./speak.js";
import { state } from "./store.js";
import { bubble } from "./message.js";
import { rowsOf } from "./rows.js";

const SHOWN = 150; // messages drawn at first; a button shows the earlier ones
const NEAR = 90; // px from the end that still count as "reading the latest"

export class ChatView {
  // acts: {tell(text), reply(message), edit(message)}
  constructor(person, acts) {
    this.acts = acts;
    this.id = person.id;
    this.drawn = new Map();
    this.shown = SHOWN;
    this.list = h("div.messages", {
      role: "log",
      tabindex: 0,
      "aria-label": say("chat.label", { name: nameOf(person) }),
      onkeydown: (event) => this.walk(event),
    });
    this.list.addEventListener("scroll", () => this.scrolled());
    // Pictures that arrive late, and a keyboard that opens, must not push the latest message out of sight.
    const hold = () => this.sticks && this.scrollToEnd();
    this.list.addEventListener("load", hold, true);
    new ResizeObserver(hold).observe(this.list);
    this.toEnd = button(
      "round.to-end",
      say("chat.latest"),
      { onclick: () => this.scrollToEnd("smooth") },
      icon("down"),
    );
    this.empty = h(
      "div.empty",
      {},
      h("p", {}, say("chat.empty")),
      h(
        "button.strong",
        { type: "button", data: { testid: "start" }, onclick: () => acts.tell("/start") },
        say("chat.start"),
      ),
    );
    this.typing = h("div.typing", { role: "img", "aria-label": say("chat.typing") }, h("i"), h("i"), h("i"));
    this.earlier = h(
      "button.earlier",
      { type: "button", onclick: () => this.showEarlier() },
      say("chat.earlier"),
    );
    this.node = h("div.chat", {}, this.list, this.toEnd, h("div.toasts", { role: "status" }));
  }

  update(person) {
    const isFirst = !this.count;
    const grew = person.chat.length > (this.count ?? 0);
    const isOwn = grew && person.chat.at(-1)?.from === "person";
    const stick = isFirst || isOwn || this.isAtEnd();
    this.count = person.chat.length;
    this.person = person;
    const messages = person.chat.slice(-this.shown);
    const nodes = rowsOf(messages).map((row) => this.draw(row));
    if (messages.length < person.chat.length) nodes.unshift(this.earlier);
    if (!person.chat.length) nodes.push(this.empty);
    if (person.typing) nodes.push(this.typing);
    arrange(this.list, nodes);
    this.sticks = stick;
    if (stick) this.scrollToEnd();
  }

  // A row is drawn again only when something it shows has changed.
  draw(row) {
    if (row.kind === "day") return this.day(row);
    const isRead = row.messages.at(-1).message_id <= state.storedUpTo;
    const tapped = this.person.tapped;
    const waits =
      tapped && row.messages.some((one) => one.message_id === tapped.messageId) ? tapped.data : "";
    const mark = [row.isFirst, row.isLast, isRead, waits, this.person.blocked].join();
    const before = this.drawn.get(row.key);
    const isSame = before?.mark === mark && before.messages.length === row.messages.length;
    if (isSame && before.messages.every((one, index) => one === row.messages[index])) return before.node;
    const node = bubble(row, this.context(isRead));
    if (!before && this.drawn.size) node.classList.add("fresh");
    this.drawn.set(row.key, { mark, messages: row.messages, node });
    return node;
  }

  day(row) {
    const text = dayOf(row.date);
    const before = this.drawn.get(row.key);
    if (before?.text === text) return before.node;
    const node = h("div.day", { role: "separator" }, h("span", {}, text));
    this.drawn.set(row.key, { text, node });
    return node;
  }

  context(isRead) {
    const { person } = this;
    return {
      person,
      tapped: person.tapped,
      isRead: () => isRead,
      author: (message) => (message.from === "bot" ? state.me.first_name : nameOf(person)),
      find: (id) => this.person.chat.find((one) => one.message_id === id),
      show: (id) => this.show(id),
      ...this.acts,
    };
  }

  show(id) {
    if (!this.list.querySelector(`[data-message="${id}"]`)) this.showEarlier();
    const target = this.list.querySelector(`[data-message="${id}"]`)?.closest(".row");
    if (!target) return;
    target.scrollIntoView({ block: "center", behavior: isCalm() ? "auto" : "smooth" });
    target.classList.remove("flash");
    requestAnimationFrame(() => target.classList.add("flash"));
    target.focus({ preventScroll: true });
  }

  showEarlier() {
    const height = this.list.scrollHeight;
    this.shown = Infinity;
    this.update(this.person);
    this.list.scrollTop += this.list.scrollHeight - height;
  }

  isAtEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR;
  }

  scrolled() {
    this.sticks = this.isAtEnd();
    this.toEnd.classList.toggle("shown", !this.sticks);
  }

  scrollToEnd(behavior = "auto") {
    this.list.scrollTo({ top: this.list.scrollHeight, behavior: isCalm() ? "auto" : behavior });
  }

  // Arrow keys walk from message to message; R answers, E edits.
  walk(event) {
    const rows = [...this.list.querySelectorAll(".row")];
    const row = document.activeElement.closest(".row");
    const isPlain = event.target === this.list || event.target === row;
    if (!isPlain || !rows.length) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const tool = { r: "reply", e: "edit", Enter: "reply" }[event.key];
    if (step) rows[row ? rows.indexOf(row) + step : rows.length - 1]?.focus();
    else if (tool && row) row.querySelector(`[data-testid="${tool}"]`)?.click();
    else return;
    event.preventDefault();
  }
}
