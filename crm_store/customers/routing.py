"""What somebody typed, and which keys would answer it: the shape of a query decides where it is looked up."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from crm_store.customers import places
from crm_store.customers.names import HanName, Name, is_han, read, symbols
from crm_store.customers.phrases import also_called, company_core, unlabelled, untitled
from crm_store.customers.pinyin import sound
from crm_store.customers.search_keys import LONGEST_KEY, SHORTEST_TAIL, Kind

SAME_SOUND, SOUNDS_ALIKE, NICKNAME = "same_sound", "sounds_alike", "nickname"
INITIALS, TITLE = "initials", "title"

MOST_PROBES = 60
MOST_NICKNAMES = 12
MOST_INITIALS = 6

_OF = re.compile(r"^([^的]+)的(.+)$")
_DIGITS = re.compile(r"[+\d\s().\-/·]*")
_NUMBER = re.compile(r"#?\s*c\s*(\d{1,9})")
_MASKED = re.compile(r"(?P<head>[+\d-]*)[*•×x]{2,}(?P<tail>\d{3,})")
_GLUED_TAIL = re.compile(
    r"(?P<name>.*[^\d\s])\s*(?P<tail>\d{3,11})|(?P<front>\d{3,11})\s*(?P<rest>[^\d\s].*)"
)


@dataclass(frozen=True)
class Probe:
    """One look into the keys: ``score`` (0 to 100) is how good an answer a hit is, ``why`` a key of the
    labels [match] where it needs saying."""

    key: str
    score: float
    prefix: bool = False
    why: str | None = None


@dataclass(frozen=True)
class Route:
    """A query understood. ``number`` is a customer's; ``digits`` what is left of a phone number without what
    people put before it; ``tail`` and ``rest`` are of a name with digits beside it, ``head`` and ``tail``
    of a phone whose middle is masked. ``pieces``: what names somebody, and what says where they are from."""

    name: Name
    probes: tuple[Probe, ...]
    number: int | None = None
    digits: str | None = None
    rest: str | None = None
    head: str | None = None
    tail: str | None = None
    pieces: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not self.name.squeezed


@lru_cache(maxsize=512)
def route(text: str) -> Route:
    """Where to look for ``text``. Never raises: whatever was typed is looked up as well as it can be."""
    name = read(text)
    folded = name.folded
    if not name.squeezed:
        return Route(name, ())
    numbered = _NUMBER.fullmatch(folded)
    if numbered is not None:
        return Route(name, _best([*_of_name(name)]), number=int(numbered[1]))
    plain = unlabelled(folded)
    if plain != folded:
        return route(plain)
    if _DIGITS.fullmatch(folded) and any(one.isdigit() for one in folded):
        return _of_digits(name)
    if (masked := _MASKED.fullmatch(folded)) is not None:
        head = masked["head"].strip("+-").lstrip("0")
        return Route(name, (), head=head, tail=masked["tail"])
    if "@" in folded:
        return Route(name, _best(_of_address(folded)))
    glued = _GLUED_TAIL.fullmatch(folded)
    rest = tail = None
    if glued is not None:
        rest, tail = glued["name"] or glued["rest"], glued["tail"] or glued["front"]
    return Route(name, _best(_of_name(name)), rest=rest, tail=tail, pieces=tuple(_pieces(folded)))


def _pieces(folded: str) -> Iterator[str]:
    """Words, and in Chinese what stands on both sides of a place or of "of": 深圳 唐师傅, 恒达 冯."""
    for word in folded.split():
        if not is_han(word):
            yield word
        elif of := _OF.match(word):
            yield from of.groups()
        else:
            yield from (part for part in places.split(word) if part)


def matching(probes: Iterable[Probe], keys: str) -> Probe | None:
    """The best probe that one of a customer's keys answers; ``keys`` is an entry's, a line each."""
    lines = f"\n{keys}\n"
    for probe in probes:
        if (f"\n{probe.key}" if probe.prefix else f"\n{probe.key}\n") in lines:
            return probe
    return None


def _best(probes: Iterable[Probe]) -> tuple[Probe, ...]:
    """Best first, each key once, none that would match everything."""
    found: dict[tuple[str, bool], Probe] = {}
    for probe in probes:
        key = probe.key[:LONGEST_KEY]
        if len(key) < 2:
            continue
        present = found.get((key, probe.prefix))
        if present is None or present.score < probe.score:
            found[key, probe.prefix] = Probe(key, probe.score, probe.prefix, probe.why)
    return tuple(sorted(found.values(), key=lambda probe: -probe.score)[:MOST_PROBES])


def _of_digits(name: Name) -> Route:
    digits = "".join(re.findall(r"\d", name.folded))
    plain = bare(digits)
    probes = [Probe(Kind.NAME + name.squeezed, 98), Probe(Kind.NAME + name.squeezed, 88, True)]
    probes += [
        Probe(Kind.WORD + digits, 90),
        Probe(Kind.ACCOUNT + digits, 99),
        Probe(Kind.ACCOUNT + digits, 86, True),
    ]
    if len(plain) >= SHORTEST_TAIL:
        probes += [
            Probe(Kind.PHONE + plain, 100),
            Probe(Kind.PHONE + digits, 100),
            Probe(Kind.TAIL + plain[::-1], 97, True),
            Probe(Kind.PHONE + plain, 91, True),
            Probe(Kind.EMAIL + digits, 89, True),
            Probe(Kind.USERNAME + digits, 85, True),
        ]
    number = int(digits) if len(digits) <= 9 and digits == name.folded.lstrip("# ") else None
    return Route(name, _best(probes), number=number, digits=digits)


def bare(digits: str) -> str:
    """A phone's digits without what is dialled before them: 0086, 86, a leading 0."""
    for before in ("0086", "86"):
        if digits.startswith(before) and len(digits) - len(before) >= 10:
            return digits[len(before) :]
    return digits[1:] if digits.startswith("0") and len(digits) >= 10 else digits


