"""A manager's numbers: a quiet day, one with little, and a busy one."""

from datetime import timedelta
from typing import Any

from crm_store.analysis.service_summary import (
    Backlog,
    FirstAnswers,
    Ratings,
    ServiceSummary,
    Share,
    Window,
)
from crm_store.service.states import Kind
from tests.samples.rows import NOW, TICKETS, ago

DAY = Window(ago(days=1), NOW)
NOBODY = Ratings({}, Share(0, 0))


def _summary(**counts: Any) -> ServiceSummary:
    nothing: dict[str, Any] = {"new": 0, "answered": 0, "resolved": 0, "closed": 0, "first_answers": None}
    kinds = {kind: Share(0, 0) for kind in Kind}
    return ServiceSummary(**{"window": DAY, "kinds": kinds, "ratings": NOBODY, **nothing, **counts})


def _kinds(**parts: int) -> dict[Kind, Share]:
    whole = sum(parts.values())
    return {kind: Share(parts.get(kind.value, 0), whole) for kind in Kind}


def _first(n: int) -> FirstAnswers:
    return FirstAnswers(n, timedelta(minutes=4), timedelta(seconds=30), timedelta(hours=9))


QUIET = _summary()
LITTLE = _summary(
    new=2, answered=1, kinds=_kinds(unsure=2), first_answers=_first(1), ratings=Ratings({5: 1}, Share(1, 2))
)
BUSY = _summary(
    new=1200,
    answered=1100,
    resolved=900,
    closed=30,
    kinds=_kinds(inquiry=900, complaint=200, unsure=100),
    first_answers=_first(1000),
    ratings=Ratings({5: 15, 4: 3, 1: 2}, Share(20, 40)),
)

SUMMARIES = [QUIET, LITTLE, BUSY]
BEFORE = [None, QUIET, BUSY]
BACKLOGS = [Backlog(open=0, ours=0, oldest=None), Backlog(open=7, ours=5, oldest=TICKETS[4])]
