"""A manager's numbers: a quiet day, one with little, and a busy one."""

from datetime import timedelta
from typing import Any

from crm_store.analysis.contacts_made import Channel, Count, Frequency, Peak, Rush
from crm_store.analysis.service_summary import (
    Backlog,
    FirstAnswers,
    Ratings,
    ServiceSummary,
    Share,
    Window,
)
from crm_store.analysis.talks import Owed, Talks, Topics
from crm_store.analysis.waits import Waits
from crm_store.service.states import Kind
from tests.samples.rows import NOW, TICKETS, WORDS, ago

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

NO_TALKS = Talks(Waits(0), Waits(0), Frequency(), Rush(), Share(0, 0), Topics())
FEW_TALKS = Talks(
    first=Waits(1, median=60, ninth=60),
    every=Waits(2, median=60, ninth=90),
    frequency=Frequency((Count(Channel.VISIT, unsaid=1),), customers=1, median=1, most=1),
    rush=Rush(1),
    silent=Share(1, 2),
    topics=Topics(kinds=(("unsure", 1),)),
)
MANY_TALKS = Talks(
    first=Waits(400, median=0, ninth=7200),
    every=Waits(1000, median=240, ninth=90_000),
    frequency=Frequency(
        counts=(
            Count(Channel.CHAT, inbound=2000, outbound=1000),
            Count(Channel.CALL, inbound=20, unsaid=1),
            Count(Channel.MAIL, outbound=3),
        ),
        customers=300,
        median=2.5,
        most=90,
    ),
    rush=Rush(2020, Peak(0, 700), Peak(23, 300)),
    silent=Share(30, 200),
    topics=Topics(
        kinds=(("inquiry", 300), ("complaint", 100)),
        tags=((WORDS, 12), ("vip", 1)),
        tagged=13,
        needs=(("tea", 1200), (WORDS, 2)),
    ),
)
TALKS = [
    {"talks": one, "owed": owed, "window": DAY}
    for one in (NO_TALKS, FEW_TALKS, MANY_TALKS)
    for owed in (Owed(0, None), Owed(1, None), Owed(1200, TICKETS[0]))
]
