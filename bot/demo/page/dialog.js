// Questions that need an answer before anything happens.
import { h } from "./dom.js";
import { say } from "./speak.js";

// Resolves to true or false.
export function confirm(question, yes) {
  return ask({ title: question, yes, fields: [] }).then((values) => values !== null);
}

// fields: [{name, label, value, choices: [[value, label]], lines, required, type}]. Resolves to {name: value}, or null.
export function ask({ title, fields, yes }) {
  return new Promise((resolve) => {
    let answer = null;
    const form = h(
      "form",
      { method: "dialog", onsubmit: () => (answer = Object.fromEntries(new FormData(form))) },
      h("h2", {}, title),
      fields.map(field),
      h(
        "div.choices",
        {},
        h("button.plain", { type: "button", onclick: () => dialog.close() }, say("dialog.cancel")),
        h("button.strong", { type: "submit", data: { testid: "dialog-yes" } }, yes),
      ),
    );
    const close = () => {
      dialog.remove();
      resolve(answer);
    };
    const dialog = h(
      "dialog.card",
      { "aria-label": title, onclose: close, onclick: (event) => event.target === dialog && dialog.close() },
      form,
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

function field({ name, label, value = "", choices, lines, required = true, type = "text" }) {
  const hooks = { name, required, data: { testid: `field-${name}` } };
  if (choices)
    return h(
      "fieldset",
      {},
      h("legend", {}, label),
      choices.map((choice) => option(name, choice, value)),
    );
  const input = lines
    ? h("textarea", { ...hooks, rows: lines, value })
    : h("input", { ...hooks, type, value, step: "any", autocomplete: "off" });
  return h("label.field", {}, h("span", {}, label), input);
}

function option(name, [value, label], chosen) {
  return h(
    "label.option",
    {},
    h("input", { type: "radio", name, value, checked: value === chosen }),
    h("span", {}, label),
  );
}
