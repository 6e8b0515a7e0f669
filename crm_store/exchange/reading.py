"""A CSV or Excel file as rows of text, one after the other: a file of any length takes the same memory."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crm_store.exchange import encodings, workbooks
from crm_store.exchange.bad_files import BadFile, Why
from crm_store.exchange.csv_out import restored

MOST_COLUMNS = 200
LONGEST_CELL = 10_000
MOST_BYTES = 1 << 30

_SEPARATORS = ",;\t|"
_TRIED_ROWS = 30
_FIELD_LIMIT = 1 << 24
_END = "\x1e\x1e"
"""A line of our own after the last: should it become part of a cell, a quotation mark was never closed."""


@dataclass(frozen=True)
class Row:
    """``line`` is its number as a spreadsheet shows it; cells are text, blank ones empty."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A file that can be read: how, and for a workbook which of its sheets; ``left`` are the others."""

    path: Path
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    left: tuple[str, ...] = ()

    @contextmanager
    def rows(self) -> Iterator[Iterator[Row]]:
        """The rows that have anything in them. Raises BadFile at the row that cannot be read."""
        if self.sheet is not None:
            with workbooks.opened(self.path) as book:
                yield _checked(workbooks.rows(book, self.sheet))
        else:
            with self.path.open(encoding=self.encoding, newline="") as text:
                yield _checked(_csv_rows(text, self.separator or ","))


def look(path: Path) -> Table:
    """What kind of file it is. Raises BadFile."""
    if path.stat().st_size > MOST_BYTES:
        raise BadFile(Why.TOO_LARGE, most=MOST_BYTES >> 20)
    with path.open("rb") as file:
        is_zip = file.read(4) == encodings.ZIP
    if is_zip:
        sheet, left = workbooks.look(path)
        return Table(path, sheet=sheet, left=left)
    encoding = encodings.of(path)
    with path.open(encoding=encoding, newline="") as text:
        return Table(path, encoding=encoding, separator=_separator(list(islice(text, 4 * _TRIED_ROWS))))


def _separator(lines: list[str]) -> str:
    """The one that cuts most of the first rows into the same number of cells, and into most."""
    return max(_SEPARATORS, key=lambda one: (_fit(lines, one), -_SEPARATORS.index(one)))


def _fit(lines: list[str], separator: str) -> tuple[int, int]:
    try:
        widths = Counter(len(row) for row in islice(csv.reader(lines, delimiter=separator), _TRIED_ROWS))
    except csv.Error:
        return (0, 0)
    width, count = max(widths.items(), key=lambda one: (one[0] > 1, one[1]))
    return (count if width > 1 else 0, width)


def _csv_rows(text: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_FIELD_LIMIT)

    def with_end() -> Iterator[str]:
        yield from text
        yield f"{_END}\n"

    line = 0
    try:
        for line, cells in enumerate(csv.reader(with_end(), delimiter=separator), start=1):
            if cells == [_END]:
                return
            if cells and _END in cells[-1]:
                raise BadFile(Why.QUOTE, line=line)
            yield line, [restored(one) for one in cells]
    except csv.Error:
        raise BadFile(Why.QUOTE, line=line + 1) from None
    except UnicodeDecodeError:
        raise BadFile(Why.ENCODING, line=line + 1) from None


def _checked(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    for line, cells in rows:
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise BadFile(Why.COLUMNS, line=line, most=MOST_COLUMNS)
        if cells:
            yield Row(line, cells)
