"""What makes most of a change: the one part that moved more than its share of the whole did."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm_store.analysis.days import NOTHING, Figure
from crm_store.analysis.measures import OFF_WHOLE, UNKNOWN, By

WORTH_SAYING = 0.3
"""Of the whole change, at least."""


@dataclass(frozen=True)
class Change:
    """A part's values before and after, minor units."""

    by: By
    key: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


def by_size(before: Mapping[str, Figure], after: Mapping[str, Figure], *, by: By) -> list[Change]:
    """All parts that changed, the largest change first."""
    changes = [
        Change(by, key, before.get(key, NOTHING).value, after.get(key, NOTHING).value)
        for key in before.keys() | after.keys()
    ]
    return sorted((one for one in changes if one.difference), key=lambda one: (-abs(one.difference), one.key))


def largest(parts: Mapping[By, tuple[Mapping[str, Figure], Mapping[str, Figure]]]) -> Change | None:
    """The part, of any kind of parts (before, after), that explains most of the whole's change: what it moved
    beyond moving as the whole did. None where nothing does: a sole part is the whole, and what is unknown
    explains nothing."""
    best: tuple[float, Change] | None = None
    for by, (before, after) in parts.items():
        was, is_ = (sum(one.value for one in side.values()) for side in (before, after))
        whole = is_ - was
        if not whole or len(before.keys() | after.keys()) < 2:
            continue
        for one in by_size(before, after, by=by):
            if one.key in (UNKNOWN, OFF_WHOLE) or one.difference * whole <= 0:
                continue
            beyond = abs(one.difference - (whole * one.before / was if was else 0))
            if abs(one.difference) >= WORTH_SAYING * abs(whole) and (best is None or beyond > best[0]):
                best = (beyond, one)
    return best[1] if best is not None else None
