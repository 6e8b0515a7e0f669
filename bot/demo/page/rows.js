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
    if (last && message.media_group_id && row.album === message.media_group_id && last.from === message.from) {
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

// The bot has certainly read everything before its latest word.
export function readUpTo(messages) {
  const said = messages.findLast((message) => message.from === "bot");
  return said ? said.message_id : -1;
}

// The reply keyboard in force: the latest message that set or removed one.
export function replyKeyboardOf(messages) {
  const setter = messages.findLast((message) => Array.isArray(message.reply_keyboard));
  return setter?.reply_keyboard.length ? setter : null;
}