def _of_address(folded: str) -> Iterator[Probe]:
    text = folded.replace(" ", "")
    local, _, domain = text.partition("@")
    if not local:
        yield Probe(Kind.USERNAME + domain, 100)
        yield Probe(Kind.USERNAME + domain, 92, True)
        yield Probe(Kind.ACCOUNT + domain, 99)
        yield Probe(Kind.EMAIL_PART + domain, 95)
        yield Probe(Kind.EMAIL_PART + domain, 88, True)
        return
    yield Probe(Kind.EMAIL + text, 100)
    yield Probe(Kind.EMAIL + text, 96, True)


def _of_name(name: Name) -> Iterator[Probe]:
    text = name.squeezed
    yield Probe(Kind.NAME + text, 100)
    yield Probe(Kind.NAME + text, 92, True)
    yield Probe(Kind.CALLED + text, 100)
    yield Probe(Kind.CALLED + text, 89, True)
    yield Probe(Kind.WORD + text, 95)
    yield from (Probe(Kind.WORD + sign, 84) for sign in symbols(name.folded))
    core = read(company_core(name.folded)).squeezed
    yield Probe(Kind.COMPANY + core, 96)
    yield Probe(Kind.COMPANY + core, 90, len(core) > 1)
    if name.han and name.words:
        yield from _of_mixed(name)
    elif name.han:
        yield from _of_han(name)
    elif name.words:
        yield from _of_latin(name)
    titled = untitled(name.folded)
    if titled is not None:
        yield from _of_titled(*titled)


def _of_titled(rest: str, _title: str) -> Iterator[Probe]:
    """Somebody of this name, whatever they are called; whose salutation it is has been asked for before."""
    for probe in route(rest).probes:
        yield Probe(probe.key, probe.score - 6, probe.prefix, probe.why or TITLE)


def _of_han(name: Name) -> Iterator[Probe]:
    text = name.squeezed
    yield Probe(Kind.PART + text, 94)
    yield Probe(Kind.PART + text, 86, True)
    yield Probe(Kind.SURNAME + text, 97 if len(text) == 1 else 98)
    run = name.han[0] if len(name.han) == 1 else read(text).han[0]
    if len(text) < 2:
        return
    for way in run.readings:
        joined = "".join(way)
        yield Probe(Kind.PINYIN + joined, 85, why=SAME_SOUND)
        yield Probe(Kind.NAME + joined, 86, why=SAME_SOUND)
        yield Probe(Kind.TURNED + joined, 86, why=SAME_SOUND)
        yield Probe(Kind.SOUND + sound(joined), 80, why=SOUNDS_ALIKE)
        yield Probe(Kind.GIVEN + joined, 78, why=SAME_SOUND)
        yield Probe(Kind.GIVEN_SOUND + sound(joined), 76, why=SOUNDS_ALIKE)


