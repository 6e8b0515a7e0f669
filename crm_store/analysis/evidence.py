"""Signs of what a message is about: turns of phrase a person would point at, Chinese and English.

They are evidence, not a verdict: each is one more feature, and training finds what it is worth. Only
urgency is a rule, because missing one danger is worse than a few false alarms.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from crm_store.analysis.normalise import CROSS, ORDER_NUMBER, PLEASED, has_han

_FOLDER = Path(__file__).with_name("signs")
_MARKS = (PLEASED, CROSS, ORDER_NUMBER)


def _read(language: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def _compile(language: str, patterns: Sequence[str]) -> re.Pattern[str]:
    either = "|".join(patterns)
    return re.compile(either if language == "zh" else rf"\b(?:{either})\b")


_LISTS = {language: _read(language) for language in ("zh", "en")}
_SIGNS = {
    language: {
        f"{language}.{name}": _compile(language, patterns)
        for heading, signs in lists.items()
        if heading != "urgent"
        for name, patterns in signs.items()
    }
    for language, lists in _LISTS.items()
}
_HIGH = {language: _compile(language, lists["urgent"]["high"]) for language, lists in _LISTS.items()}
_CALM = {language: _compile(language, lists["urgent"]["calm"]) for language, lists in _LISTS.items()}

NAMES = (*_MARKS, *_SIGNS["zh"], *_SIGNS["en"])
COUNT = len(NAMES)

_FIRST = {"zh": len(_MARKS), "en": len(_MARKS) + len(_SIGNS["zh"])}


def find_signs(text: str) -> list[int]:
    """The numbers (into ``NAMES``) of the signs a normalised text shows, ascending."""
    language = "zh" if has_han(text) else "en"
    found = [number for number, mark in enumerate(_MARKS) if mark in text]
    signs = _SIGNS[language].values()
    return found + [number for number, sign in enumerate(signs, _FIRST[language]) if sign.search(text)]


def is_urgent(text: str) -> bool:
    """Whether a normalised text speaks of harm, danger, fraud, the law, or hours that are running out.

    What only sounds alarming (smoke detectors, a price that explodes) is taken out before looking.
    """
    language = "zh" if has_han(text) else "en"
    return _HIGH[language].search(_CALM[language].sub(" ", text)) is not None
