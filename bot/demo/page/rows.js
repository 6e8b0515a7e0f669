// A chat as rows: a line for each day, runs of bubbles by one sender, an album as one row.
import { isSameDay } from "./speak.js";

const RUN_GAP = 300; // s of silence after which a new run of bubbles begins

export function rowsOf(messages) {
  const rows = [];
  let last = null;
  for (const message of messages) {
    if (!last || !isSameDay(last.date, message.date)) {
      rows.push({ kind: "day", key: `day:${message.message_id}`, date: message.date });
      last = null;
    }
    const row = rows.at(-1);
    if (
      last &&
      message.media_group_id &&
      row.album === message.media_group_id &&
      last.from === message.from
    ) {
      row.messages.push(message);
    } else {
      const isRun = last && last.from === message.from && message.date - last.date < RUN_GAP;
      if (isRun) row.isLast = false;
      rows.push({
        kind: "bubble",
        key: `message:${message.message_id}`,
        album: message.media_group_id ?? null,
        messages: [message],
        isFirst: !isRun,
        isLast: true,
      });
    }
    last = message;
  }
  return rows;
}

// The reply keyboard in force: {from: message id, lines}, of the latest message that set or removed one.
export function replyKeyboardOf(messages) {
  const setter = messages.findLast((message) => linesOf(message.reply_keyboard));
  const lines = setter ? linesOf(setter.reply_keyboard) : [];
  return lines.length ? { from: setter.message_id, lines } : null;
}

// A list of lines, or a ReplyKeyboardMarkup; "remove" is no lines; a forced reply is no keyboard at all.
function linesOf(keyboard) {
  if (Array.isArray(keyboard)) return keyboard;
  if (keyboard?.remove_keyboard) return [];
  return keyboard?.keyboard ?? null;
}

export const forcesReply = (message) =>
  Boolean(message?.from === "bot" && message.reply_keyboard?.force_reply);
