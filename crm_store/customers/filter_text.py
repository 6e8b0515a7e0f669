"""The grammar of a filter: ``tag:VIP city:北京 -tag:new 下单>2026-01-01 sort:-net``, with words beside."""

import re
from dataclasses import dataclass

_NARROW = str.maketrans(
    {"：": ":", "＞": ">", "＜": "<", "＝": "=", "－": "-", "≥": ">=", "≤": "<=", "，": ",", "\u3000": " "}
    | dict.fromkeys("“”„＂", '"')
)
"""Signs as a Chinese keyboard types them. Only these: what people look for stays as it was written."""

_QUOTED = r'"[^"]*"'
_PART = re.compile(rf"^(?:{_QUOTED}|[^\s\"])+")
_TERM = re.compile(rf"^(-?)({_QUOTED}|[^\s:<>=\",-][^\s:<>=\",]*)(>=|<=|:|>|<|=)(.*)$", re.DOTALL)
_NEEDS_QUOTES = re.compile(r"[\s,]")
_VALUE = re.compile(rf"^({_QUOTED}|[^\",]+)(?:,|$)")


@dataclass(frozen=True)
class Written:
    """One term as it was typed: ``-tag:VIP,A``. ``sign`` is one of ``: = > < >= <=``."""

    name: str
    sign: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        """As it may be typed again."""
        shown = ",".join(f'"{one}"' if _NEEDS_QUOTES.search(one) else one for one in self.values)
        return f"{'-' * self.negated}{self.name}{self.sign}{shown}"


def split(text: str) -> tuple[list[Written], str]:
    """The terms of a filter, and the words beside them. A part in quotes is words, whatever is in it."""
    terms: list[Written] = []
    words: list[str] = []
    for part in _parts(text.translate(_NARROW)):
        found = _TERM.match(part)
        if found is None or not (values := _values(found[4])):
            words.append(_bare(part) if part.startswith('"') else part)
        else:
            sign = ":" if found[3] == "=" else found[3]
            terms.append(Written(_bare(found[2]), sign, values, negated=bool(found[1])))
    return terms, " ".join(filter(None, words))


def _parts(text: str) -> list[str]:
    """What stands between spaces; quotes hold together. A quote that is never closed is an ordinary sign."""
    parts: list[str] = []
    while text := text.lstrip():
        found = _PART.match(text)
        part = found[0] if found is not None else re.split(r"\s", text, maxsplit=1)[0]
        if found is not None and text[found.end() :][:1] == '"':
            part = re.split(r"\s", text, maxsplit=1)[0]
        parts.append(part)
        text = text[len(part) :]
    return parts


def _values(text: str) -> tuple[str, ...]:
    """``VIP,"A, B"`` as its values; one that is never closed in quotes is taken as it stands."""
    values: list[str] = []
    rest = text
    while rest:
        found = _VALUE.match(rest)
        if found is None:
            return (text.strip(),) if text.strip(' ,"') else ()
        values.append(_bare(found[1]).strip())
        rest = rest[found.end() :]
    return tuple(filter(None, values))


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
