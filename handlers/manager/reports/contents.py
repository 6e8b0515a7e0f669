"""What a report may hold and in which language, by the words people type."""

from dataclasses import dataclass, replace

from crm_store.reports.schedules import Wanted
from crm_store.reports.sections import DELIVERED
from crm_store.reports.slots import Rhythm
from crm_store.reports.tables import Period, Section
from handlers.words import LANGUAGES, Words

_BETWEEN = " \t\n\u3000,:，、：+"


@dataclass(frozen=True)
class Choice:
    """What was typed besides a time; None, and no sections, where nothing was said."""

    sections: tuple[Section, ...] = ()
    period: Period | None = None
    language: str | None = None
    skip_empty: bool | None = None


def read(words: Words, text: str) -> tuple[Choice, str]:
    """The words known, and what is left of the text."""
    left, rest = text, []
    choice = Choice()
    while left := left.strip(_BETWEEN):
        found = _first(words, left, choice)
        if found is None:
            first, _, left = _cut(left)
            rest.append(first)
        else:
            choice, left = found
    return choice, " ".join(rest)


def wanted(rhythm: Rhythm, choice: Choice, *, sections: tuple[Section, ...] = DELIVERED) -> Wanted:
    """A new schedule: all there is, where nothing else was said."""
    return Wanted(
        rhythm=rhythm,
        sections=choice.sections or sections,
        language=choice.language,
        skip_empty=bool(choice.skip_empty),
    )


def _first(words: Words, text: str, choice: Choice) -> tuple[Choice, str] | None:
    """The choice with what the text begins with, and the rest; the longest word counts."""
    known: list[tuple[str, Choice]] = []
    for section in DELIVERED:
        chosen = tuple(one for one in DELIVERED if one in (*choice.sections, section))
        known += [(one, replace(choice, sections=chosen)) for one in _called(words, "section_words", section)]
    for period in Period:
        known += [(one, replace(choice, period=period)) for one in _called(words, "report_words", period)]
    for language in LANGUAGES:
        named = _called(words, "language_words", language)
        known += [(one, replace(choice, language=language)) for one in named]
    for key, skip in (("skip", True), ("always", False)):
        known += [(one, replace(choice, skip_empty=skip)) for one in words.listed("empty_words", key)]
    known += [(one, choice) for one in words.listed("report_fillers", "any")]
    folded = text.casefold()
    for word, chosen_now in sorted(known, key=lambda one: -len(one[0])):
        if folded.startswith(word) and _ends(text, len(word)):
            return chosen_now, text[len(word) :]
    return None


def _called(words: Words, section: str, key: str) -> set[str]:
    return {str(key), *words.listed(section, key)}


def _ends(text: str, at: int) -> bool:
    """A Latin word ends where no letter follows; a Chinese one needs no space."""
    return not (text[at - 1].isascii() and text[at : at + 1].isascii() and text[at : at + 1].isalnum())


def _cut(text: str) -> tuple[str, str, str]:
    for at, letter in enumerate(text):
        if letter in _BETWEEN:
            return text[:at], letter, text[at + 1 :]
    return text, "", ""
