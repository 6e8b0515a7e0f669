// A small menu that opens beside a button; the browser's popover closes it on Escape and outside clicks.
import { h } from "./dom.js";
import { icon } from "./icons.js";

// items: [{label, hint, icon, mark, current, run}] or null for a line between.
export function openMenu(anchor, items, label) {
  const choose = (item) => {
    menu.hidePopover();
    item.run();
  };
  const entries = items.map((item) =>
    item
      ? h(
          "button.item",
          {
            type: "button",
            role: "menuitem",
            "aria-current": item.current && "true",
            data: item.data ?? {},
            onclick: () => choose(item),
          },
          item.mark ?? icon(item.icon),
          h("span.lines", {}, h("span", {}, item.label), item.hint ? h("small", {}, item.hint) : null),
          item.current ? icon("tick") : null,
        )
      : h("hr"),
  );
  const menu = h(
    "div.menu",
    { popover: "auto", role: "menu", "aria-label": label, onkeydown: (event) => move(event, menu) },
    entries,
  );
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const hadFocus = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (hadFocus) anchor.focus();
  });
  document.body.append(menu);
  menu.showPopover();
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  menu.querySelector("[aria-current], button")?.focus();
}

function place(menu, anchor) {
  const near = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isBelow = near.bottom + height + 8 < innerHeight || near.top < height + 8;
  const left = Math.min(Math.max(8, near.left), innerWidth - width - 8);
  const top = isBelow ? Math.min(near.bottom + 4, innerHeight - height - 8) : near.top - height - 4;
  menu.style.left = `${left}px`;
  menu.style.top = `${Math.max(8, top)}px`;
}

function move(event, menu) {
  const items = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = items.indexOf(document.activeElement) + step;
  const wrapped = Number.isFinite(at) ? (at + items.length) % items.length : at > 0 ? items.length - 1 : 0;
  items[wrapped].focus();
}
