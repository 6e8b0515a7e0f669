"""What a cell of an exported table may hold, the same for CSV and XLSX."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

Cell = str | int | Decimal | datetime | date | None
"""Text is text, whatever it looks like; a Decimal is money, shown with the decimals it has; an aware datetime
is shown in the zone that the writer is given."""


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


Label = Callable[[str, str], str]
"""The word for a key of a section of labels.toml, in the language of who asked."""

PAGE = 1000
"""Rows that are read at once."""


def shown_at(moment: datetime, zone: tzinfo) -> datetime:
    """What the clocks of ``zone`` show then, to the second and without a zone: spreadsheets know none.

    Raises ValueError for a naive time.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone was given to a file: {moment!r}")
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