def _of_latin(name: Name) -> Iterator[Probe]:
    words = name.words
    text = name.squeezed
    turned = words[-1] + "".join(words[:-1])
    for spelled, less in {text: 0.0, turned: 1.0}.items():
        yield Probe(Kind.PINYIN + spelled, 96 - less)
        yield Probe(Kind.PINYIN + spelled, 87 - less, len(spelled) > 2)
        yield Probe(Kind.MIXED + spelled, 91 - less)
        yield Probe(Kind.MIXED + spelled, 85 - less, len(spelled) > 2)
        yield Probe(Kind.TURNED + spelled, 99 - less)
        yield Probe(Kind.TURNED + spelled, 91 - less, len(spelled) > 2)
        yield Probe(Kind.SOUND + sound(spelled), 84 - less, why=SOUNDS_ALIKE)
    yield Probe(Kind.GIVEN + text, 89)
    yield Probe(Kind.GIVEN + text, 80, len(text) > 2)
    yield Probe(Kind.GIVEN_SOUND + sound(text), 79, why=SOUNDS_ALIKE)
    yield Probe(Kind.SURNAME + text, 94)
    if len(text) <= MOST_INITIALS:
        yield Probe(Kind.INITIALS + text, 90, why=INITIALS)
        yield Probe(Kind.INITIALS + text, 78, len(text) > 1, why=INITIALS)
    yield Probe(Kind.COMPANY_WORD + text, 90)
    yield Probe(Kind.COMPANY_WORD + text, 82, len(text) > 2)
    if len(words) > 1:
        yield Probe(Kind.SORTED + "".join(sorted(words)), 99)
    if " " not in name.folded:
        yield from _of_one_word(name.folded)
    yield from _of_nicknames(words)


def _of_one_word(word: str) -> Iterator[Probe]:
    yield Probe(Kind.WORD + word, 90, True)
    yield Probe(Kind.USERNAME + word, 98)
    yield Probe(Kind.USERNAME + word, 88, len(word) > 1)
    yield Probe(Kind.ACCOUNT + word, 98)
    yield Probe(Kind.ACCOUNT + word, 87, len(word) > 1)
    yield Probe(Kind.EMAIL + word, 88, len(word) > 1)
    yield Probe(Kind.EMAIL_PART + word, 88)
    yield Probe(Kind.EMAIL_PART + word, 84, len(word) > 2)


def _of_nicknames(words: tuple[str, ...]) -> Iterator[Probe]:
    """Bob Smith as Robert Smith, word by word."""
    count = 0
    for place, word in enumerate(words):
        for other in sorted(also_called(word)):
            if count == MOST_NICKNAMES * len(words):
                return
            count += 1
            if len(words) == 1:
                yield Probe(Kind.WORD + other, 86, why=NICKNAME)
            else:
                yield Probe(
                    Kind.SORTED + "".join(sorted([*words[:place], other, *words[place + 1 :]])),
                    95,
                    why=NICKNAME,
                )


def _of_mixed(name: Name) -> Iterator[Probe]:
    """张s, 王小m, zhang三: as it is typed, and all of it in pinyin."""
    text = name.squeezed
    yield Probe(Kind.MIXED + text, 94)
    yield Probe(Kind.MIXED + text, 90, True)
    for way in readings_of_mixed(name):
        yield Probe(Kind.PINYIN + way, 90)
        yield Probe(Kind.PINYIN + way, 84, len(way) > 2)
        yield Probe(Kind.MIXED + way, 86)
        yield Probe(Kind.MIXED + way, 82, len(way) > 2)


def readings_of_mixed(name: Name) -> list[str]:
    """A text of Chinese characters and Latin letters as pinyin, in the order typed."""
    ways = [""]
    rest = name.folded
    runs: list[HanName | str] = sorted(
        [*name.han, *name.words], key=lambda run: rest.find(run if isinstance(run, str) else run.parts[0])
    )
    for run in runs:
        spelled = [run] if isinstance(run, str) else ["".join(way) for way in run.readings[:2]]
        ways = [before + one for before in ways for one in spelled]
    return ways[:4]
