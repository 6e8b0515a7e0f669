// Where a person writes: menu, attachments, text, keys, send or speak.
import { h, isTouch, redraw } from "./dom.js";
import { say } from "./speak.js";
import { state } from "./store.js";
import { block, sendText } from "./act.js";
import { CommandList } from "./commands.js";
import { InlineList } from "./inline.js";
import { attach } from "./files.js";
import { clearDraft, draftOf } from "./draft.js";
import { replyKeys } from "./keyboard.js";
import { forcesReply, replyKeyboardOf } from "./rows.js";
import { dispatch } from "./outgoing.js";
import { writingLine } from "./line.js";
import { strip } from "./strip.js";
import { notify } from "./notice.js";

export class Composer {
  // acts: {find(id), author(message)}
  constructor(person, acts) {
    this.id = person.id;
    this.acts = acts;
    this.commands = new CommandList(
      (text) => this.tell(text),
      (text) => this.fill(text),
    );
    this.inline = new InlineList(person.id, () => this.fill(""));
    this.above = h("div.above");
    this.below = h("div.below");
    Object.assign(this, writingLine(this));
    this.unblock = h(
      "button.unblock",
      { type: "button", data: { testid: "unblock" }, onclick: () => block(this.id, false) },
      say("person.unblock"),
    );
    this.node = h("div.composer", {}, this.commands.node, this.inline.node, this.above, this.line, this.unblock, this.below);
    this.input.value = this.draft.text;
  }

  get draft() {
    return draftOf(this.id);
  }

  update(person) {
    this.person = person;
    this.node.classList.toggle("is-blocked", Boolean(person.blocked));
    this.slash.hidden = !person.commands.length;
    this.obey(person.chat.at(-1));
    const keyboard = replyKeyboardOf(person.chat);
    if (keyboard?.from !== this.keysFrom) this.keysHidden = false;
    this.keysFrom = keyboard?.from;
    this.keys.hidden = !keyboard;
    const keys = keyboard && !this.keysHidden ? keyboard.lines : null;
    redraw(this.below, keys, () => (keys ? [replyKeys(person, keys, (text) => this.tell(text))] : []));
    this.refresh();
  }

  // A message with a forced reply opens the reply by itself, once.
  obey(message) {
    if (!forcesReply(message) || this.obeyed === message.message_id) return;
    this.obeyed = message.message_id;
    if (this.draft.editing === null) this.draft.replyTo = message.message_id;
  }

  refresh() {
    const { draft } = this;
    const about = this.acts.find(draft.editing ?? draft.replyTo);
    const shown = [draft.editing, about, draft.asFiles, draft.files.map((one) => one.id)];
    redraw(this.above, shown, () =>
      strip(draft, about, { ...this.acts, changed: () => this.refresh(), drop: () => this.drop() }),
    );
    this.commands.show(this.person.commands, this.input.value);
    this.inline.show(this.person.inline, this.input.value);
    this.slash.setAttribute("aria-expanded", !this.commands.node.hidden);
    const isEmpty = !this.input.value.trim() && !draft.files.length;
    this.send.hidden = isEmpty;
    this.mic.hidden = !isEmpty;
    this.grow();
  }

  grow() {
    // Newer browsers do this in CSS (field-sizing).
    if (CSS.supports("field-sizing", "content")) return;
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  restore() {
    this.fill(this.draft.text);
  }

  typed() {
    this.draft.text = this.input.value;
    this.refresh();
  }

  fill(text) {
    this.input.value = text;
    this.typed();
    this.input.focus();
  }

  reply(message) {
    Object.assign(this.draft, { replyTo: message.message_id, editing: null });
    this.refresh();
    this.input.focus();
  }

  edit(message) {
    Object.assign(this.draft, { editing: message.message_id, replyTo: null });
    this.fill(message.text);
  }

  // Lets go of the reply or the edit; a half-done edit takes its text with it.
  drop() {
    const wasEditing = this.draft.editing !== null;
    Object.assign(this.draft, { replyTo: null, editing: null });
    if (wasEditing) this.fill("");
    this.refresh();
    this.input.focus();
  }

  tell(text) {
    return sendText(this.id, text);
  }

  async submit() {
    const { draft } = this;
    const text = this.input.value.trim();
    if (this.inline.isAsked(text)) return;
    this.send.disabled = this.input.readOnly = true;
    const isGone = await dispatch(this.id, draft, text);
    this.send.disabled = this.input.readOnly = false;
    if (!isGone) return this.refresh();
    clearDraft(this.id);
    this.fill("");
  }

  pressed(event) {
    // An input method (pinyin) uses Enter and the arrows itself while it composes.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.commands.pressed(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && (this.draft.replyTo !== null || this.draft.editing !== null)) {
      this.drop();
    } else if (event.key === "ArrowUp" && !this.input.value) {
      const own = this.person.chat.findLast((message) => message.from === "person" && message.text);
      if (own) this.edit(own);
      event.preventDefault();
    }
  }

  toggleCommands() {
    this.fill(this.input.value === "/" ? "" : "/");
  }

  toggleKeys() {
    this.keysHidden = !this.keysHidden;
    this.update(this.person);
  }

  pick(kind) {
    this.draft.asFiles = kind === "file";
    this.picker.accept = kind === "photo" ? "image/*,video/*" : "";
    this.picker.click();
  }

  picked() {
    this.take([...this.picker.files]);
    this.picker.value = "";
  }

  take(files, event) {
    if (!files.length || this.person.blocked) return;
    event?.preventDefault();
    attach(this.draft, files, (reason, name) => notify(say(`notice.${reason}`, { name }), "bad"));
    this.refresh();
    if (!isTouch()) this.input.focus();
  }
}
