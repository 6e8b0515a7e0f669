// Light or dark: the system's choice until the person makes another.
const KEPT = "zhanggui.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => (localStorage.getItem(KEPT) ?? (system.matches ? "dark" : "light")) === "dark";

export function applyTheme() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
}

export function toggleTheme() {
  localStorage.setItem(KEPT, isDark() ? "light" : "dark");
  applyTheme();
}

export const watchSystem = (changed) => system.addEventListener("change", changed);
