// Recording a voice message: the line one writes in becomes a recorder until it is sent or thrown away.
import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { lengthOf, say } from "./speak.js";
import { sendVoice } from "./act.js";
import { base64 } from "./files.js";
import { notify } from "./notice.js";

const KINDS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

export async function record(line, id) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return notify(say("notice.microphone"), "bad");
  }
  const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
  const pieces = [];
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let isWanted = false;

  const end = (send) => {
    isWanted = send;
    recorder.stop();
  };
  const time = h("span.time", {}, lengthOf(0));
  const bar = h(
    "div.recording",
    { role: "group", "aria-label": say("composer.recording") },
    button("round", say("composer.discard"), { onclick: () => end(false) }, icon("bin")),
    h("span.dot"),
    time,
    h("span.grow", {}, say("composer.recording")),
    button(
      "round.send",
      say("composer.send"),
      { data: { testid: "send-voice" }, onclick: () => end(true) },
      icon("send"),
    ),
  );
  const clock = setInterval(() => (time.textContent = lengthOf(seconds())), 250);

  recorder.ondataavailable = (event) => pieces.push(event.data);
  recorder.onstop = async () => {
    const length = Math.max(1, Math.round(seconds()));
    clearInterval(clock);
    stream.getTracks().forEach((track) => track.stop());
    bar.replaceWith(line);
    if (isWanted) sendVoice(id, length, recorder.mimeType, await base64(new Blob(pieces)));
  };
  recorder.start();
  line.replaceWith(bar);
}
