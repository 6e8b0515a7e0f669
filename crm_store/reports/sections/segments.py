"""Segments: the tiers of value as they stood when the window ended, and who of the best has gone quiet."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from crm_store.analysis import snapshots, standings
from crm_store.analysis.service_summary import Window
from crm_store.analysis.tables import AnalysisKind, Snapshot
from crm_store.customers import filters
from crm_store.exchange.cells import Cell
from crm_store.marketing import segments
from crm_store.marketing.segments import Reading
from crm_store.refusals import Refusal
from crm_store.reports.sections import Figures, Scope, Table

MOST = 10
"""Of the shop's own segments."""


def figures(session: Session, *, window: Window, before: Window, scope: Scope) -> Figures:
    """``tiers``: of each how many customers, what they brought in the year before, their part and share, and
    how many there were when ``before`` ended (None: nobody counted). ``now``: the shop's own segments.
    That the tiers are as they were is no news."""
    kept, former = _at(session, window), _at(session, before)
    is_new = kept is not None and (former is None or former.as_of != kept.as_of)
    if not is_new:
        former = None
    tiers = kept.result.get("tiers", []) if kept is not None else []
    was = {one["tier"]: one["customers"] for one in former.result.get("tiers", [])} if former else None
    standing = standings.of(tiers)
    quiet, best = standings.gone_quiet(kept.result.get("moved", {})) if kept is not None else (0, 0)
    found: Figures = {
        "empty": not (is_new and _moved(tiers, was)),
        "n": {"customers": kept.n if kept is not None else 0},
        "as_of": kept.as_of.isoformat() if kept is not None else None,
        "window_days": kept.result["window_days"] if tiers and kept is not None else None,
        "tiers": [
            {
                "tier": one.facts["tier"],
                "customers": one.customers,
                "net": one.net,
                "part": one.part,
                "share": one.share,
                "before": was.get(one.facts["tier"], 0) if was is not None else None,
            }
            for one in standing.rows
        ],
        "quiet": quiet,
        "best": best,
        "finding": None,
        "now": {"segments": _own(session, scope)},
    }
    top = standing.top
    if quiet:
        found["finding"] = {"weight": 0.4, "quiet": quiet, "best": best}
    elif top is not None:
        found["finding"] = {"weight": 0.1, "quiet": 0, **_top(top)}
    return found


def table(figures: Figures) -> Table:
    """The tiers: customers, what they brought, and how many they were before."""
    rows: list[list[Cell]] = [
        [f":rfm.{one['tier']}", one["customers"], one["net"], one["before"]] for one in figures["tiers"]
    ]
    return Table(["tier", "customers", "net", "customers_before"], rows, money={"net"})


def _moved(tiers: list[dict[str, Any]], was: dict[str, int] | None) -> bool:
    """Whether any tier has others in number than it had."""
    return any(was is None or was.get(one["tier"], 0) != one["customers"] for one in tiers)


def _top(top: standings.Standing) -> dict[str, Any]:
    return {"tier": top.facts["tier"], "part": top.part, "share": top.share}


def _at(session: Session, window: Window) -> Snapshot | None:
    """What was known when a window ended."""
    end = window.end + timedelta.resolution
    return snapshots.latest(session, kind=AnalysisKind.RFM, before=end)


def _own(session: Session, scope: Scope) -> list[dict[str, Any]]:
    """The shop's segments whose filter can be read, with how many belong at this moment."""
    reading = Reading(scope.zone, scope.currency, scope.now)
    counted = []
    for one in segments.every(session)[:MOST]:
        try:
            filtered = segments.read(session, text=one.filter, reading=reading)
        except Refusal:
            continue
        many = filters.count(session, filtered=filtered, by=None)
        counted.append({"number": one.number, "name": one.name, "customers": many})
    return counted
