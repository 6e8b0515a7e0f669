// Above the line one writes in: what is being answered or edited, and the files that will go along.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { say, sizeOf } from "./speak.js";
import { summaryOf } from "./media.js";

// hooks: {author(message), changed(), drop()}
export function strip(draft, message, hooks) {
  return [message && about(draft, message, hooks), tray(draft, hooks)].filter(Boolean);
}

function about(draft, message, { author, drop }) {
  const isEditing = draft.editing !== null;
  return h(
    "div.about",
    {},
    icon(isEditing ? "pen" : "reply"),
    h(
      "span.lines",
      {},
      h("b", {}, isEditing ? say("composer.editing") : say("composer.replying", { name: author(message) })),
      h("small", {}, summaryOf(message)),
    ),
    button("round.small", say("dialog.cancel"), { onclick: drop }, icon("close")),
  );
}

function tray(draft, { changed }) {
  if (!draft.files.length) return null;
  const remove = (file) => {
    URL.revokeObjectURL(file.preview);
    draft.files = draft.files.filter((other) => other !== file);
    changed();
  };
  const flip = (event) => {
    draft.asFiles = event.target.checked;
    changed();
  };
  return h(
    "div.tray",
    {},
    h(
      "ul",
      {},
      draft.files.map((file) => thumb(file, draft.asFiles, () => remove(file))),
    ),
    draft.files.some((file) => file.isPhoto)
      ? h(
          "label.check",
          {},
          h("input", { type: "checkbox", checked: draft.asFiles, onchange: flip }),
          say("composer.asFiles"),
        )
      : null,
  );
}

function thumb({ file, preview }, asFiles, remove) {
  const isPicture = preview && !asFiles;
  return h(
    isPicture ? "li.thumb" : "li.slip",
    { title: file.name },
    isPicture
      ? h("img", { src: preview, alt: file.name })
      : [icon("file"), h("span.lines", {}, h("span", {}, file.name), h("small", {}, sizeOf(file.size)))],
    button(
      "round.small.remove",
      say("composer.remove", { name: file.name }),
      { onclick: remove },
      icon("close"),
    ),
  );
}
