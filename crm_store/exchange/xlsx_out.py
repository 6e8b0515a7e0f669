"""XLSX, row by row: text is typed as text, so that nothing in it is guessed at or run."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from crm_store.exchange.cells import Cell, Sheet, shown_at
from crm_store.exchange.csv_out import defused

LONGEST_CELL = 32_767
"""Characters; Excel calls a file with more in a cell damaged."""

MOST_ROWS = 1_048_575
"""Under the headings; a sheet has no more."""

MOMENT, DAY, TEXT = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "@"
WIDTHS = (8, 40)
"""A column's least and greatest width, in characters."""


def write_xlsx(
    target: Path | BinaryIO,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    zone: tzinfo = UTC,
    title: str = "Sheet1",
) -> int:
    """Write a workbook of one sheet; times are shown in ``zone``. Returns how many rows it has.

    A control character, which XLSX cannot hold, becomes U+FFFD. Raises ValueError over ``MOST_ROWS``.
    """
    book = Workbook(write_only=True)
    count = _fill(book, Sheet(title, headings, rows), zone)
    book.save(target)
    return count


def write_book(target: Path | BinaryIO, sheets: Iterable[Sheet], *, zone: tzinfo = UTC) -> None:
    """Write a workbook of several sheets, as ``write_xlsx`` writes one."""
    book = Workbook(write_only=True)
    for one in sheets:
        _fill(book, one, zone)
    book.save(target)


def _fill(book: Workbook, made: Sheet, zone: tzinfo) -> int:
    sheet = book.create_sheet(made.title)
    sheet.freeze_panes = "A2"
    for column, heading in enumerate(made.headings, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = _width(heading)
    sheet.append([_heading(sheet, one) for one in made.headings])
    count = 0
    for row in made.rows:
        if count == MOST_ROWS:
            raise ValueError(f"a sheet holds no more than {MOST_ROWS} rows")
        sheet.append([_typed(sheet, cell, zone) for cell in row])
        count += 1
    return count


def _heading(sheet: Any, text: str) -> Any:
    cell = _text(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _typed(sheet: Any, cell: Cell, zone: tzinfo) -> Any:
    """A styled cell only where the style matters: a plain one costs a fifth."""
    if isinstance(cell, str):
        if not cell:
            return None
        return _text(sheet, cell) if cell[0] == "#" or defused(cell) != cell else _held(cell)
    if isinstance(cell, datetime):
        return _styled(sheet, shown_at(cell, zone), MOMENT)
    if isinstance(cell, date):
        return _styled(sheet, cell, DAY)
    if isinstance(cell, Decimal):
        return _styled(sheet, cell, _decimals(cell))
    return cell


def _text(sheet: Any, text: str) -> Any:
    """Typed last: openpyxl would take =1+1 for a formula and #N/A for an error."""
    cell = _styled(sheet, _held(text), TEXT)
    cell.data_type = "s"
    return cell


def _styled(sheet: Any, value: Any, number_format: str) -> Any:
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = number_format
    return cell


def _held(text: str) -> str:
    """What a cell can hold of a text; one that is cut says by how much."""
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    if len(text) <= LONGEST_CELL:
        return text
    kept = LONGEST_CELL - 20
    return f"{text[:kept]}… (+{len(text) - kept})"


def _decimals(amount: Decimal) -> str:
    exponent = amount.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"#,##0.{'0' * digits}" if digits else "#,##0"


def _width(heading: str) -> int:
    """Han characters are two wide."""
    wide = sum(2 if one > "\u2e7f" else 1 for one in heading)
    return max(WIDTHS[0], min(WIDTHS[1], wide + 8))
