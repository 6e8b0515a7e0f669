"""What people do before they buy: how far visits go, and what comes after what, from events told by shops.

A visit is what its source calls a session; without one, what a person does within half an hour. The same
thing looked at twice in one visit is one look. Steps are counted in their order: whoever reached a step is
among those who reached the one before, so that no funnel grows.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.analysis.night import Found, Night
from crm_store.customers.tables import Event

WINDOW_DAYS = 90
MOST_EVENTS = 200_000
"""The latest; of more, the window is shorter."""

PAUSE = timedelta(minutes=30)
MOST_KINDS = 8


@dataclass(frozen=True)
class Deed:
    """One event: whose, in which session of which source (empty where it has none)."""

    who: str
    session: str
    kind: str
    subject: str
    at: datetime


def nightly(night: Night) -> Found:
    deeds = list(read(night.session, as_of=night.as_of))
    night.session.rollback()
    result = behave(deeds)
    since = min((one.at for one in deeds), default=None)
    return Found(n=result["visits"], method="sessions 1", result=result, window_start=since)


def read(session: Session, *, as_of: datetime) -> Iterator[Deed]:
    """The latest events of the 90 days before ``as_of``."""
    statement = (
        select(
            col(Event.source),
            col(Event.session),
            col(Event.customer_id),
            col(Event.customer_ref),
            col(Event.kind),
            col(Event.subject),
            col(Event.at),
        )
        .where(col(Event.at) >= as_of - timedelta(days=WINDOW_DAYS), col(Event.at) < as_of)
        .order_by(col(Event.at).desc(), col(Event.id).desc())
        .limit(MOST_EVENTS)
    )
    for source, visit, customer, ref, kind, subject, at in session.execute(statement):
        who = f"C{customer}" if customer is not None else f"{source}:{ref}"
        yield Deed(who, f"{source}:{visit}" if visit else "", kind.casefold(), subject or "", at)


def behave(deeds: Iterable[Deed]) -> dict[str, Any]:
    """JSON. ``steps``: step and visits that came so far; ``next``: the commonest steps (other kinds of events
    by their own names), and of each how often each of them came next in the same visit (or none did)."""
    steps = _steps()
    named = (replace(one, kind=steps.get(one.kind, one.kind)) for one in deeds)
    done = [_without_repeats(visit) for visit in visits(named)]
    counts = Counter(one.kind for visit in done for one in visit)
    kinds = [kind for kind, _ in counts.most_common(MOST_KINDS)]
    following: Counter[tuple[str, str]] = Counter()
    for visit in done:
        for one, after in zip(visit, [*visit[1:], None], strict=True):
            following[one.kind, after.kind if after is not None else ""] += 1
    return {
        "visits": len(done),
        "events": sum(counts.values()),
        "steps": funnel([one.kind for one in visit] for visit in done),
        "next": [
            [
                kind,
                counts[kind],
                [[after, following[kind, after]] for after in (*kinds, "") if following[kind, after]],
            ]
            for kind in kinds
        ],
    }


def visits(deeds: Iterable[Deed]) -> list[list[Deed]]:
    """What was done in each visit, in its order."""
    found: dict[str, list[list[Deed]]] = {}
    for one in sorted(deeds, key=lambda one: (one.at, one.kind, one.subject)):
        mine = found.setdefault(one.session or one.who, [])
        if mine and (one.session or one.at - mine[-1][-1].at <= PAUSE):
            mine[-1].append(one)
        else:
            mine.append([one])
    return [visit for each in found.values() for visit in each]


def _without_repeats(visit: list[Deed]) -> list[Deed]:
    """Each thing that was done to each subject once, at its first time."""
    seen: dict[tuple[str, str], Deed] = {}
    for one in visit:
        seen.setdefault((one.kind, one.subject), one)
    return list(seen.values())


def funnel(visits: Iterable[Iterable[str]]) -> list[list[Any]]:
    """Each step that anybody took, and how many visits took it and all before it; what is no step is left
    out."""
    reached = Counter[int]()
    taken = [set(kinds) for kinds in visits]
    names = [name for name in dict.fromkeys(_steps().values()) if any(name in one for one in taken)]
    for one in taken:
        for at, name in enumerate(names):
            if name not in one:
                break
            reached[at] += 1
    return [[name, reached[at]] for at, name in enumerate(names)]


@cache
def _steps() -> dict[str, str]:
    """The step that each kind of event is."""
    written = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["steps"]
    return {kind.casefold(): step for step, kinds in written.items() for kind in kinds}
