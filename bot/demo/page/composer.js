// Where a person writes: menu, attachments, text, keys, send or speak.
import { button, h, isTouch, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { number, say } from "./speak.js";
import { state } from "./store.js";
import { block, editText, sendFiles, sendText } from "./act.js";
import { CommandList } from "./commands.js";
import { attachMenu } from "./attach.js";
import { attach, encode, filesIn } from "./files.js";
import { clearDraft, draftOf, parcels, remember } from "./draft.js";
import { replyKeys } from "./keyboard.js";
import { forcesReply, replyKeyboardOf } from "./rows.js";
import { record } from "./recorder.js";
import { strip } from "./strip.js";
import { notify } from "./notice.js";

const TEXT = 4096; // characters Telegram takes in a message, and under a picture
const CAPTION = 1024;

export class Composer {
  // acts: {find(id), author(message)}
  constructor(person, acts) {
    this.id = person.id;
    this.acts = acts;
    this.input = h("textarea", {
      rows: 1,
      placeholder: say("composer.placeholder"),
      "aria-label": say("composer.placeholder"),
      enterkeyhint: "send",
      dir: "auto",
      data: { testid: "composer" },
      oninput: () => this.typed(),
      onkeydown: (event) => this.pressed(event),
      onpaste: (event) => this.take(filesIn(event.clipboardData), event),
    });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, data: { testid: "files" }, onchange: () => this.picked() });
    this.commands = new CommandList((text) => this.tell(text), (text) => this.fill(text));
    this.above = h("div.above");
    this.below = h("div.below");
    this.slash = button("round", say("composer.menu"), { data: { testid: "menu" }, "aria-expanded": "false", onclick: () => this.toggleCommands() }, icon("menu"));
    this.clip = button("round", say("composer.attach"), { data: { testid: "attach" }, "aria-haspopup": "menu", onclick: () => attachMenu(this.clip, this.id, (kind) => this.pick(kind)) }, icon("clip"));
    this.keys = button("round", say("composer.keys"), { data: { testid: "keys" }, onclick: () => this.toggleKeys() }, icon("keys"));
    this.send = button("round.send", say("composer.send"), { data: { testid: "send" }, onclick: () => this.submit() }, icon("send"));
    this.mic = button("round", say("composer.voice"), { data: { testid: "mic" }, onclick: () => record(this.line, this.id) }, icon("mic"));
    this.line = h("div.line", {}, this.slash, this.clip, this.input, this.keys, this.send, this.mic, this.picker);
    this.unblock = h("button.unblock", { type: "button", data: { testid: "unblock" }, onclick: () => block(this.id, false) }, say("person.unblock"));
    this.node = h("div.composer", {}, this.commands.node, this.above, this.line, this.unblock, this.below);
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
    redraw(this.above, shown, () => strip(draft, about, { ...this.acts, changed: () => this.refresh(), drop: () => this.drop() }));
    this.commands.show(this.person.commands, this.input.value);
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
    const longest = draft.files.length ? CAPTION : TEXT;
    if ([...text].length > longest) return notify(say("notice.long", { n: number(longest) }), "bad");
    if (draft.editing !== null) {
      if (!text || !editText(this.id, draft.editing, text)) return;
    } else if (draft.files.length) {
      if (!(await this.sendParcels(draft, text))) return;
    } else if (!text || !sendText(this.id, text, draft.replyTo)) return;
    clearDraft(this.id);
    this.fill("");
  }

  async sendParcels(draft, caption) {
    const whole = { ...draft, text: caption };
    this.send.disabled = this.input.readOnly = true;
    try {
      for (const [index, parcel] of parcels(draft).entries()) {
        const files = await encode(parcel.files);
        const isFirst = index === 0;
        const about = { as: parcel.as, caption: isFirst ? caption : "", replyTo: isFirst ? draft.replyTo : null };
        if (!sendFiles(this.id, files, about)) return false;
        draft.files = draft.files.filter((file) => !parcel.files.includes(file));
      }
      remember(this.id, whole);
      return true;
    } catch {
      notify(say("notice.unreadable"), "bad");
      return false;
    } finally {
      this.send.disabled = this.input.readOnly = false;
    }
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
