// Building DOM nodes. Other people's text only ever becomes text nodes, never markup.

// h("button.key.wide", {type: "button", onclick}, child, …): a string is text, null and false are left out.
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.classList.add(...classes);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  add(node, children);
  return node;
}

export function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false) node.append(child);
  }
  return node;
}

// Same children in the same order stay untouched, so focus, scroll and playing sound survive an update.
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

const marks = new WeakMap();

// Builds a node's children again only when what they show has changed: a press in progress is not lost.
export function redraw(node, shown, build) {
  const mark = JSON.stringify([shown, document.documentElement.lang]);
  if (marks.get(node) === mark) return;
  marks.set(node, mark);
  node.replaceChildren(...build());
}

export function button(selector, label, properties, ...children) {
  return h(
    `button.${selector}`,
    { type: "button", "aria-label": label, title: label, ...properties },
    ...children,
  );
}

export const isTouch = () => matchMedia("(pointer: coarse)").matches;
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
