// The line to the local stand-in for Telegram: one WebSocket that comes back by itself.

const SHORTEST = 250; // ms before the first new attempt; doubles up to LONGEST
const LONGEST = 4000;

export class Live {
  constructor({ heard, changed }) {
    this.heard = heard;
    this.changed = changed;
    this.pause = SHORTEST;
    this.open();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  open() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/demo/live`);
    this.socket = socket;
    socket.onmessage = (event) => {
      const said = JSON.parse(event.data);
      if (said.type === "snapshot") {
        this.pause = SHORTEST;
        this.changed(true);
      }
      this.heard(said);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.changed(false);
      this.timer = setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(this.pause * 2, LONGEST);
    };
  }

  hurry() {
    if (this.socket.readyState === WebSocket.CLOSED) this.open();
  }

  // false: nothing was sent, the caller keeps what the person wrote.
  send(action) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(action));
    return true;
  }
}
