"""Telegram HTML: split long texts without breaking it, or read it as plain text."""

from html import escape
from html.parser import HTMLParser


def plain(html: str) -> str:
    """The words alone, as Telegram would show them."""
    reader = _Plain(convert_charrefs=True)
    reader.feed(html)
    reader.close()
    return "".join(reader.words)


def split(html: str, limit: int, *, first: int | None = None) -> list[str]:
    """Cut a message into parts of at most ``limit`` visible characters (code points, as Telegram counts).

    ``first`` is the limit of the first part where it is another (a caption). Cuts fall between lines or
    words where they can; tags open at a cut are closed and opened again.
    """
    room = limit if first is None else first
    if len(html) <= room or len(plain(html)) <= room:
        return [html]
    cutter = _Cutter(room, limit)
    cutter.feed(html)
    cutter.close()
    return cutter.finish()


class _Plain(HTMLParser):
    def __init__(self, **options: bool) -> None:
        super().__init__(**options)
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class _Cutter(HTMLParser):
    """Writes the message again, part by part. Only text counts towards the limit."""

    def __init__(self, first: int, rest: int) -> None:
        super().__init__(convert_charrefs=True)
        self.limit = first
        self.rest = rest
        self.parts: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.current = ""
        self.length = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs)
        self.open.append((tag, f"<{tag}{written}>"))
        self.current += self.open[-1][1]

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self.open):
            while self.open.pop()[0] != tag:
                pass
            self.current += f"</{tag}>"

    def handle_data(self, data: str) -> None:
        while len(data) > self.limit - self.length:
            room = self.limit - self.length
            head, data = _cut(data, room, before=self.length, limit=self.limit)
            self.current += escape(head, quote=False)
            self._finish_part()
        self.current += escape(data, quote=False)
        self.length += len(data)

    def _finish_part(self) -> None:
        closing = "".join(f"</{name}>" for name, _ in reversed(self.open))
        self.parts.append(self.current + closing)
        self.current = "".join(opening for _, opening in self.open)
        self.length = 0
        self.limit = self.rest

    def finish(self) -> list[str]:
        closing = "".join(f"</{name}>" for name, _ in reversed(self.open))
        parts = [*self.parts, self.current + closing]
        return [part for part in parts if plain(part).strip()]


def _cut(text: str, room: int, *, before: int, limit: int) -> tuple[str, str]:
    """Split where a reader would: at a line's end, else between words, else anywhere.

    The white space at the cut is dropped. ``before`` is how much of the part is full already: no cut leaves
    it less than half full.
    """
    for mark in ("\n", " "):
        at = text.rfind(mark, 0, room + 1)
        if at >= 0 and before + at > limit // 2:
            return text[:at], text[at + 1 :]
    if before > limit // 2:
        return "", text
    return text[:room], text[room:]
