"""A report to print: its words, its pictures, its tables, on A4."""

import io
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bot.pictures import fonts
from bot.pictures.style import GREY, INK, PALE, Drawn, Style, drawing, wrapped
from crm_store.exchange.cells import Cell, Sheet
from handlers.columns import clipped, width

A4 = (8.27, 11.69)
MARGIN = 0.09
LINE = 0.0185
CELLS = 84
ROWS = 44
"""Of a table, on one page."""

LETTER, WIDE = 10.0, 96
"""The size of a table's letters, and how many of them (of Chinese ones half) are as wide as a page."""

GAP = 3
LONGEST = 60


def printed(style: Style, *, text: str, drawn: Sequence[Drawn], sheets: Sequence[Sheet]) -> bytes:
    """A PDF: the words as the message has them, then a page a picture, then the tables."""
    made = io.BytesIO()
    with drawing(), PdfPages(made, metadata={"Title": text.splitlines()[0], "Creator": None}) as pages:
        pages.savefig(_words(text))
        for one in drawn:
            pages.savefig(one.figure)
        for sheet in sheets:
            rows = iter([[_shown(style, one) for one in row] for row in sheet.rows])
            while part := list(islice(rows, ROWS)):
                pages.savefig(table(style, sheet, part))
    return made.getvalue()


def _shown(style: Style, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case int() | Decimal():
            return style.number(float(cell), max(-int(Decimal(cell).as_tuple().exponent), 0))
        case _:
            return str(cell)


def _page() -> Figure:
    return Figure(figsize=A4, facecolor="white")


def _words(text: str) -> Figure:
    page, height = _page(), 0.93
    for number, paragraph in enumerate(text.splitlines()):
        size = 17 if number == 0 else 11.5
        for line in wrapped(fonts.readable(paragraph), 48 if number == 0 else CELLS) or [""]:
            page.text(MARGIN, height, line, size=size, color=INK, va="top")
            height -= LINE * (1.7 if number == 0 else 1.15)
        height -= LINE * 0.35
    return page


def table(style: Style, sheet: Sheet, rows: Sequence[Sequence[str]]) -> Figure:
    """Columns as wide as what they hold, in smaller letters where that is much; without those that hold
    nothing on any page."""
    page = _page()
    page.text(MARGIN, 0.945, fonts.readable(sheet.title), size=14, color=INK, va="top")
    page.text(MARGIN, 0.92, style.tongues[style.spoken].about, size=9.5, color=GREY, va="top")
    columns = [
        at for at, _ in enumerate(sheet.headings) if any(row[at] not in (None, "") for row in sheet.rows)
    ]
    lines = [[clipped(fonts.readable(row[at]), LONGEST) for at in columns] for row in [sheet.headings, *rows]]
    texts = {
        at for at, column in enumerate(columns) if any(isinstance(row[column], str) for row in sheet.rows)
    }
    widths = [max(width(line[at]) for line in lines) + GAP for at, _ in enumerate(columns)]
    size = min(LETTER, LETTER * WIDE / sum(widths))
    cell = (1 - 2 * MARGIN) / max(sum(widths), WIDE)
    height = 0.885
    for number, line in enumerate(lines):
        edge = MARGIN
        for at, shown in enumerate(line):
            page.text(
                edge if at in texts else edge + (widths[at] - GAP) * cell,
                height,
                shown,
                size=size,
                ha="left" if at in texts else "right",
                va="top",
                color=GREY if number == 0 else INK,
            )
            edge += widths[at] * cell
        height -= LINE
        if number == 0:
            rule = Line2D([MARGIN, 1 - MARGIN], [height + 0.003] * 2, color=PALE, linewidth=1.0)
            page.add_artist(rule)
            height -= 0.004
    return page
