"""The shop's own hold-out: since when its share is what it is, and over which months it can be looked at.

Whole months of the desk only: who looks every day finds something sooner or later."""

import json
from datetime import date, datetime, timedelta, tzinfo

from sqlmodel import Session

from crm_store.analysis.service_summary import Window
from crm_store.mailbox import remembered
from crm_store.moments import midnight

KEY = "holdout_since"
MONTHS = 3
"""What is older says little of what campaigns do now."""


def note(session: Session, *, thousandths: int, now: datetime) -> None:
    """A campaign begins with this share kept out of it; the share counts from the first one on."""
    if _noted(session)[0] != thousandths:
        kept = json.dumps({"share": thousandths, "since": now.isoformat()})
        remembered.remember(session, KEY, kept)


def since(session: Session, *, thousandths: int) -> datetime | None:
    """When the first campaign began with this share kept out; None where none has yet."""
    share, moment = _noted(session)
    return moment if thousandths and share == thousandths else None


def months(begun: datetime, *, zone: tzinfo, now: datetime) -> Window | None:
    """The latest whole months that began after ``begun``; None before the first of them is over."""
    this = now.astimezone(zone).date().replace(day=1)
    first = _first_whole(begun, zone)
    for _ in range(MONTHS):
        this = _month_before(this)
    start, end = max(first, this), now.astimezone(zone).date().replace(day=1)
    return Window(midnight(start, zone=zone), midnight(end, zone=zone)) if start < end else None


def first_told(begun: datetime | None, *, zone: tzinfo, now: datetime) -> date:
    """The day from which there is a month to look at."""
    return _month_after(_first_whole(begun or now, zone))


def _first_whole(begun: datetime, zone: tzinfo) -> date:
    day = begun.astimezone(zone).date().replace(day=1)
    return day if midnight(day, zone=zone) >= begun else _month_after(day)


def _month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _month_after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _noted(session: Session) -> tuple[int, datetime | None]:
    told = remembered.recall(session, KEY)
    if told is None:
        return 0, None
    found = json.loads(told)
    return int(found["share"]), datetime.fromisoformat(found["since"])
