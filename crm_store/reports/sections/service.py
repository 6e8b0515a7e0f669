"""Service: what came, what was answered and how fast, what customers thought of it, what waits now."""

from typing import Any

from sqlmodel import Session

from crm_store.analysis import service_summary, usual
from crm_store.analysis.measures import Measure
from crm_store.analysis.service_summary import Backlog, ServiceSummary, Window
from crm_store.customers import pairs
from crm_store.reports.buckets import buckets
from crm_store.reports.sections import Figures, Scope, Table
from crm_store.reports.windows import A_DAY
from crm_store.service.states import Kind

FEW = 5
"""New tickets: fewer, and fewer before, are no news however they compare."""


def figures(session: Session, *, window: Window, before: Window, scope: Scope) -> Figures:
    """Kinds are those that tickets are sorted as by now; waits in seconds."""
    found = service_summary.summarise(session, window=window)
    former = service_summary.comparable(session, window=window, before=before)
    shown, by_week = buckets(window, zone=scope.zone)
    return {
        "empty": not (found.new or found.answered or found.resolved or found.ratings.n),
        "n": {"tickets": found.new, "ratings": found.ratings.n},
        "finding": _finding(session, found, former, scope),
        **_counts(found),
        "before": _counts(former) if former is not None else None,
        "by_chance": former is not None and service_summary.may_be_chance(found.new, former.new),
        "by_week": by_week,
        "days": [
            {
                "day": one.day.isoformat(),
                "is_of": one.is_of,
                "is_part": one.is_part,
                "kinds": _kinds(session, one.window),
            }
            for one in shown
        ],
        "now": _now(service_summary.backlog(session), pairs.count_waiting(session)),
    }


def table(figures: Figures) -> Table:
    """One row a day, one column a kind."""
    kinds = [kind.value for kind in Kind if any(kind.value in one["kinds"] for one in figures["days"])]
    rows = [
        [one["day"], *(one["kinds"].get(kind, 0) for kind in kinds), sum(one["kinds"].values())]
        for one in figures["days"]
    ]
    return Table(["day", *(f":kinds.{kind}" for kind in kinds), "tickets"], rows)


def _counts(found: ServiceSummary) -> dict[str, Any]:
    first, ratings = found.first_answers, found.ratings
    return {
        "new": found.new,
        "answered": found.answered,
        "resolved": found.resolved,
        "kinds": {kind.value: share.part for kind, share in found.kinds.items() if share.part},
        "first": None
        if first is None
        else {
            "n": first.n,
            "median": first.median.total_seconds(),
            "slowest": first.slowest.total_seconds(),
        },
        "ratings": {"n": ratings.n, "mean": ratings.mean, "few": ratings.is_few},
    }


def _kinds(session: Session, window: Window) -> dict[str, int]:
    found = service_summary.kinds(session, window=window)
    return {kind.value: found[kind] for kind in Kind if kind in found}


def _finding(
    session: Session, found: ServiceSummary, former: ServiceSummary | None, scope: Scope
) -> dict[str, Any] | None:
    """New tickets far from what is usual on such a day; else more or fewer of them than chance explains, with
    the kind that makes most of the difference."""
    about = {"new": found.new, "usual": None, "before": None, "kind": None, "by": 0}
    if (odd := _unusual(session, found.window, scope)) is not None:
        return about | {"weight": 0.9, "usual": odd.usual, "range": [odd.least, odd.most], "weeks": odd.n}
    if former is None or max(found.new, former.new) < FEW:
        return None
    if service_summary.may_be_chance(found.new, former.new):
        return None
    up = found.new > former.new
    changes = {kind: found.kinds[kind].part - former.kinds[kind].part for kind in found.kinds}
    most = max(changes, key=lambda kind: changes[kind] if up else -changes[kind])
    gap = abs(found.new - former.new) / max(found.new, former.new)
    weight = 0.4 + 0.3 * gap
    return about | {"weight": weight, "before": former.new, "kind": most.value, "by": abs(changes[most])}


def _unusual(session: Session, window: Window, scope: Scope) -> usual.Told | None:
    """Of a window of about a day."""
    if window.length > A_DAY:
        return None
    found = usual.told(
        session,
        measure=Measure.TICKETS,
        window=window,
        zone=scope.zone,
        currency=scope.currency,
        of="n",
    )
    return found if found is not None and found.is_unusual else None


def _now(backlog: Backlog, pairs: int) -> dict[str, Any]:
    oldest = backlog.oldest
    return {
        "open": backlog.open,
        "ours": backlog.ours,
        "oldest": None if oldest is None else {"id": oldest.id, "opened_at": oldest.opened_at.isoformat()},
        "pairs": pairs,
    }
