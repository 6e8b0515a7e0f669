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

A4 = (8.27, 11.69)
MARGIN = 0.09
LINE = 0.0185
CELLS = 84
ROWS = 44
"""Of a table, on one page."""


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
                pages.savefig(_table(style, sheet, part))
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


def _table(style: Style, sheet: Sheet, rows: Sequence[Sequence[str]]) -> Figure:
    page = _page()
    page.text(MARGIN, 0.945, fonts.readable(sheet.title), size=14, color=INK, va="top")
    page.text(MARGIN, 0.92, style.tongues[style.spoken].about, size=9.5, color=GREY, va="top")
    step = (1 - 2 * MARGIN) / len(sheet.headings)
    most = max(int(CELLS / len(sheet.headings)), 4)
    texts = {0, *(at for row in sheet.rows for at, cell in enumerate(row) if isinstance(cell, str))}
    height = 0.885
    for number, row in enumerate([sheet.headings, *rows]):
        for at, cell in enumerate(row):
            shown = (wrapped(fonts.readable(cell), most) or [""])[0]
            place = MARGIN + at * step if at in texts else MARGIN + (at + 1) * step - 0.005
            page.text(
                place,
                height,
                shown,
                size=10,
                ha="left" if at in texts else "right",
                va="top",
                color=GREY if number == 0 else INK,
            )
        height -= LINE
        if number == 0:
            rule = Line2D([MARGIN, 1 - MARGIN], [height + 0.003] * 2, color=PALE, linewidth=1.0)
            page.add_artist(rule)
            height -= 0.004
    return page
