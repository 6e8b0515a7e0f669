// Choosing which person a phone shows, and adding more people.
import { avatar } from "./avatar.js";
import { language, nameOf, say } from "./speak.js";
import { person, state } from "./store.js";
import { addPerson, askInvite, block, deepLink, sendText } from "./act.js";
import { openMenu } from "./menu.js";
import { ask } from "./dialog.js";

export const ROLES = ["customer", "agent", "manager", "owner"];
const JOINABLE = ["customer", "agent", "manager"];

export const byRole = () =>
  [...state.people.values()].sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || a.id - b.id);

// choose(id) puts a person into the phone; remove() takes the phone away (null: the last one stays).
export function peopleMenu(anchor, id, { choose, remove }) {
  const owner = person(id);
  const entries = byRole().map((one) => ({
    label: nameOf(one),
    hint: hint(one),
    mark: avatar(one, "small"),
    current: one.id === id,
    data: { testid: `choose-${one.id}` },
    run: () => choose(one.id),
  }));
  const more = [
    { label: say("people.add"), icon: "plus", data: { testid: "add-person" }, run: () => askPerson(choose) },
    owner && {
      label: say(owner.blocked ? "person.unblock" : "person.block"),
      icon: "block",
      data: { testid: "block" },
      run: () => block(id, !owner.blocked),
    },
    remove && { label: say("people.remove"), icon: "close", run: remove },
  ];
  openMenu(anchor, [...entries, null, ...more.filter(Boolean)], say("people.choose"));
}

function hint(one) {
  const parts = [say(`role.${one.role}`)];
  if (one.unread) parts.push(say("people.unread", { n: one.unread }));
  if (one.blocked) parts.push(say("person.blocked"));
  return parts.join(" · ");
}

let arriving = null;
const joining = []; // {id, role} of new staff who wait for their invitation

export async function askPerson(choose) {
  const fields = [
    { name: "first_name", label: say("people.name") },
    {
      name: "role",
      label: say("people.role"),
      value: "customer",
      choices: JOINABLE.map((role) => [role, say(`role.${role}`)]),
    },
    {
      name: "language_code",
      label: say("people.language"),
      value: language(),
      choices: [
        ["zh", say("language.zh")],
        ["en", say("language.en")],
      ],
    },
  ];
  const fresh = await ask({ title: say("people.add"), yes: say("people.addNow"), fields });
  if (!fresh) return;
  if (addPerson({ ...fresh, first_name: fresh.first_name.trim() })) {
    arriving = { known: new Set(state.people.keys()), choose };
  }
}

// The server answers with a person nobody has seen yet, who goes into the phone that asked. Staff come in as
// anywhere: by a single-use invitation, which the new person follows.
export function welcome(event) {
  if (event.type === "invite") follow(event);
  if (!arriving || event.type !== "person" || arriving.known.has(event.person.id)) return;
  const { id, role } = event.person;
  const { choose } = arriving;
  arriving = null;
  choose(id);
  if (role !== "customer" && askInvite(role)) joining.push({ id, role });
}

function follow({ role, link }) {
  const at = joining.findIndex((one) => one.role === role);
  if (at < 0) return;
  const [{ id }] = joining.splice(at, 1);
  const start = deepLink(link);
  if (start) sendText(id, start);
}
