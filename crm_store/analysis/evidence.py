"""Signs of what a message is about: turns of phrase a person would point at, Chinese and English.

They are evidence, not a verdict: each is one more feature, and training finds what it is worth. Only
urgency is a rule, because missing one danger is worse than a few false alarms.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm_store.analysis.normalise import CROSS, ORDER_NUMBER, PLEASED, has_han

_FOLDER = Path(__file__).with_name("signs")
_MARKS = (PLEASED, CROSS, ORDER_NUMBER)

# What turns the word after it round: 不太满意, 没有异味; "not at all happy", "never been late".
_NOT = {
    "zh": re.compile(
        r"(?:[不没未无非别]|没有|不[太够是算会怎]|不怎么|不是很|没(?:有)?那么|没(?:有)?什么|没(?:有)?一[点个次丝]|缺乏|零)$"
    ),
    "en": re.compile(
        r"\b(?:no|not|never|none|nothing|isnt|wasnt|arent|werent|dont|doesnt|didnt|cant|couldnt|wont|wouldnt"
        r"|hasnt|havent|aint|without|zero|hardly|barely|nor|less|far from|free of)(?: [a-z]+){0,2} $"
    ),
}
_REACH = 24  # characters before a word in which a "not" is looked for


@dataclass(frozen=True)
class _Language:
    plain: tuple[re.Pattern[str], ...]
    negatable: tuple[re.Pattern[str], ...]
    negation: re.Pattern[str]
    high: re.Pattern[str]
    calm: re.Pattern[str]
    names: tuple[str, ...]
    first: int  # the number of its first sign

    def find(self, text: str) -> Iterator[int]:
        number = self.first
        for sign in self.plain:
            if sign.search(text):
                yield number
            number += 1
        for sign in self.negatable:
            senses = {
                self.negation.search(text, max(0, word.start() - _REACH), word.start()) is None
                for word in sign.finditer(text)
            }
            if True in senses:
                yield number
            if False in senses:
                yield number + 1
            number += 2


def _load(language: str, first: int) -> _Language:
    headings = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    urgent, negatable = headings.pop("urgent"), headings.pop("negatable")
    plain = {name: patterns for signs in headings.values() for name, patterns in signs.items()}
    names = [*plain, *(f"{not_}{name}" for name in negatable for not_ in ("", "not_"))]
    return _Language(
        plain=tuple(_compile(language, patterns) for patterns in plain.values()),
        negatable=tuple(_compile(language, patterns) for patterns in negatable.values()),
        negation=_NOT[language],
        high=_compile(language, urgent["high"]),
        calm=_compile(language, urgent["calm"]),
        names=tuple(f"{language}.{name}" for name in names),
        first=first,
    )


def _compile(language: str, patterns: Sequence[str]) -> re.Pattern[str]:
    either = "|".join(patterns)
    return re.compile(either if language == "zh" else rf"\b(?:{either})\b")


_CHINESE = _load("zh", len(_MARKS))
_ENGLISH = _load("en", len(_MARKS) + len(_CHINESE.names))

NAMES = (*_MARKS, *_CHINESE.names, *_ENGLISH.names)
COUNT = len(NAMES)


def find_signs(text: str) -> list[int]:
    """The numbers (into ``NAMES``) of the signs a normalised text shows, ascending."""
    marks = [number for number, mark in enumerate(_MARKS) if mark in text]
    return [*marks, *(_CHINESE if has_han(text) else _ENGLISH).find(text)]


def is_urgent(text: str) -> bool:
    """Whether a normalised text speaks of harm, danger, fraud, the law, or hours that are running out.

    What only sounds alarming (smoke detectors, a price that explodes) is taken out before looking.
    """
    language = _CHINESE if has_han(text) else _ENGLISH
    return language.high.search(language.calm.sub(" ", text)) is not None
