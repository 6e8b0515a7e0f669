// What leaves the composer: an edit, files with a caption, or a text.
import { number, say } from "./speak.js";
import { editText, sendFiles, sendText } from "./act.js";
import { parcels, remember } from "./draft.js";
import { encode } from "./files.js";
import { notify } from "./notice.js";

const TEXT = 4096; // characters Telegram takes in a message, and under a picture
const CAPTION = 1024;

// True when all of it was sent; what was not stays in the draft.
export async function dispatch(id, draft, text) {
  const longest = draft.files.length ? CAPTION : TEXT;
  if ([...text].length > longest) {
    notify(say("notice.long", { n: number(longest) }), "bad");
    return false;
  }
  if (draft.editing !== null) return Boolean(text) && editText(id, draft.editing, text);
  if (draft.files.length) return sendParcels(id, draft, text);
  return Boolean(text) && sendText(id, text, draft.replyTo);
}

async function sendParcels(id, draft, caption) {
  const whole = { ...draft, text: caption };
  try {
    for (const [index, parcel] of parcels(draft).entries()) {
      const files = await encode(parcel.files);
      const first = index ? { caption: "", replyTo: null } : { caption, replyTo: draft.replyTo };
      if (!sendFiles(id, files, { as: parcel.as, ...first })) return false;
      draft.files = draft.files.filter((file) => !parcel.files.includes(file));
    }
    remember(id, whole);
    return true;
  } catch {
    notify(say("notice.unreadable"), "bad");
    return false;
  }
}
