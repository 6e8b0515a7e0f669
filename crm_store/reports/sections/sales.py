"""Sales: what was sold, paid and given back, by rep, city, product, category and channel; what stands out."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from crm_store.analysis import brand, sales
from crm_store.analysis.calendar import day_of
from crm_store.analysis.measures import OFF_WHOLE, By
from crm_store.analysis.sales import PARTS
from crm_store.analysis.service_summary import ENOUGH, Window
from crm_store.exchange.cells import Cell
from crm_store.reports import targets, windows
from crm_store.reports.sections import Figures, Scope, Table
from crm_store.reports.targets import Books

MOST_ROWS = 40
"""Of one kind of parts; the rest is one row."""

LONG = timedelta(days=27)
"""Whether people come again, and by whom, says nothing of a shorter time."""

REST = "rest"
WORTH_SAYING = 0.3
"""A change of so much is said even where the number of orders may be chance."""

_SUMS = ("orders", "sales", "refunded", "before")


def figures(session: Session, *, window: Window, before: Window, scope: Scope) -> Figures:
    """As ``sales.summarise`` says, with all parts; ``targets`` of the month that the window ends in, as
    ``targets.Standing`` says; ``brand`` of a month or more, else None; ``days`` as the picture shows them,
    ``beside`` (of ``[report_beside]``) what ``before`` is."""
    of: dict[str, Any] = {"zone": scope.zone, "currency": scope.currency}
    about: dict[str, Any] = {"window": window, **of}
    found = sales.summarise(session, before=before, parts=PARTS, percent=scope.margin_percent, **about)
    shown, by_week = sales.day_by_day(session, **about)
    return {
        **found,
        "empty": not (found["orders"] or found["payments"] or found["refunds"]),
        "n": {key: found[key] for key in ("orders", "payments", "refunds")},
        "finding": _finding(found),
        "parts": {by.value: _short(rows) for by, rows in found["parts"].items()},
        "targets": _targets(session, window, scope),
        "brand": brand.brand(session, window=window, before=before if found["before"] else None, **of)
        if window.length > LONG
        else None,
        "days": shown,
        "by_week": by_week,
        "beside": windows.beside(window, before),
    }


def _targets(session: Session, window: Window, scope: Scope) -> list[dict[str, Any]]:
    month = day_of(window.end - timedelta.resolution, scope.zone).replace(day=1)
    books = Books(scope.zone, scope.currency, scope.margin_percent, window.end)
    return [one.plain() for one in targets.standing(session, month=month, books=books)]


def table(figures: Figures) -> Table:
    """The whole, then every part: what it is a part by, its name, orders, sales, refunds, sales before; of
    the whole also what was paid, that less refunds, the margin, what known goods cost, and the share of net
    sales whose cost is known."""
    former, margin = figures["before"], figures.get("margin")
    whole = [figures["orders"], figures["sales"], figures["refunded"], former["sales"] if former else None]
    kept: list[Cell] = [figures["paid"], figures["net"], None, None, None]
    if margin is not None and margin["is_told"]:
        kept[2:] = [margin["margin"], margin["cost"], round(margin["known"], 4)]
    rows: list[list[Cell]] = [[":sales_words.total", None, *whole, *kept]]
    for by, parts in figures["parts"].items():
        rows += [
            [
                f":sales_by.{by}",
                _name(by, row),
                row["orders"],
                row["sales"],
                row["refunded"],
                row["before"] if former else None,
                *[None] * len(kept),
            ]
            for row in parts
        ]
    money = {"sales", "refunds", "sales_before", "paid", "net", "margin", "cost"}
    columns = ["part", "name", "orders", "sales", "refunds", "sales_before", "paid", "net", "margin", "cost"]
    return Table([*columns, "cost_known"], rows, money=money)


def _short(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most so many rows; what is left is one, so that they still add up."""
    if len(rows) <= MOST_ROWS:
        return rows
    rest = {key: sum(row[key] for row in rows[MOST_ROWS - 1 :]) for key in _SUMS}
    return [*rows[: MOST_ROWS - 1], {"key": REST, "name": None, **rest}]


def _name(by: str, row: dict[str, Any]) -> str:
    if row["key"] in (OFF_WHOLE, REST) and row["name"] is None:
        return ":sales_words.off_whole" if row["key"] == OFF_WHOLE else ":sales_words.rest"
    if row["name"] is None:
        return f":sales_unknown.{by}"
    name = str(row["name"])
    # What begins with a colon is a label's key, whatever a product is called.
    return (
        f":sales_channels.{name}"
        if by == By.CHANNEL
        else name.replace(":", " :", 1)
        if name[0] == ":"
        else name
    )


def _finding(found: dict[str, Any]) -> dict[str, Any] | None:
    """A day that is not like its weekday; else a change and what makes most of it."""
    usual, before, change = found["usual"], found["before"], found["change"]
    if usual is not None and usual["is_unusual"]:
        return {"weight": 0.9, "what": "unusual", "sales": found["sales"], **usual}
    if before is None or change is None or before["orders"] < ENOUGH or not before["sales"]:
        return None
    share = (found["sales"] - before["sales"]) / before["sales"]
    if found["by_chance"] and abs(share) < WORTH_SAYING:
        return None
    return {
        "weight": 0.4 + 0.3 * min(abs(share), 1.0),
        "what": "change",
        "share": share,
        "sales": found["sales"],
        "former": before["sales"],
        **change,
    }
