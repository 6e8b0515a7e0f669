"""What a report says: its first line is what stands out, all of it fits a telephone's screen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from crm_store.analysis.service_summary import Window
from crm_store.reports import windows
from crm_store.reports.sections import CELL_LABELS, DELIVERED, Figures
from crm_store.reports.tables import Period, Section
from handlers import html, pictured
from handlers.agent.buttons import OpenTicket
from handlers.agent.queue import OpenQueue
from handlers.manager.merge_buttons import OpenPairs
from handlers.manager.reports.buttons import FORMATS, ReportBefore, ReportFile
from handlers.taps import Keyboard, button
from handlers.voice import Voice

LONGEST = 900
"""Characters in all."""

BRIEF_FIRST = (Section.TEAM, Section.SEGMENTS, Section.CAMPAIGNS, Section.SERVICE, Section.SALES)

PICTURED = (
    "charts",
    "target_measures",
    "target_verdicts",
    "report_beside",
    "report_sections",
    "report_columns",
    "report_cells",
    *CELL_LABELS,
)
"""Sections of labels.toml that pictures and files take their words from."""


@dataclass(frozen=True)
class Told:
    """A report as it was computed. ``figures`` by section, in the order in which they are said."""

    period: Period
    window: Window
    before: Window
    so_far: bool
    zone: ZoneInfo
    currency: str
    figures: Mapping[str, Figures]

    def kept(self) -> dict[str, Any]:
        """As JSON: what a run keeps."""
        spans = {"before": self.before, "window": self.window}
        return {
            **{key: [one.start.isoformat(), one.end.isoformat()] for key, one in spans.items()},
            "period": self.period.value,
            "so_far": self.so_far,
            "zone": self.zone.key,
            "currency": self.currency,
            "sections": dict(self.figures),
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Told":
        """What ``kept`` wrote; a database may give its keys in another order."""
        before, window = (
            Window(*(datetime.fromisoformat(one) for one in kept[key])) for key in ("before", "window")
        )
        return cls(
            Period(kept["period"]),
            window,
            before,
            kept["so_far"],
            ZoneInfo(kept["zone"]),
            kept["currency"],
            {one.value: kept["sections"][one.value] for one in DELIVERED if one.value in kept["sections"]},
        )

    @property
    def title(self) -> str:
        """A key of ``[report_titles]``."""
        return title(self.period, self.window, so_far=self.so_far, zone=self.zone)

    @property
    def is_empty(self) -> bool:
        return all(one["empty"] for one in self.figures.values())

    def differs(self, other: "Told") -> bool:
        """Whether another report of the same closed window says something else. What was so at its moment
        (``now``) is no difference, nor is what only one of them holds."""
        return any(
            self.figures[section][key] != other.figures[section][key]
            for section in self.figures.keys() & other.figures.keys()
            for key in (self.figures[section].keys() & other.figures[section].keys()) - {"now"}
        )


def text(
    voice: Voice,
    told: Told,
    *,
    language: str,
    now: datetime,
    planned: datetime | None = None,
    changed_since: datetime | None = None,
) -> str:
    """The message, in Telegram HTML. Where all of it would be too long, sections say their one line: as few
    as need to, those first that can best be looked up."""
    sections = [one for one in BRIEF_FIRST if one in told.figures]
    for number in range(len(sections) + 1):
        brief = sections[:number]
        parts = [_section(voice, told, one, language, now, brief=one in brief) for one in told.figures]
        values = {
            **about(told),
            "finding": _finding(voice, told, language, now),
            "is_empty": told.is_empty,
            "title": told.title,
            "planned": planned,
            "changed_since": changed_since,
            "parts": parts,
        }
        said = _render(voice, told, language, "report", now, **values)
        if len(html.plain(said)) <= LONGEST:
            break
    return said


def tongues(voice: Voice, told: Told, *, language: str, now: datetime) -> dict[str, dict[str, Any]]:
    """What pictures need of languages (``pictured.tongues``)."""
    return pictured.tongues(
        voice.words,
        language,
        sections=PICTURED,
        currency=told.currency,
        about=lambda one: _render(voice, told, one, "about", now, **about(told)),
    )


def buttons(run: int, told: Told) -> Keyboard:
    """To what can be done about it, to the period before, and to the figures as a file."""
    now = told.figures.get(Section.SERVICE, {}).get("now", {})
    rows: Keyboard = []
    if oldest := now.get("oldest"):
        first = button("oldest", OpenTicket(oldest["id"]), number=f"T{oldest['id']}")
        rows.append([first, button("whole_queue", OpenQueue())])
    if now.get("pairs"):
        rows.append([button("open_pairs", OpenPairs(), count=now["pairs"])])
    rows.append([button(f"report_{one}", ReportFile(run, one)) for one in FORMATS])
    rows.append([button(f"report_before_{told.title}", ReportBefore(run))])
    return rows


def _section(voice: Voice, told: Told, section: str, language: str, now: datetime, *, brief: bool) -> Markup:
    values = {"figures": told.figures[section], "brief": brief}
    return _escaped(_render(voice, told, language, section, now, **values, **_given(told)))


def _finding(voice: Voice, told: Told, language: str, now: datetime) -> Markup | None:
    """The heaviest of all sections; of two alike the first."""
    found = [(one["finding"]["weight"], section) for section, one in told.figures.items() if one["finding"]]
    if not found:
        return None
    _, section = max(found, key=lambda one: one[0])
    values = {"figures": told.figures[section], **_given(told)}
    return _escaped(_render(voice, told, language, f"{section}_finding", now, **values))


def _escaped(rendered: str) -> Markup:
    """Of our own templates, which escape what they are given."""
    return Markup(rendered)  # noqa: S704 (it is HTML already)


def _given(told: Told) -> dict[str, Any]:
    """What every section's template may use; ``beside`` is a key of ``[report_beside]``."""
    return {
        "window": told.window,
        "before": told.before,
        "currency": told.currency,
        "beside": windows.beside(told.window, told.before),
    }


def about(told: Told) -> dict[str, Any]:
    """The window; as whole days where it is made of such."""
    first, last = _whole_days(told) or (None, None)
    return {"window": told.window, "first": first, "last": last, "so_far": told.so_far}


def title(period: Period, window: Window, *, so_far: bool, zone: ZoneInfo) -> str:
    """A key of ``[report_titles]``: 30 days are no month, but what came since the last monthly report is."""
    if period == Period.DAY or not (so_far or windows.is_of_days(window, zone=zone)):
        return period.value
    whole = windows.of(period, day=window.start.astimezone(zone).date(), zone=zone)
    is_whole = window.start == whole.start and (window.end < whole.end if so_far else window == whole)
    return period.value if is_whole else "other"


def _whole_days(told: Told) -> tuple[date, date] | None:
    start, end = (one.astimezone(told.zone) for one in (told.window.start, told.window.end))
    if told.so_far or (start.time(), end.time()) != (time(), time()):
        return None
    return start.date(), end.date() - timedelta(days=1)


def _render(voice: Voice, told: Told, language: str, name: str, now: datetime, **values: Any) -> str:
    desk = replace(voice.desk, timezone=told.zone)
    return voice.words.render(language, f"manager/report/{name}.html.j2", desk=desk, now=now, **values)
