// The phones side by side; on a narrow window one at a time, with tabs.
import { arrange, button, h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf, number, say } from "./speak.js";
import { person, state } from "./store.js";
import { avatar } from "./avatar.js";
import { Phone } from "./phone.js";
import { ROLES, askPerson, byRole, peopleMenu } from "./people.js";

const KEPT = "zhanggui.phones";
const narrow = matchMedia("(max-width: 700px)");

export class Stage {
  constructor() {
    this.slots = [];
    this.front = 0;
    this.phones = new Map();
    this.plus = button(
      "add-phone",
      say("stage.add"),
      { data: { testid: "add-phone" }, onclick: () => this.addPhone() },
      icon("plus"),
    );
    this.row = h("div.phones");
    this.tabs = h("nav.tabs", { "aria-label": say("people.choose") });
    this.node = h("main.stage", {}, this.tabs, this.row);
    this.narrowed = () => this.update(new Set(["people"]));
    narrow.addEventListener("change", this.narrowed);
  }

  leave() {
    narrow.removeEventListener("change", this.narrowed);
  }

  update(topics) {
    if (!state.ready) return;
    this.slots = this.slots.filter((id) => state.people.has(id));
    if (!this.slots.length) this.slots = firstPeople();
    this.front = Math.min(this.front, this.slots.length - 1);
    for (const id of this.phones.keys()) if (!this.slots.includes(id)) this.phones.delete(id);
    for (const [index, id] of this.slots.entries()) {
      if (!this.phones.has(id)) this.phones.set(id, new Phone(id, this.hooks(id)));
      else if (topics.has("people") || topics.has(`chat:${id}`) || topics.has(`commands:${id}`))
        this.phones.get(id).update();
      this.phones.get(id).node.classList.toggle("front", index === this.front);
    }
    arrange(this.row, [...this.slots.map((id) => this.phones.get(id).node), this.plus]);
    this.drawTabs();
  }

  hooks(id) {
    const stage = this;
    return {
      choose: (other) => stage.swap(id, other),
      get remove() {
        return stage.slots.length > 1 ? () => stage.remove(id) : null;
      },
    };
  }

  // A person already on stage changes places; nobody is shown twice.
  swap(id, other) {
    const there = this.slots.indexOf(other);
    const here = this.slots.indexOf(id);
    if (there >= 0) this.slots[there] = id;
    this.slots[here] = other;
    this.front = here;
    this.changed();
    this.phones.get(other)?.composer.input.focus({ preventScroll: true });
  }

  remove(id) {
    this.slots = this.slots.filter((one) => one !== id);
    this.changed();
  }

  addPhone() {
    const spare = byRole().find((one) => !this.slots.includes(one.id));
    if (spare) this.show(spare.id);
    else askPerson((id) => this.show(id));
  }

  show(id) {
    if (!this.slots.includes(id)) this.slots.push(id);
    this.front = this.slots.indexOf(id);
    this.changed();
    this.phones.get(id).node.scrollIntoView({ inline: "nearest", block: "nearest" });
  }

  changed() {
    sessionStorage.setItem(KEPT, JSON.stringify(this.slots));
    this.update(new Set(["people"]));
  }

  drawTabs() {
    const shown = this.slots.map((id) => [id, nameOf(person(id)), person(id).role, person(id).unread]);
    redraw(this.tabs, [this.front, shown], () => [
      ...this.slots.map((id, index) => this.tab(person(id), index)),
      button("tab.plus", say("stage.add"), { onclick: () => this.addPhone() }, icon("plus")),
    ]);
  }

  tab(owner, index) {
    const isFront = index === this.front;
    const press = () => {
      if (isFront) return peopleMenu(this.tabs.children[index], owner.id, this.hooks(owner.id));
      this.front = index;
      owner.unread = 0;
      this.update(new Set(["people"]));
    };
    return h(
      "button.tab",
      {
        type: "button",
        "aria-current": isFront && "true",
        data: { tab: owner.role, testid: `tab-${owner.role}` },
        onclick: press,
      },
      avatar(owner, "small"),
      h("span.lines", {}, h("span", {}, nameOf(owner)), h("small", {}, say(`role.${owner.role}`))),
      isFront ? icon("down") : null,
      owner.unread ? h("span.unread", {}, number(owner.unread)) : null,
    );
  }

  // What the bot says to somebody out of sight is counted on their name.
  count(event) {
    if (event.type !== "message" || event.message.from !== "bot") return;
    const at = this.slots.indexOf(event.person);
    const isSeen = at >= 0 && (!narrow.matches || at === this.front);
    const owner = person(event.person);
    if (!isSeen && owner) owner.unread = (owner.unread ?? 0) + 1;
  }
}

function firstPeople() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]").filter((id) => state.people.has(id));
  if (kept.length) return kept;
  const everybody = byRole();
  const chosen = ROLES.map((role) => everybody.find((one) => one.role === role)).filter(Boolean);
  return (chosen.length ? chosen : everybody).slice(0, 3).map((one) => one.id);
}
