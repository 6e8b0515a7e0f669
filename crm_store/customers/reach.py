"""By what way to reach a customer whom the bot cannot: what they like, then the phone."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from crm_store.customers.tables import ContactKind, ContactMethod, Preference

ORDER = (ContactKind.PHONE, ContactKind.WECHAT, ContactKind.EMAIL, ContactKind.QQ)
"""Without a preference, what works fastest first."""

_CLAUSES = re.compile(r"[,;.!，；。！]")


def best(contacts: Sequence[ContactMethod], preferences: Sequence[Preference]) -> ContactMethod | None:
    """The contact to use: none that is invalid, none of a kind they do not want. ``preferences`` come as the
    card has them, those that count most first. None when nothing is left."""
    wanted, unwanted = _wishes(preferences)
    ranking = [*wanted, *(kind for kind in ORDER if kind not in wanted)]
    usable = [one for one in contacts if not one.invalid and one.kind not in unwanted]
    return min(usable, key=lambda one: ranking.index(one.kind), default=None)


def refuses(kind: ContactKind, preferences: Sequence[Preference]) -> bool:
    """True where these say that the customer does not want to be reached this way."""
    return kind in _wishes(preferences)[1]


def _wishes(preferences: Sequence[Preference]) -> tuple[list[ContactKind], set[ContactKind]]:
    """The kinds they want, the dearest first, and those they do not want."""
    wanted: list[ContactKind] = []
    unwanted: set[ContactKind] = set()
    for said in (part for one in preferences for part in _CLAUSES.split(f"{one.topic}; {one.value}")):
        kinds = _named(said)
        if _pattern("unwanted").search(said):
            unwanted |= kinds - set(wanted)
        else:
            wanted += sorted(kinds - unwanted - set(wanted), key=ORDER.index)
    return wanted, unwanted


def _named(text: str) -> set[ContactKind]:
    return {kind for kind in ContactKind if _pattern(kind).search(text)}


@cache
def _pattern(key: str) -> re.Pattern[str]:
    """Any of the words: a Latin one as a word, a Chinese one wherever it stands."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    words = data["unwanted"] if key == "unwanted" else data["ways"][key]
    return re.compile(
        "|".join(rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one) for one in words),
        re.IGNORECASE | re.ASCII,
    )
