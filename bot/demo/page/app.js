// Builds the page, and builds it again when the language changes; what was typed lives in drafts and survives.
import { h } from "./dom.js";
import { applyLanguage, say, setLanguage } from "./speak.js";
import { applyTheme, toggleTheme, watchSystem } from "./theme.js";
import { hear, state, touch, watch } from "./store.js";
import { connect, settleTap } from "./act.js";
import { notify, toast } from "./notice.js";
import { giveBack } from "./draft.js";
import { welcome } from "./people.js";
import { Live } from "./live.js";
import { Stage } from "./stage.js";
import { Panel } from "./panel.js";
import { Topbar } from "./topbar.js";
import { Guide } from "./guide.js";

let page = null;

function build() {
  page?.stage.leave();
  const slots = page?.stage;
  const panel = new Panel();
  const stage = new Stage();
  const guide = new Guide();
  const topbar = new Topbar({ speak, shade, panel: () => panel.toggle() });
  panel.closed = () => topbar.panel.focus();
  if (slots) Object.assign(stage, { slots: slots.slots, front: slots.front });
  page = { panel, stage, guide, topbar };
  const veil = h("div.veil", { onclick: () => panel.toggle(false) });
  document.body.replaceChildren(topbar.node, guide.node, h("div.desk", {}, stage.node, veil, panel.node));
  stage.update(new Set());
}

function speak(code) {
  setLanguage(code);
  build();
  page.topbar.node.querySelector(".language").focus();
}

function shade() {
  toggleTheme();
  build();
  page.topbar.shade.focus();
}

function show(topics) {
  page.stage.update(topics);
  page.topbar.update();
  if (topics.has("faults") || topics.has("bot")) page.panel.update();
  if (topics.has("guide")) page.guide.update();
}

function heard(event) {
  hear(event);
  page.stage.count(event);
  welcome(event);
  if (event.type === "toast") {
    settleTap(event.person);
    toast(event.person, event.text, event.alert);
  }
  if (event.type === "edit" || (event.type === "message" && event.message.from === "bot"))
    settleTap(event.person);
  if (event.type === "refused") refused(event);
}

function refused({ why }) {
  notify(say("notice.refused", { why }), "bad");
  const id = giveBack();
  if (id !== null) page.stage.phones.get(id)?.composer.restore();
}

applyLanguage();
applyTheme();
build();
watch(show);
watchSystem(() => {
  applyTheme();
  build();
});
connect(
  new Live({
    heard,
    changed(isOnline) {
      state.online = isOnline;
      touch("line");
    },
  }),
);
