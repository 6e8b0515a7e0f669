// Pictures, files, cards: everything a message can carry besides text.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { say, sizeOf } from "./speak.js";
import { voice } from "./voice.js";
import { view } from "./viewer.js";

export const address = (fileId) => `/demo/file/${encodeURIComponent(fileId)}`;

const DRAW = {
  photo: (photo, message) => picture(photo, message),
  animation: (film) => moving(film, { autoplay: true, loop: true, muted: true }),
  video: (film) => moving(film, { controls: true }),
  video_note: (film) => h("div.round-film", {}, moving(film, { controls: true })),
  voice: (sound) => voice(address(sound.file_id), sound.duration),
  audio: (sound) => voice(address(sound.file_id), sound.duration, sound.title ?? sound.file_name),
  document: (file) => fileCard(file),
  sticker: (sticker) => h("div.sticker", {}, sticker.emoji || say("kind.sticker")),
  dice: (dice) =>
    h("div.sticker", {}, dice.emoji, h("span.value", { title: say("media.value") }, String(dice.value))),
  venue: (venue) => mapCard(venue.location, venue.title, venue.address),
  location: (place) => mapCard(place),
  contact: (card) => contactCard(card),
  poll: (poll) => pollCard(poll),
};

const kindOf = (message) => Object.keys(DRAW).find((kind) => message[kind]);

export const isBare = (message) => Boolean(message.sticker || message.dice || message.video_note);

export function mediaOf(messages) {
  const tiles = messages.map((message) => {
    const kind = kindOf(message);
    return kind ? DRAW[kind](message[kind], message) : null;
  });
  if (!tiles.some(Boolean)) return null;
  if (messages.length === 1) return h("div.media", {}, tiles);
  const isGrid = messages.every((message) => message.photo || message.video);
  messages.forEach((message, index) => {
    if (index && tiles[index]) tiles[index].dataset.message = message.message_id;
  });
  const album = h(isGrid ? "div.media.grid" : "div.media.pile", {}, tiles);
  album.dataset.count = messages.length;
  return album;
}

// One line for a quote or a list of people.
export function summaryOf(message) {
  const kind = kindOf(message);
  const text = message.text ?? message.caption ?? "";
  if (!kind) return text;
  const name = say(`kind.${kind}`);
  return `[${name}] ${text}`.trim();
}

function picture(photo, message) {
  const label = message.caption ? say("media.photoOf", { text: message.caption }) : say("kind.photo");
  const image = h("img", {
    src: address(photo.file_id),
    alt: label,
    width: photo.width,
    height: photo.height,
    loading: "lazy",
  });
  const node = h(
    "button.picture",
    { type: "button", "aria-label": label, onclick: () => view(image.src, label) },
    image,
  );
  node.style.aspectRatio = clampRatio(photo.width / photo.height);
  return node;
}

// Very long or wide pictures have white beside them in the bubble (in an album they are cropped).
const clampRatio = (ratio) => (ratio > 0 ? Math.min(Math.max(ratio, 0.7), 3) : 4 / 3);

function moving(film, options) {
  return h("video", {
    src: address(film.file_id),
    playsinline: true,
    preload: "metadata",
    "aria-label": say("kind.video"),
    ...options,
  });
}

function fileCard(file) {
  const name = file.file_name || say("kind.document");
  const ending = /\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? "";
  return h(
    "a.file",
    { href: address(file.file_id), download: name },
    h("span.badge", {}, ending ? ending.toUpperCase() : icon("file")),
    h("span.lines", {}, h("b", {}, name), h("small", {}, sizeOf(file.file_size))),
  );
}

function mapCard(
  { latitude, longitude },
  title = say("kind.location"),
  where = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`,
) {
  return h(
    "div.map",
    {},
    h("div.land", {}, icon("pin")),
    h("span.lines", {}, h("b", {}, title), h("small", {}, where)),
  );
}

function contactCard(card) {
  const name = [card.first_name, card.last_name].filter(Boolean).join(" ");
  return h(
    "div.file",
    {},
    h("span.badge", {}, icon("person")),
    h("span.lines", {}, h("b", {}, name), h("small", {}, card.phone_number)),
  );
}

function pollCard(poll) {
  const options = (poll.options ?? []).map((option) => h("li", {}, option.text ?? String(option)));
  return h(
    "div.poll",
    {},
    h("b", {}, poll.question),
    h("small", {}, say(poll.is_anonymous === false ? "kind.poll" : "media.poll")),
    h("ul", {}, options),
  );
}
