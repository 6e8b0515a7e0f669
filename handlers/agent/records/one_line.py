"""One line about a person, in any order, taken apart: 张三 13800000000 北京朝阳区 #老客户."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from crm_store.customers import contacts, names, places, records
from crm_store.customers.tables import ContactKind, Tier

MOST = 1000
"""Characters of a line that are looked at; what is longer is no line about a person."""

_GAPS = " \t\n\u3000,，;；、|/"
_EMAIL = re.compile(r"[^\s,，;；、<>:：]+[@＠][^\s,，;；、<>]+")
_ACCOUNT = re.compile(r"^(?:微信号?|wechat|wx|vx|qq号?)\s*[:：]?\s*[\w-]{5,20}(?!\w)", re.IGNORECASE)
_TAG = re.compile(r"[#＃]([^\s#＃,，;；、]+)")
_NOTE = re.compile(r"[(（]([^()（）]{1,100})[)）]")
_NUMBERS = re.compile(
    r"(?<![A-Za-z0-9_+])[+＋(（]?\d[\d \-－—()（）]*\d"
    r"(?:\s*(?:x|\u8f6c|\u5206\u673a|ext\.?)\s*\d{1,6})?(?![A-Za-z0-9_])"
)
_TIER = re.compile(r"^(?:(VIP)(?:客户)?|(?:tier\s*)?([ABC])[级类](?:客户)?)$", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff·]{1,15}")
_LATIN = re.compile(r"[^\W\d_][\w.'’-]*")
LONGEST_HAN_NAME = 4
_TAKEN = " \u2063 "
"""Stands where something was taken out: words on both sides of it are not one name."""


@dataclass
class OneLine:
    """``found`` as ``records.create`` takes it (contacts as lists, the parts of a place each for itself);
    ``rest`` is what was not recognised, in the order it was written; ``note`` what is to be kept beside."""

    found: dict[str, Any] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)
    note: str = ""


def read(text: str) -> OneLine:
    """Take a line apart. Nothing is dropped: what is not recognised is in ``rest``."""
    line = OneLine()
    left = unicodedata.normalize("NFC", text[:MOST]).replace(_TAKEN.strip(), "")
    if text[MOST:]:
        line.rest.append(text[MOST:])
    for take in (_take_emails, _take_accounts, _take_tags, _take_phones, _take_notes, _take_company):
        left = take(left, line)
    words = [one.strip(_GAPS) for one in re.split(rf"[{_GAPS}]+", left)]
    words = _take_simple([one for one in words if one], line)
    words = _take_place(words, line)
    words = _take_name(words, line)
    line.rest += [one for one in words if one != _TAKEN.strip()]
    return line


def add(line: OneLine, more: OneLine) -> OneLine:
    """What was said later counts, contacts and tags come together."""
    found = dict(line.found)
    for key, value in more.found.items():
        found[key] = list(dict.fromkeys([*found.get(key, []), *value])) if isinstance(value, list) else value
    return OneLine(found, [*line.rest, *more.rest], "\n".join(filter(None, (line.note, more.note))))


def _append(line: OneLine, key: str, value: str) -> None:
    present = line.found.setdefault(key, [])
    if value not in present:
        present.append(value)


def _take_emails(text: str, line: OneLine) -> str:
    def take(found: re.Match[str]) -> str:
        address = contacts.email(found[0])
        if address is None:
            return found[0]
        _append(line, "email", address)
        return _TAKEN

    return _EMAIL.sub(take, text)


def _take_accounts(text: str, line: OneLine) -> str:
    """微信 wxid_1 or QQ 12345, at the beginning of any word."""
    parts = re.split(r"(?<=[\s,，;；])", text)
    for place in range(len(parts)):
        found = _ACCOUNT.match("".join(parts[place:]))
        read_as = contacts.read(found[0]) if found else None
        if found and read_as and read_as[0] in {ContactKind.WECHAT, ContactKind.QQ}:
            _append(line, read_as[0].value, read_as[1])
            rest = "".join(parts[place:])[found.end() :]
            return "".join(parts[:place]) + _TAKEN + _take_accounts(rest, line)
    return text


def _take_tags(text: str, line: OneLine) -> str:
    for one in _TAG.findall(text):
        if tag := records.tag(one):
            _append(line, "tags", tag)
    return _TAG.sub(_TAKEN, text)


def _take_phones(text: str, line: OneLine) -> str:
    """Numbers with gaps in them, too; two that stand side by side are told apart."""

    def take(found: re.Match[str]) -> str:
        parts = found[0].split()
        kept: list[str] = []
        at = 0
        while at < len(parts):
            for end in range(len(parts), at, -1):
                number = contacts.phone(" ".join(parts[at:end]))
                if number is not None:
                    _append(line, "phone", number)
                    at = end
                    break
            else:
                kept.append(parts[at])
                at += 1
        return f"{_TAKEN}{' '.join(kept)} " if len(kept) < len(parts) else found[0]

    return _NUMBERS.sub(take, text)


def _take_notes(text: str, line: OneLine) -> str:
    """In brackets stands what one calls them, or where they come from."""
    notes = [one.strip() for one in _NOTE.findall(text)]
    if not notes or "remark" in line.found:
        return text
    line.found["remark"] = " ".join(notes)
    return _NOTE.sub(_TAKEN, text)


def _take_company(text: str, line: OneLine) -> str:
    western = "|".join(_words()["company_western"])
    found = re.search(rf"(?:[A-Z][\w&.'-]*[ ,]+)+(?i:{western})\b\.?", text)
    if found is None:
        return text
    line.found["company"] = found[0].strip(_GAPS)
    return f"{text[: found.start()]}{_TAKEN}{text[found.end() :]}"


def _take_simple(words: list[str], line: OneLine) -> list[str]:
    """A tier, a company."""
    left = []
    for word in words:
        if "tier" not in line.found and (tier := _TIER.match(unicodedata.normalize("NFKC", word))):
            line.found["tier"] = Tier((tier[1] or tier[2]).upper()).value
        elif "company" not in line.found and len(word) > 3 and word.endswith(tuple(_words()["company"])):
            line.found["company"] = word
        else:
            left.append(word)
    return left


def _take_place(words: list[str], line: OneLine) -> list[str]:
    """The first word that begins with a known place, and the parts of the address behind it."""
    for at, word in enumerate(words):
        place = places.read(word)
        if place is not None and place.street and _addressed(place.street):
            line.found |= {key: one for key in records.PLACE[:3] if (one := getattr(place, key))}
            return [*words[:at], place.street, *words[at + 1 :]]  # 广州王先生
        if place is None or (place.street and not _is_street(place.street)):
            continue  # 南昌: a place; 南昌华: somebody
        end = at + 1
        whole = word
        while end < len(words) and (places.read(whole + words[end]) != places.read(whole)):
            longer = places.read(whole + words[end])
            if longer is None or (longer.street and not _is_street(words[end])):
                break
            whole, end = whole + words[end], end + 1
        place = places.read(whole)
        assert place is not None
        line.found |= {key: one for key in records.PLACE if (one := getattr(place, key))}
        return [*words[:at], *words[end:]]
    return words


def _is_street(text: str) -> bool:
    folded = text.casefold()
    return any(one in folded for one in _words()["street"]) or any(one.isdigit() for one in folded)


def _take_name(words: list[str], line: OneLine) -> list[str]:
    """Somebody addressed (王女士); else a word that begins with a surname; else the first Latin words; else
    the first that could be a name."""
    for at, word in enumerate(words):
        if (called := _addressed(word)) is not None:
            line.found["name"], line.found["salutation"] = called
            return words[:at] + words[at + 1 :]
    for at, word in enumerate(words):
        if _HAN.fullmatch(word) and (len(word) <= LONGEST_HAN_NAME or "·" in word) and names.surname(word):
            line.found["name"] = word
            return words[:at] + words[at + 1 :]
    for at, word in enumerate(words):
        end = at
        while end < len(words) and _LATIN.fullmatch(words[end]):
            end += 1
        if end > at:
            return _latin_name(words, at, end, line)
        if (
            word != _TAKEN.strip()
            and not any(one.isdigit() for one in word)
            and len(word) <= 2 * LONGEST_HAN_NAME
        ):
            line.found["name"] = word
            return words[:at] + words[at + 1 :]
    return words


def _latin_name(words: list[str], at: int, end: int, line: OneLine) -> list[str]:
    name = words[at:end]
    if len(name) > 1 and name[0].rstrip(".").casefold() in _words()["western"]:
        line.found["salutation"] = f"{name[0]} {name[-1]}"
        name = name[1:]
    line.found["name"] = " ".join(name)
    return words[:at] + words[end:]


def _addressed(word: str) -> tuple[str, str] | None:
    """张三先生: 张三, called 张先生. 王女士: 王, called so."""
    if not _HAN.fullmatch(word):
        return None
    for title in sorted(_words()["salutations"], key=len, reverse=True):
        name = word.removesuffix(title)
        if name == word or not name:
            continue
        surname = names.surname(name)
        if surname and len(name) <= len(surname) + 2:
            if len(title) == 1 and name != surname:
                return None  # 王小姐 is addressed; 王文哥 may well be a name
            return name, surname + title
    return None


@cache
def _words() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
