// A voice bubble: play, bars of the real loudness, length.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { say, lengthOf } from "./speak.js";

const BARS = 32;
let playing = null;

export function voice(source, seconds, title) {
  const sound = new Audio();
  sound.preload = "none";
  sound.src = source;
  const time = h("small", {}, lengthOf(seconds));
  const bars = h(
    "span.bars",
    { "aria-hidden": "true" },
    Array.from({ length: BARS }, () => h("i")),
  );
  const play = button(
    "round.play",
    say("media.play"),
    { onclick: () => (sound.paused ? start() : sound.pause()) },
    icon("play"),
  );
  const show = (name) => play.replaceChildren(icon(name));

  function start() {
    if (playing !== sound) playing?.pause();
    playing = sound;
    sound.play().catch(() => node.classList.add("broken"));
  }
  sound.onplay = () => show("pause");
  sound.onpause = () => show("play");
  sound.ontimeupdate = () => {
    const length = Number.isFinite(sound.duration) ? sound.duration : seconds || 1;
    const done = sound.ended ? 0 : sound.currentTime / length;
    [...bars.children].forEach((bar, index) => bar.classList.toggle("done", index < done * BARS));
    time.textContent = lengthOf(sound.ended ? seconds : sound.currentTime || seconds);
  };
  const node = h(
    "div.voice",
    { role: "group", "aria-label": title ?? say("kind.voice") },
    play,
    h("span.lines", {}, title ? h("b", {}, title) : null, bars, time),
  );
  drawLoudness(source, bars);
  return node;
}

async function drawLoudness(source, bars) {
  try {
    const bytes = await (await fetch(source)).arrayBuffer();
    const samples = (await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes)).getChannelData(0);
    const step = Math.max(1, Math.floor(samples.length / BARS));
    const loud = Array.from({ length: BARS }, (_, index) => peak(samples, index * step, step));
    const top = Math.max(...loud, 0.01);
    loud.forEach((value, index) => (bars.children[index].style.height = `${12 + (88 * value) / top}%`));
  } catch {
    // No sound to measure (a made-up file, a codec this browser lacks): the bars stay even.
  }
}

function peak(samples, from, length) {
  let top = 0;
  for (let at = from; at < from + length; at += 8) top = Math.max(top, Math.abs(samples[at] ?? 0));
  return top;
}
