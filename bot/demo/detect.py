"""Links, commands, mentions and tags Telegram finds by itself in what people write

Sensible rather than complete: a bare domain counts when its ending is a common one. Offsets and lengths are
in UTF-16 units, as everywhere in the Bot API.
"""

import re
from typing import Any

Json = dict[str, Any]

_ENDINGS = (
    "com|org|net|edu|gov|info|io|me|dev|app|ai|co|biz|shop|store|tech|xyz|site|online|top|vip|club|wiki|"
    "cn|hk|tw|mo|sg|jp|kr|uk|de|fr|it|es|nl|pl|ru|us|eu|ca|au|in|br|ch|at|se|中国|рф"
)
_TAIL = r"(?::\d{1,5})?(?:[/?#][^\s<>\"«»“”‖`]*)?"
_PATTERNS = [
    ("url", re.compile(rf"(?<![\w.:/@#$])(?:https?|ftp)://[^\s<>\"/?#()\[\]{{}}'`]+\.\w{{2,}}{_TAIL}", re.I)),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]+\.)+[A-Za-z]{2,24}(?![\w@])")),
    ("url", re.compile(rf"(?<![\w.:/@#$-])(?:[\w-]+\.)+(?:{_ENDINGS})(?![\w@]|\.\w){_TAIL}", re.I)),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,256}(?![\w#])")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")),
]
_HINTS = re.compile(r"[/@#$.]")
_CLOSERS = {")": "(", "]": "[", "}": "{"}


def find_entities(text: str) -> list[Json]:
    """Entities in order of appearance; where two overlap, the earlier kind of the list above wins."""
    if not _HINTS.search(text):
        return []
    taken: list[tuple[int, int]] = []
    found = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(_trimmed(match[0]))
            if all(end <= first or start >= last for first, last in taken):
                taken.append((start, end))
                found.append((start, end, kind))
    return [
        {"offset": utf16_length(text[:start]), "length": utf16_length(text[start:end]), "type": kind}
        for start, end, kind in sorted(found)
    ]


def _trimmed(link: str) -> str:
    """A sentence's closing marks do not belong to the link in it, nor a bracket it did not open."""
    while link:
        last = link[-1]
        unopened = last in _CLOSERS and link.count(last) > link.count(_CLOSERS[last])
        if last not in ".,;:!?'\"…。，！？、；：）】》" and not unopened:
            break
        link = link[:-1]
    return link


def utf16_length(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text) + sum(ord(char) > 0xFFFF for char in text)
