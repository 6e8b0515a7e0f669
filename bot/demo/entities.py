"""Telegram's HTML into text and entities, refused in Telegram's own words

The parser follows what Telegram's accepts and refuses, not the HTML standard: four named entities, a closed
list of tags, ``</>`` closing whatever is open. Errors count bytes of UTF-8, results count UTF-16 units.
"""

import re
from dataclasses import dataclass
from typing import Any

from bot.demo.detect import utf16_length
from bot.demo.links import clean_link
from bot.demo.refusal import Refusal, bad_request

Json = dict[str, Any]

_STYLES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "tg-emoji": "custom_emoji", "a": "text_link", "pre": "pre", "code": "code",
    "blockquote": "blockquote", "tg-time": "date_time",
}  # fmt: skip
# which of two entities over the same stretch comes first
_RANK = {
    "blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49, "text_mention": 49,
    "bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94, "custom_emoji": 99,
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_PLAIN = re.compile(r"[^<&]+")
_ENTITY = re.compile(r"&(?:#x(?P<hex>[0-9A-Fa-f]+)|#(?P<dec>[0-9]+)|(?P<name>[A-Za-z]+));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"[^\s=>]*")
_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_UNCLOSED = "Unclosed start tag"


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end."""

    tag: str
    argument: str
    offset: int
    text_at: int


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Text and entities exactly as marked; raises ``Refusal`` ("can't parse entities: …")."""
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        source = self.source
        while self.at < len(source):
            plain = _PLAIN.match(source, self.at)
            if plain:
                self.at = plain.end()
                self._add(plain[0])
            elif source[self.at] == "&":
                self._add(self._character())
            elif source.startswith("</", self.at):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise _broken(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        self.entities.sort(key=lambda e: (e["offset"], -e["length"], _RANK.get(e["type"], 50)))
        return "".join(self.text), self.entities

    def _add(self, text: str) -> None:
        self.text.append(text)
        self.offset += utf16_length(text)

    def _character(self) -> str:
        """A decoded entity, or the ampersand itself where it is none."""
        found = _ENTITY.match(self.source, self.at)
        if found:
            digits = found["hex"] or found["dec"]
            code = int(digits, 16 if found["hex"] else 10) if digits else 0
            if 0xD800 <= code <= 0xDFFF:
                raise _broken(
                    "Text contains invalid Unicode characters after decoding HTML entities, "
                    "check for unmatched surrogate code units"
                )
            decoded = _NAMED.get(found["name"]) if found["name"] else None
            if digits and 0 < code < 0x10FFFF and len(digits) < 10:
                decoded = chr(code)
            if decoded is not None:
                self.at = found.end()
                return decoded
        self.at += 1
        return "&"

    def _start_tag(self) -> None:
        begin = self.at
        self.at = _end(_TAG_NAME, self.source, begin + 1)
        if self.at >= len(self.source):
            raise self._at(_UNCLOSED, begin)
        tag = self.source[begin + 1 : self.at].lower()
        if tag not in _STYLES:
            raise self._at(f'Unsupported start tag "{tag}"', begin)
        attributes = self._attributes(tag, begin)
        argument = ""
        if tag == "a":
            argument = attributes.get("href", "")
        elif tag == "code":
            argument = attributes.get("class", "").removeprefix("language-")
            if argument == attributes.get("class"):
                argument = ""
        elif tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._at('Tag "span" must have class "tg-spoiler"', begin)
        elif tag == "tg-emoji":
            argument = attributes.get("emoji-id", "")
        elif tag == "tg-time":
            argument = attributes.get("unix", "")
            if not re.fullmatch(r"r|w?[dD]?[tT]?", attributes.get("format", "")):
                raise bad_request("Invalid date format used")
        elif tag == "blockquote" and "expandable" in attributes:
            argument = "expandable"
        self.open.append(_Open(tag, argument, self.offset, len(self.text)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        """Up to and over the closing bracket."""
        source = self.source
        found: dict[str, str] = {}
        while True:
            self.at = _end(_SPACE, source, self.at)
            if source.startswith(">", self.at):
                self.at += 1
                return found
            name_at, self.at = self.at, _end(_ATTRIBUTE, source, self.at)
            name = source[name_at : self.at].lower()
            if self.at >= len(source):
                raise self._at(f'{_UNCLOSED} "{tag}"', begin)
            if not name:
                raise self._at(f'Empty attribute name in the tag "{tag}"', begin)
            self.at = _end(_SPACE, source, self.at)
            if source.startswith("=", self.at):
                self.at = _end(_SPACE, source, self.at + 1)
                if self.at >= len(source):
                    raise self._at(f'{_UNCLOSED} "{tag}"', begin)
                found[name] = self._value(begin)
            else:
                found[name] = ""

    def _value(self, begin: int) -> str:
        source, quote = self.source, self.source[self.at]
        if quote not in "\"'":
            token_at, self.at = self.at, _end(_TOKEN, source, self.at)
            if self.at >= len(source) or not (source[self.at].isspace() or source[self.at] == ">"):
                raise self._at("Unexpected end of name token", token_at)
            return source[token_at : self.at].lower()
        self.at += 1
        parts = []
        while self.at < len(source) and source[self.at] != quote:
            if source[self.at] == "&":
                parts.append(self._character())
            else:
                parts.append(source[self.at])
                self.at += 1
        if self.at >= len(source):
            raise self._at(_UNCLOSED, begin)
        self.at += 1
        return "".join(parts)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise self._at("Unexpected end tag", begin)
        self.at = _end(_TAG_NAME, self.source, begin + 2)
        name = self.source[begin + 2 : self.at].lower()
        self.at = _end(_SPACE, self.source, self.at)
        if not self.source.startswith(">", self.at):
            raise self._at("Unclosed end tag", begin)
        self.at += 1
        closed = self.open.pop()
        if name and name != closed.tag:
            raise self._at("Unmatched end tag", begin, f', expected "</{closed.tag}>", found "</{name}>"')
        if self.offset > closed.offset:
            self._close(closed)

    def _close(self, closed: _Open) -> None:
        entity: Json = {
            "offset": closed.offset,
            "length": self.offset - closed.offset,
            "type": _STYLES[closed.tag],
        }
        last = self.entities[-1] if self.entities else {}
        same = last.get("offset") == entity["offset"] and last.get("length") == entity["length"]
        if closed.tag == "a":
            link = clean_link(closed.argument or "".join(self.text[closed.text_at :]))
            if link is None:
                return
            entity |= link
        elif closed.tag == "tg-emoji":
            if not closed.argument.isdigit():
                raise _broken("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = closed.argument
        elif closed.tag == "tg-time":
            if not closed.argument.isdigit():
                raise bad_request("Invalid date specified")
            entity["unix_time"] = int(closed.argument)
        elif closed.argument == "expandable":
            entity["type"] = "expandable_blockquote"
        elif closed.tag == "pre" and same and last.get("_language"):
            # <pre><code class="language-x">: one block of code in a language
            self.entities.pop()
            entity["language"] = last["_language"]
        elif closed.tag == "code" and closed.argument:
            if same and last["type"] == "pre":
                last["language"] = closed.argument
                return
            entity["_language"] = closed.argument
        self.entities.append(entity)

    def _at(self, problem: str, position: int, rest: str = "") -> Refusal:
        byte = len(self.source[:position].encode())
        return _broken(f"{problem} at byte offset {byte}{rest}")


def _end(pattern: re.Pattern[str], source: str, at: int) -> int:
    found = pattern.match(source, at)
    return found.end() if found else at


def _broken(problem: str) -> Refusal:
    return bad_request(f"can't parse entities: {problem}")
