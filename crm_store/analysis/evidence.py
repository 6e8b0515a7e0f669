"""Signs of what a message is about: turns of phrase a person would point at, Chinese and English.

They are evidence, not a verdict: each is one more feature, and training finds what it is worth. Only the
words that name a danger outright are a rule, because missing one is worse than a few false alarms.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
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


_WORD = re.compile(r"\w+")
_ONE_WORD = re.compile(r"(?:[\w?:|()+*]|\\w|\[\w+\])+")  # a pattern that cannot reach beyond one word


class _Language:
    """The signs of one language, numbered from ``first``; those under [alarm] from ``first_alarm``."""

    def __init__(self, name: str) -> None:
        headings = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        urgent, negatable, alarm = (headings.pop(heading) for heading in ("urgent", "negatable", "alarm"))
        plain = {sign: patterns for signs in headings.values() for sign, patterns in signs.items()}
        self.name = name
        self.negatable = [self._compile(patterns) for patterns in negatable.values()]
        self._danger_words, self._danger_phrases = self._split(urgent["high"])
        self.calm = self._compile(urgent["calm"])
        self.kind_names = [
            *(f"{name}.{sign}" for sign in plain),
            *(f"{name}.{not_}{sign}" for sign in negatable for not_ in ("", "not_")),
        ]
        self.alarm_names = [f"{name}.alarm.{sign}" for sign in alarm]
        self.first = self.first_alarm = 0
        # Single words are looked up word by word and remembered: people use the same words over and over.
        split = [self._split(patterns) for patterns in (*plain.values(), *alarm.values())]
        self._words = [(number, words.fullmatch) for number, (words, _) in enumerate(split) if words]
        self._phrases = [(number, longer.search) for number, (_, longer) in enumerate(split) if longer]
        self._plain = len(plain)
        self._of_word = lru_cache(maxsize=8192)(self._look_up)
        self._is_danger_word = lru_cache(maxsize=8192)(self._match_danger)

    def find(self, text: str) -> Iterator[int]:
        """The numbers of the signs in ``text``, each once, in no order."""
        found = {number for number, search in self._phrases if search(text)}
        if self.name == "en":
            found.update(*map(self._of_word, _WORD.findall(text)))
        for number in found:
            alarm = number - self._plain
            yield self.first_alarm + alarm if alarm >= 0 else self.first + number
        for number, sign in enumerate(self.negatable):
            # the first few words are enough, and a wall of words must not cost a second
            for not_ in {self._is_negated(text, word.start()) for word in islice(sign.finditer(text), 12)}:
                yield self.first + self._plain + 2 * number + not_

    def _is_negated(self, text: str, start: int) -> bool:
        return _NOT[self.name].search(text, max(0, start - _REACH), start) is not None

    def names_danger(self, text: str) -> bool:
        text = self.calm.sub(" ", text)
        if self._danger_phrases is not None and self._danger_phrases.search(text):
            return True
        return self._danger_words is not None and any(map(self._is_danger_word, _WORD.findall(text)))

    def _look_up(self, word: str) -> tuple[int, ...]:
        return tuple(number for number, match in self._words if match(word))

    def _match_danger(self, word: str) -> bool:
        return self._danger_words is not None and self._danger_words.fullmatch(word) is not None

    def _split(self, patterns: Sequence[str]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        """What can match within one word, and the rest; Chinese does not say where a word ends."""
        words = [one for one in patterns if self.name == "en" and _ONE_WORD.fullmatch(one)]
        longer = [one for one in patterns if one not in words]
        return self._compile(words) if words else None, self._compile(longer) if longer else None

    def _compile(self, patterns: Sequence[str]) -> re.Pattern[str]:
        either = "|".join(patterns)
        return re.compile(either if self.name == "zh" else rf"\b(?:{either})\b")


def _number(languages: Sequence[_Language]) -> tuple[str, ...]:
    """Give every sign its number: those for kinds first, so that alarms can be left out of them."""
    names: list[str] = [*_MARKS]
    for language in languages:
        language.first = len(names)
        names += language.kind_names
    for language in languages:
        language.first_alarm = len(names)
        names += language.alarm_names
    return tuple(names)


_CHINESE, _ENGLISH = _Language("zh"), _Language("en")

NAMES = _number((_CHINESE, _ENGLISH))
COUNT = len(NAMES)
ALARMS = len(_CHINESE.alarm_names) + len(_ENGLISH.alarm_names)  # the last so many, for urgency only


def find_signs(text: str) -> list[int]:
    """The numbers (into ``NAMES``) of the signs a normalised text shows, each once, in no order."""
    marks = [number for number, mark in enumerate(_MARKS) if mark in text]
    return [*marks, *(_CHINESE if has_han(text) else _ENGLISH).find(text)]


def names_danger(text: str) -> bool:
    """Whether a normalised text speaks of harm, danger, fraud, the law, or hours that are running out.

    What only sounds alarming (smoke detectors, a price that explodes) is taken out before looking.
    """
    return (_CHINESE if has_han(text) else _ENGLISH).names_danger(text)
