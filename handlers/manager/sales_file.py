"""Sales as a file: every part of a kind, or every day or week, with amounts as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session

from crm_store.analysis import sales
from crm_store.analysis.measures import By
from crm_store.exchange.cells import Cell
from crm_store.money import decimals
from handlers.desk import Desk
from handlers.manager import sales_table
from handlers.windows import Asked
from handlers.words import Words

_OF_DAYS: Sequence[str] = ("orders", "sales", "refunded")
_OF_PARTS: Sequence[str] = ("orders", "sales", "refunded", "before")


@dataclass(frozen=True)
class SalesTable:
    """``days`` names the window in a file's name."""

    title: str
    days: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def table(session: Session, *, asked: Asked, by: By, desk: Desk, words: Words, language: str) -> SalesTable:
    """The last row adds the others up."""
    about = {"window": asked.window, "zone": desk.timezone, "currency": desk.currency}

    def money(minor: int) -> Decimal:
        return Decimal(minor).scaleb(-decimals(desk.currency))

    def cells(row: dict[str, int], keys: Sequence[str]) -> list[Cell]:
        return [row[key] if key == "orders" else money(row[key]) for key in keys]

    rows: list[list[Cell]]
    keys: Sequence[str]
    if by:
        found = sales.summarise(session, before=asked.before, parts=[by], explain=False, **about)  # type: ignore[arg-type]
        keys, first, parts = _OF_PARTS, "name", found["parts"][by]
        rows = [[sales_table.name(words, language, by, row), *cells(row, keys)] for row in parts]
        whole = found | {"before": found["before"]["sales"] if found["before"] else 0}
    else:
        shown, by_week = sales.day_by_day(session, **about)  # type: ignore[arg-type]
        keys, first = _OF_DAYS, "week" if by_week else "day"
        parts = [row for row in shown if row["is_of"]]
        rows = [[date.fromisoformat(row["day"]), *cells(row, keys)] for row in parts]
        whole = {key: sum(row[key] for row in parts) for key in keys}
    rows.append([words.label(language, "sales_words", "total"), *cells(whole, keys)])
    headings = [words.label(language, "sales_columns", key) for key in (first, *keys)]
    title = words.label(language, "sales_words", "sales")
    last = desk.local(asked.window.end - timedelta.resolution).date()
    start = desk.local(asked.window.start).date()
    return SalesTable(title, start.isoformat() if start == last else f"{start}_{last}", headings, rows)
