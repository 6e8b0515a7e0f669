"""The files that go back: what became of each row, and those rows that were not taken, to be mended and sent
again."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.exchange.csv_out import write_csv
from crm_store.exchange.deciding import Decision
from crm_store.exchange.headers import Layout
from crm_store.exchange.reading import Row, Table
from crm_store.exchange.tables import Fate, ImportRow, Subject

PROBLEMS = (Fate.REFUSED, Fate.DUPLICATE)
WINDOW_ROWS = 500

_LETTER = {Subject.CUSTOMERS: "C", Subject.ORDERS: "O", Subject.TICKETS: "T"}


class Found(NamedTuple):
    fate: Fate
    reason: str | None = None
    entity_id: int | None = None


class Said(Protocol):
    def of(self, lines: Sequence[int]) -> Mapping[int, Found]:
        """What became of these lines; those that nothing is known of are left out."""


@dataclass(frozen=True)
class Told:
    """The words of who gets the files; ``headings`` of our own columns: line, fate, reason, number."""

    headings: Mapping[str, str]
    fate: Callable[[Fate], str]
    reason: Callable[[str], str]


class Fates:
    """What was written by an import."""

    def __init__(self, engine: Engine, import_id: int) -> None:
        self._engine, self._import_id = engine, import_id

    def of(self, lines: Sequence[int]) -> dict[int, Found]:
        columns = (col(ImportRow.line), col(ImportRow.fate), col(ImportRow.reason), col(ImportRow.entity_id))
        statement = select(*columns).where(
            col(ImportRow.import_id) == self._import_id,
            col(ImportRow.line).between(min(lines), max(lines)),
        )
        with Session(self._engine) as session:
            return {line: Found(*rest) for line, *rest in session.execute(statement)}


class TriedFates:
    """The problems of a dry run, kept on disk: there may be as many as rows."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE problem (line INTEGER PRIMARY KEY, fate TEXT, reason TEXT)")

    def add(self, decisions: Iterable[Decision]) -> None:
        rows = [(one.line, one.fate.value, one.reason) for one in decisions if one.fate in PROBLEMS]
        self._rows.executemany("INSERT INTO problem VALUES (?, ?, ?)", rows)

    def of(self, lines: Sequence[int]) -> dict[int, Found]:
        rows = self._rows.execute(
            "SELECT line, fate, reason FROM problem WHERE line BETWEEN ? AND ?", (min(lines), max(lines))
        )
        return {line: Found(Fate(fate), reason) for line, fate, reason in rows}


def write_results(path: Path, table: Table, layout: Layout, said: Said, told: Told) -> None:
    """Every row: its line, what became of it and why, the number it has now, and its cells."""
    headings = [told.headings[key] for key in ("line", "fate", "reason", "number")] + _headings(layout)
    letter = _LETTER[layout.subject]

    def rows() -> Iterator[list[str | int]]:
        for row, found in _joined(table, layout, said):
            number = f"{letter}{found.entity_id}" if found.entity_id is not None else ""
            yield [row.line, told.fate(found.fate), _why(found, told), number, *row.cells]

    write_csv(path, headings, rows())


def write_problems(path: Path, table: Table, layout: Layout, said: Said, told: Told) -> None:
    """The rows that were not taken, cells first: mended, the file can be sent as it is."""
    width = len(layout.headings)
    headings = [*_headings(layout), *(told.headings[key] for key in ("line", "fate", "reason"))]

    def rows() -> Iterator[list[str | int]]:
        for row, found in _joined(table, layout, said):
            if found.fate in PROBLEMS:
                cells = row.cells + [""] * (width - len(row.cells))
                yield [*cells, row.line, told.fate(found.fate), _why(found, told)]

    write_csv(path, headings, rows())


def _joined(table: Table, layout: Layout, said: Said) -> Iterator[tuple[Row, Found]]:
    with table.rows() as every:
        rows = (row for row in every if row.line > layout.header)
        while window := list(islice(rows, WINDOW_ROWS)):
            found = said.of([row.line for row in window])
            yield from ((row, found[row.line]) for row in window if row.line in found)


def _headings(layout: Layout) -> list[str]:
    return [heading or str(place) for place, heading in enumerate(layout.headings, start=1)]


def _why(found: Found, told: Told) -> str:
    return told.reason(found.reason) if found.reason else ""
