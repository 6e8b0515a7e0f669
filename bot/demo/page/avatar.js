// A round picture of a person: initials on a colour that stays theirs.
import { h } from "./dom.js";
import { nameOf } from "./speak.js";

const HUES = [12, 40, 95, 150, 190, 220, 262, 320];

export function avatar(person, size = "") {
  const node = h("span.avatar", { "aria-hidden": "true" }, initials(nameOf(person)));
  if (size) node.classList.add(size);
  node.style.setProperty("--hue", HUES[Math.abs(person.id) % HUES.length]);
  return node;
}

// Two letters of Latin names, one character of Chinese ones.
export function initials(name) {
  const words = name.match(/\p{L}+/gu) ?? name.match(/\p{N}+/gu) ?? ["?"];
  const [first] = [...words[0]];
  if (/\p{Script=Han}/u.test(first)) return first;
  const second = words.length > 1 ? [...words[1]][0] : "";
  return (first + (/\p{Script=Han}/u.test(second) ? "" : second)).toUpperCase();
}
