"""The process that computes reports, draws them, or writes them to files: a message in, a message out.

It reads the store and cannot write it. What a report does not hold is not loaded.
"""

import base64
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.pictures.style import Drawn, Style, Tongue
from bot.pipes import attend, say, unframed
from crm_store.analysis.service_summary import Window
from crm_store.engine import open_engine
from crm_store.exchange.cells import Cell, Sheet
from crm_store.exchange.csv_out import write_csv
from crm_store.money import decimals
from crm_store.reports import sections
from crm_store.reports.sections import Figures, Scope, Table
from crm_store.reports.tables import Section
from crm_store.staff.tables import Staff

MOST_PICTURES = 3

Labels = Mapping[str, Mapping[str, str]]


def report(order: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of each section, and the pictures drawn of them."""
    figures = computed(order)
    drawn = chosen(pictures(figures, style_of(order)))
    return {
        "sections": figures,
        "pictures": [{"name": one.name, "png": _packed(one.png()), "alt": one.alt} for one in drawn],
    }


def computed(order: Mapping[str, Any]) -> dict[str, Figures]:
    """On behalf of who gets it."""
    engine = open_engine(order["store_url"], key=order["store_key"], read_only=True)
    try:
        with Session(engine) as session:
            by = session.get_one(Staff, order["staff"])
            scope = Scope(
                by, ZoneInfo(order["zone"]), order["currency"], _moment(order["now"]), order["margin_percent"]
            )
            window, before = (Window(*map(_moment, order[key])) for key in ("window", "before"))
            return {
                one: sections.figures(
                    session, section=Section(one), window=window, before=before, scope=scope
                )
                for one in order["sections"]
            }
    finally:
        engine.dispose()


def pictures(figures: Mapping[str, Figures], style: Style) -> list[list[Drawn]]:
    """Those of each section, in their order; a section may have none."""
    found: list[list[Drawn]] = []
    for section, one in figures.items():
        name = f"bot.pictures.{section}"
        if find_spec(name) is not None:
            found.append(list(import_module(name).draw(one, style)))
    return found


def chosen(drawn: Sequence[Sequence[Drawn]]) -> list[Drawn]:
    """As many as a message is followed by: the first of each section, then what there is room for."""
    places = [(number, at) for at, of in enumerate(drawn) for number in range(len(of))]
    return [
        drawn[at][number]
        for number, at in sorted(sorted(places)[:MOST_PICTURES], key=lambda one: (one[1], one[0]))
    ]


def style_of(order: Mapping[str, Any]) -> Style:
    tongues = {language: Tongue(**one) for language, one in order["tongues"].items()}
    return Style(order["language"], order["currency"], tongues)


def file(order: Mapping[str, Any]) -> dict[str, Any]:
    """The kept figures of a report, as a file."""
    zone, sheets = ZoneInfo(order["zone"]), list(_sheets(order))
    made = BytesIO()
    match order["format"]:
        case "csv":
            _write_csv(made, sheets, order, zone)
        case "xlsx":
            import_module("crm_store.exchange.xlsx_out").write_book(made, sheets, zone=zone)
        case _:
            style = style_of(order)
            sheets = [one for one in sheets if _says_something(one)]
            drawn = [one for of in pictures(order["sections"], style) for one in of]
            pages = import_module("bot.pictures.pages")
            return {
                "data": _packed(
                    pages.printed(style, text=order["text"][style.spoken], drawn=drawn, sheets=sheets)
                )
            }
    return {"data": _packed(made.getvalue())}


def _sheets(order: Mapping[str, Any]) -> Iterator[Sheet]:
    labels = order["tongues"][order["language"]]["labels"]
    for section, figures in order["sections"].items():
        table = sections.table(Section(section), figures)
        headings = [
            _shown(f":report_columns.{one}" if one[0] != ":" else one, labels) for one in table.columns
        ]
        rows = [
            [
                _cell(cell, column, table, labels, order["currency"])
                for cell, column in zip(row, table.columns, strict=True)
            ]
            for row in table.rows
        ]
        yield Sheet(labels["report_sections"][section], headings, rows)


def _says_something(sheet: Sheet) -> bool:
    """Pages of zeros are not printed."""
    return any(cell for row in sheet.rows for cell in row if isinstance(cell, int | float | Decimal))


def _cell(cell: Cell, column: str, table: Table, labels: Labels, currency: str) -> Cell:
    if isinstance(cell, int) and column in table.money:
        return Decimal(cell).scaleb(-decimals(currency))
    if isinstance(cell, str):
        return date.fromisoformat(cell) if column == "day" else _shown(cell, labels)
    return cell


def _shown(text: str, labels: Labels) -> str:
    section, _, key = text.removeprefix(":").partition(".")
    return labels[section].get(key, key) if text.startswith(":") else text


def _write_csv(target: BinaryIO, sheets: Sequence[Sheet], order: Mapping[str, Any], zone: ZoneInfo) -> None:
    """One table under the other: the first column says which."""
    labels = order["tongues"][order["language"]]["labels"]
    widest = max((len(one.headings) for one in sheets), default=0)
    rows = [[sheet.title, *row] for sheet in sheets for row in [sheet.headings, *sheet.rows]]
    heading = labels["report_columns"]["section"]
    write_csv(
        target,
        [heading, *[""] * widest],
        [[*row, *[None] * (widest + 1 - len(row))] for row in rows],
        zone=zone,
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def main() -> None:
    """Answer each order until nobody asks any more."""
    attend()
    warnings.simplefilter("ignore")  # nobody reads them, and a full pipe would stop us
    done = {"report": report, "file": file}
    while (order := unframed(sys.stdin.buffer)) is not None:
        say(done[order["do"]](order))


if __name__ == "__main__":
    main()
