// One phone: whose it is, the chat with the bot, and where that person writes.
import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf, say } from "./speak.js";
import { person, state } from "./store.js";
import { avatar } from "./avatar.js";
import { ChatView } from "./chat.js";
import { Composer } from "./composer.js";
import { sendText } from "./act.js";
import { filesIn } from "./files.js";
import { peopleMenu } from "./people.js";
import { ideas, ideasFor } from "./guide.js";

export class Phone {
  // stage: {choose(id), remove()}
  constructor(id, stage) {
    this.id = id;
    this.stage = stage;
    const owner = person(id);
    const find = (messageId) => person(id).chat.find((one) => one.message_id === messageId);
    const author = (message) => (message.from === "bot" ? state.me.first_name : nameOf(person(id)));
    const acts = {
      tell: (text) => sendText(id, text),
      reply: (message) => this.composer.reply(message),
      edit: (message) => this.composer.edit(message),
    };
    this.chat = new ChatView(owner, acts);
    this.composer = new Composer(owner, { find, author });
    this.owner = h("button.owner", {
      type: "button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      data: { testid: "owner" },
      onclick: () => peopleMenu(this.owner, id, stage),
    });
    this.head = h("header.head");
    this.ideas = h("div.ideas");
    this.screen = h(
      "div.screen",
      {},
      this.head,
      this.chat.node,
      this.ideas,
      this.composer.node,
      h("div.drop", { "aria-hidden": "true" }, icon("clip"), say("composer.drop")),
    );
    this.node = h(
      "section.phone",
      { data: { person: id, role: owner.role } },
      this.owner,
      h("div.case", {}, this.screen),
    );
    this.acceptDrops();
    this.update();
    if (owner.unread) owner.unread = 0;
  }

  update() {
    const owner = person(this.id);
    this.node.setAttribute(
      "aria-label",
      say("phone.label", { name: nameOf(owner), role: say(`role.${owner.role}`) }),
    );
    this.node.dataset.role = owner.role;
    this.drawOwner(owner);
    this.drawHead(owner);
    this.chat.update(owner);
    this.composer.update(owner);
    redraw(this.ideas, ideasFor(owner), () => ideas(owner));
  }

  drawOwner(owner) {
    const [name, role] = [nameOf(owner), say(`role.${owner.role}`)];
    this.owner.title = say("people.choose");
    redraw(this.owner, [name, role], () => [
      avatar(owner),
      h("span.name", {}, name),
      h("span.role", {}, role),
      icon("down"),
    ]);
  }

  drawHead(owner) {
    const below = owner.typing ? say("chat.typing") : say("chat.bot");
    redraw(this.head, [state.me, below], () => [
      avatar(state.me, "small"),
      h("span.lines", {}, h("b", {}, state.me.first_name), h("small", {}, below)),
    ]);
  }

  acceptDrops() {
    let depth = 0;
    const hover = (change) => (event) => {
      event.preventDefault();
      depth += change;
      this.node.classList.toggle("dropping", depth > 0);
    };
    this.screen.addEventListener("dragenter", hover(1));
    this.screen.addEventListener("dragleave", hover(-1));
    this.screen.addEventListener("dragover", (event) => event.preventDefault());
    this.screen.addEventListener("drop", (event) => {
      depth = 0;
      this.node.classList.remove("dropping");
      this.composer.take(filesIn(event.dataTransfer), event);
      event.preventDefault();
    });
  }
}
