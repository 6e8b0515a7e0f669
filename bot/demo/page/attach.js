// The paper clip: everything one can send that is not text.
import { say } from "./speak.js";
import { openMenu } from "./menu.js";
import { ask, confirm } from "./dialog.js";
import { sendThing, shareContact } from "./act.js";
import { notify } from "./notice.js";

const DICE = ["🎲", "🎯", "🏀", "⚽", "🎳", "🎰"];
const STICKERS = ["👍", "❤️", "🎉", "😂", "🙏", "😡", "🍵", "📦", "🌸", "🐱"];
// The Bund in Shanghai: somewhere to begin with; the person may write another place.
const PLACE = { latitude: "31.2397", longitude: "121.4900" };

// pick(kind) opens the browser's file picker.
export function attachMenu(anchor, id, pick) {
  const entry = (name, symbol, run) => ({
    label: say(`attach.${name}`),
    icon: symbol,
    data: { testid: `attach-${name}` },
    run,
  });
  const items = [
    entry("photo", "photo", () => pick("photo")),
    entry("file", "file", () => pick("file")),
    entry("location", "pin", () => askLocation(id)),
    entry("phone", "phone", () => askPhone(id)),
    entry("contact", "person", () => askContact(id)),
    entry("poll", "poll", () => askPoll(id)),
    entry("sticker", "smile", () => askEmoji(id, "sticker", STICKERS)),
    entry("dice", "dice", () => askEmoji(id, "dice", DICE)),
  ];
  openMenu(anchor, items, say("composer.attach"));
}

async function askLocation(id) {
  const fields = ["latitude", "longitude"].map((name) => ({
    name,
    label: say(`attach.${name}`),
    value: PLACE[name],
    type: "number",
  }));
  const place = await ask({ title: say("attach.location"), yes: say("composer.send"), fields });
  if (place)
    sendThing(id, "location", { latitude: Number(place.latitude), longitude: Number(place.longitude) });
}

async function askPhone(id) {
  if (await confirm(say("contact.ask"), say("contact.share"))) shareContact(id);
}

async function askContact(id) {
  const fields = [
    { name: "first_name", label: say("attach.name") },
    { name: "phone_number", label: say("attach.number"), type: "tel" },
  ];
  const card = await ask({ title: say("attach.contact"), yes: say("composer.send"), fields });
  if (card) sendThing(id, "contact", card);
}

async function askPoll(id) {
  const fields = [
    { name: "question", label: say("attach.question") },
    { name: "options", label: say("attach.options"), lines: 3 },
  ];
  const poll = await ask({ title: say("attach.poll"), yes: say("composer.send"), fields });
  if (!poll) return;
  const options = poll.options
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (options.length < 2 || options.length > 12) return notify(say("notice.options"), "bad");
  sendThing(id, "poll", { question: poll.question, options });
}

async function askEmoji(id, kind, choices) {
  const fields = [
    {
      name: "emoji",
      label: say("attach.choose"),
      value: choices[0],
      choices: choices.map((one) => [one, one]),
    },
  ];
  const chosen = await ask({ title: say(`attach.${kind}`), yes: say("composer.send"), fields });
  if (chosen) sendThing(id, kind, chosen);
}
