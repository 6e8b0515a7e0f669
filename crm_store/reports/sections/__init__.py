"""What a report is made of: one module a section, loaded only by the process that computes it.

A section's module has two functions:

``figures(session, *, window, before, scope) -> dict``
    Read-only. ``window`` and ``before`` are half-open spans of moments in UTC, of any length, not always
    whole days: a daily report at 20:00 runs from 20:00 to 20:00. ``before`` is the comparable span; compare
    only what is fit to be. The dict holds nothing but JSON: amounts in minor units, spans in seconds,
    shares as fractions of one, moments and days as ISO texts (the templates' filter ``iso`` makes them
    moments and dates again). Everything is a function of the closed window, but what stands under ``"now"``
    (a backlog at this moment): the same window later gives the same figures. Four keys mean the same in all:

    - ``"empty"``: True where nothing happened that is worth a message;
    - ``"n"``: how many rows of what (orders, tickets …) the figures stand on;
    - ``"finding"``: what stands out, or None: ``{"weight": 0..1, …}``, the rest the section's own. The
      heaviest of all sections is said first. 0.9 and more is for what nobody expected (an anomaly against the
      weekday's usual), about 0.5 for the largest contributor to a change, less for what is merely so;
    - ``"now"``: see above; left out where there is none.

``table(figures) -> Table``
    Pure: what the CSV and the workbook hold, from the figures as they were kept with the report.

Its templates, in both languages, are rendered with ``figures``, ``window``, ``before``, ``beside`` (the label
of what ``before`` is: ``{{ beside | label("report_beside") }}``), ``currency`` and ``brief``:

- ``manager/report/<section>.html.j2``: a bold heading and at most five short lines, about 180 characters;
  with ``brief`` (when a report would be longer than 900 characters) the heading and one line;
- ``manager/report/<section>_finding.html.j2``: the finding as one sentence without markup, only rendered
  where there is one. It is the first line of the message, which is all that a lock screen shows.

Pictures are drawn from the same figures by ``bot.pictures.<section>``, where there is one.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from crm_store.analysis.service_summary import Window
from crm_store.exchange.cells import Cell
from crm_store.reports.tables import Section
from crm_store.staff.tables import Staff

Figures = dict[str, Any]
"""JSON, as described above."""


@dataclass(frozen=True)
class Scope:
    """For whom, by which clocks, and in which money: the figures are those that ``by`` may see.
    ``margin_percent``: what is kept of sales whose cost nobody knows."""

    by: Staff
    zone: ZoneInfo
    currency: str
    now: datetime
    margin_percent: int = 0


@dataclass(frozen=True)
class Table:
    """``columns`` are keys of ``[report_columns]``; those in ``money`` hold minor units of the report's
    currency, one called ``day`` days as ISO texts. A column or a cell ``:kinds.complaint`` is shown as the
    label ``complaint`` of ``[kinds]`` (its section must be among ``CELL_LABELS``)."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    money: Collection[str] = ()


CELL_LABELS = (
    "kinds",
    "rfm",
    "sources",
    "sales_by",
    "sales_unknown",
    "sales_words",
    "sales_channels",
    "campaign_rows",
    "attribution",
    "promotions",
)
"""Sections of labels.toml that a table or a picture names things by, besides its own."""


DELIVERED = (Section.SERVICE, Section.SALES, Section.SEGMENTS, Section.CAMPAIGNS, Section.TEAM)
"""The sections there are, in the order in which a report says them."""


def figures(session: Session, *, section: Section, window: Window, before: Window, scope: Scope) -> Figures:
    """One section's, computed now."""
    compute: Callable[..., Figures] = _module(section).figures
    return compute(session, window=window, before=before, scope=scope)


def table(section: Section, figures: Figures) -> Table:
    """One section's figures in rows."""
    made: Table = _module(section).table(figures)
    return made


def _module(section: Section) -> Any:
    """Loaded when it is wanted: a report is waited for, and what it does not hold costs nothing."""
    return import_module(f"{__name__}.{section.value}")
