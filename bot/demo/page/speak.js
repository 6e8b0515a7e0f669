// The page's language: words, dates, times and sizes in it.
import { WORDS } from "./words.js";

const KEPT = "zhanggui.language";
let current = localStorage.getItem(KEPT) ?? (/^zh\b/i.test(navigator.language) ? "zh" : "en");
if (!(current in WORDS)) current = "en";

export const language = () => current;
const locale = () => (current === "zh" ? "zh-CN" : "en-GB");

export function setLanguage(code) {
  current = code;
  localStorage.setItem(KEPT, code);
  applyLanguage();
}

export function applyLanguage() {
  document.documentElement.lang = locale();
  document.title = say("page.title");
}

// say("day.at", {time}) puts the values where the words have {time}.
export function say(key, values = {}) {
  return WORDS[current][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const format = (options) => new Intl.DateTimeFormat(locale(), options);

export function timeOf(seconds) {
  return format({ hour: "2-digit", minute: "2-digit", hour12: false }).format(seconds * 1000);
}

export function momentOf(seconds) {
  return format({ dateStyle: "long", timeStyle: "medium" }).format(seconds * 1000);
}

export function dayOf(seconds, now = new Date()) {
  const day = new Date(seconds * 1000);
  const age = Math.round((midnight(now) - midnight(day)) / 86400000);
  if (age === 0) return say("day.today");
  if (age === 1) return say("day.yesterday");
  const year = day.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return format({ year, month: "long", day: "numeric" }).format(day);
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

export const isSameDay = (one, other) => midnight(new Date(one * 1000)) === midnight(new Date(other * 1000));

export const number = (value) => new Intl.NumberFormat(locale()).format(value);

export function sizeOf(bytes) {
  if (!(bytes >= 0)) return "";
  if (bytes < 1000) return say("size.bytes", { n: number(bytes) });
  if (bytes < 1e6) return say("size.kilobytes", { n: number(Math.round(bytes / 1e3)) });
  return say("size.megabytes", { n: number(Math.round(bytes / 1e5) / 10) });
}

export function lengthOf(seconds) {
  const whole = Math.max(0, Math.round(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function nameOf(person) {
  const parts = [person.first_name, person.last_name].filter(Boolean);
  const isHan = /^\p{Script=Han}+$/u.test(parts.join(""));
  return parts.join(isHan ? "" : " ");
}
