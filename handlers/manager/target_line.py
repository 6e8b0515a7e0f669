"""A target as people type it: sales 200000, 销售额 20万 2026-12, new customers 50 next month, margin off."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from crm_store import money
from crm_store.money import Unreadable
from crm_store.reports.tables import TargetMeasure
from crm_store.reports.targets import month_after, month_before
from handlers.words import Words

MOST = 10**9
"""No shop wins more customers in a month."""

EARLIEST, LATEST = 1970, 2199
_MONTH = re.compile(r"^(?:(\d{4})(?:[-/.](0?[1-9]|1[0-2])|年(0?[1-9]|1[0-2])月?)|(0?[1-9]|1[0-2])月)$")
_MONTH_GLUED = re.compile(r"^((?:\d{4}年)?\d{1,2}月)[份的]*\s*")
_PEOPLE = re.compile(r"^([1-9]\d{0,2}(?:,?\d{3})*|[1-9]\d*)(?:customers|people|人|位|个|名)?$")


@dataclass(frozen=True)
class Line:
    """``measure`` None: only a month was named. ``amount`` None: the target is to be dropped."""

    month: date
    measure: TargetMeasure | None = None
    amount: int | None = None


class NotATarget(ValueError):
    """``problem``: measure, amount; ``text`` is what could not be read."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(problem)
        self.problem, self.text = problem, text


def read(text: str, *, words: Words, currency: str, today: date) -> Line:
    """Its parts in any order but that the amount follows what it is for. Raises NotATarget."""
    said = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    rest, month = _month(said, words, today)
    if not rest:
        return Line(month)
    measure, amount = _measure(rest, words)
    if amount in words.listed("target_words", "off"):
        return Line(month, measure)
    return Line(month, measure, _amount(amount, measure, currency))


def _month(said: str, words: Words, today: date) -> tuple[str, date]:
    """What is left without the month, and which it is; this one where none is named. Before what it is for,
    Chinese needs no space after it."""
    said = _MONTH_GLUED.sub(r"\1 ", said).strip()
    this = today.replace(day=1)
    named = {"this": this, "next": month_after(this), "last": month_before(this)}
    for key, month in named.items():
        for word in sorted(words.listed("target_words", key), key=len, reverse=True):
            end = r"(?=\s|$)" if word.isascii() else ""
            if (found := re.search(rf"(?:^|\s){re.escape(word)}{end}", said)) is not None:
                return _without(said, found), month
    for found in re.finditer(r"\S+", said):
        if (month_ := _dated(found[0], this)) is not None:
            return _without(said, found), month_
    return said, this


def _without(said: str, found: re.Match[str]) -> str:
    return " ".join((said[: found.start()] + " " + said[found.end() :]).split())


def _dated(word: str, this: date) -> date | None:
    """A month without its year is the nearest there is."""
    found = _MONTH.match(word)
    if found is None:
        return None
    if found[1]:
        year, month = int(found[1]), int(found[2] or found[3])
        return date(year, month, 1) if EARLIEST <= year <= LATEST else None
    near = [date(this.year + n, int(found[4]), 1) for n in (1, 0, -1)]
    return min(near, key=lambda one: abs((one - this).days))


def _measure(said: str, words: Words) -> tuple[TargetMeasure, str]:
    """What it is for, and what follows that; the longest word that fits."""
    known = [
        (word, one) for one in TargetMeasure for word in (one, *words.listed("target_measure_words", one))
    ]
    for word, measure in sorted(known, key=lambda one: -len(one[0])):
        rest = said.removeprefix(word)
        if rest != said and (not rest or not (word[-1].isascii() and rest[0].isalpha())):
            return measure, rest.strip(" :=")
    raise NotATarget("measure", said)


def _amount(said: str, measure: TargetMeasure, currency: str) -> int:
    if measure == TargetMeasure.NEW_CUSTOMERS:
        found = _PEOPLE.match(said.replace(" ", ""))
        amount = int(found[1].replace(",", "")) if found is not None else 0
        most = MOST
    else:
        try:
            amount, most = money.read(said, currency=currency), money.MOST
        except Unreadable:
            amount, most = 0, 0
    if not 0 < amount <= most:
        raise NotATarget("amount", said)
    return amount
