// What the page knows: people, their chats, counters, faults, the bot. Events from the server change it; views listen.

const views = new Set();
let waiting = new Set();

export const state = {
  me: { id: 0, first_name: "", username: "" },
  people: new Map(),
  counters: {},
  faults: {},
  bot: { state: "starting" },
  doing: null,
  online: false,
  ready: false,
  storedUpTo: -1,
};

// Ids of what people wrote, oldest first. The bot takes messages in this order, so the counter of those that
// wait tells exactly which ones it has: all but the last so many.
let written = [];

function markStored() {
  const before = state.storedUpTo;
  state.storedUpTo = written.at(-1 - (state.counters.waiting ?? 0)) ?? -1;
  if (state.storedUpTo !== before) touch("people");
}

// Calls view(topics) once per frame with the set of what changed: "people", "chat:7", "counters", …
export function watch(view) {
  views.add(view);
  return () => views.delete(view);
}

export function touch(...topics) {
  if (!waiting.size) setTimeout(flush, 16);
  topics.forEach((topic) => waiting.add(topic));
}

function flush() {
  const topics = waiting;
  waiting = new Set();
  for (const view of [...views]) view(topics);
}

export const person = (id) => state.people.get(id);
export const message = (id, messageId) => person(id)?.chat.find((one) => one.message_id === messageId);

const apply = {
  snapshot({ me, people, counters, faults, bot, doing, typing = {} }) {
    Object.assign(state, { me, counters, faults, bot, doing, ready: true });
    state.people = new Map(people.map((one) => [one.id, kept(one)]));
    written = people
      .flatMap((one) => one.chat.filter(isWritten).map((message) => message.message_id))
      .sort((a, b) => a - b);
    markStored();
    Object.keys(typing).forEach((id) => apply.typing({ person: Number(id) }));
    touch("people", "counters", "faults", "bot", ...people.map(({ id }) => `chat:${id}`));
  },
  message(said) {
    const owner = person(said.person);
    if (!owner) return;
    put(owner, said.message);
    if (isWritten(said.message)) written.push(said.message.message_id);
    owner.typing = owner.typing && said.message.from !== "bot";
    touch(`chat:${owner.id}`, "people");
  },
  edit(said) {
    const owner = person(said.person);
    if (owner) put(owner, said.message);
    touch(`chat:${said.person}`);
  },
  delete(said) {
    const owner = person(said.person);
    if (owner) owner.chat = owner.chat.filter((one) => one.message_id !== said.message_id);
    touch(`chat:${said.person}`);
  },
  counters({ counters }) {
    state.counters = counters;
    markStored();
    touch("counters");
  },
  faults({ faults }) {
    state.faults = faults;
    touch("faults");
  },
  bot({ bot }) {
    state.bot = bot;
    touch("bot");
  },
  doing({ doing }) {
    state.doing = doing;
    touch("line");
  },
  inline(said) {
    const owner = person(said.person);
    if (owner) owner.inline = { queryId: said.query_id, results: said.results };
    touch(`chat:${said.person}`);
  },
  commands(said) {
    const owner = person(said.person);
    if (owner) owner.commands = said.commands;
    touch(`commands:${said.person}`);
  },
  typing(said) {
    const owner = person(said.person);
    if (!owner) return;
    clearTimeout(owner.typingEnds);
    owner.typing = true;
    // Telegram shows a chat action for five seconds or until the message comes.
    owner.typingEnds = setTimeout(() => stopTyping(owner.id), 5000);
    touch(`chat:${owner.id}`);
  },
  person(said) {
    state.people.set(said.person.id, kept(said.person, person(said.person.id)));
    touch("people", `chat:${said.person.id}`, `commands:${said.person.id}`);
  },
};

export function hear(event) {
  if (!Object.hasOwn(apply, event.type)) return false;
  apply[event.type](event);
  return true;
}

const isWritten = (message) => message.from === "person";

function kept(fresh, old = {}) {
  const chat = fresh.chat ?? old.chat ?? [];
  return { commands: [], ...old, ...fresh, chat: chat.filter((one) => !one.deleted) };
}

function put(owner, fresh) {
  const at = owner.chat.findIndex((one) => one.message_id === fresh.message_id);
  if (fresh.deleted) owner.chat = owner.chat.filter((_, index) => index !== at);
  else if (at < 0) owner.chat.push(fresh);
  else owner.chat[at] = fresh;
}

function stopTyping(id) {
  const owner = person(id);
  if (owner) owner.typing = false;
  touch(`chat:${id}`);
}
