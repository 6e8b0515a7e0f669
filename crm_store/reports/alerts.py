"""Alerts: what a manager wants to be told of at once, told once until it was in order again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, update
from sqlmodel import Session, col

from crm_store.analysis.calendar import day_of
from crm_store.reports import readings
from crm_store.reports.readings import OF_A_DAY, Books, Metric, Reading
from crm_store.reports.refusals import NoSuchAlert, NotByDay, TooManyAlerts
from crm_store.reports.tables import Alert, AlertEvent, AlertKind
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.types import LARGEST_ID

EVERY = timedelta(minutes=1)
"""An alert is checked no more often."""

COOL_DOWN_MINUTES = 60
MOST = 20
"""Of one manager."""


@dataclass(frozen=True)
class Raised:
    """One alert that is to be told: to whom, and what was read."""

    alert: Alert
    event: AlertEvent
    to: Staff
    reading: Reading


def create(
    session: Session,
    *,
    staff: Staff,
    metric: Metric,
    kind: AlertKind,
    sign: str,
    level: float,
    cool_down_minutes: int = COOL_DOWN_MINUTES,
    now: datetime,
) -> Alert:
    """``sign`` is > or <; ``level`` as the metric's unit, a fraction for a change, nothing for an anomaly.
    The same one again is the one there is, with the new cool-down. Raises NotByDay, TooManyAlerts."""
    if kind != AlertKind.THRESHOLD and metric not in OF_A_DAY:
        raise NotByDay(metric=metric, metrics=list(OF_A_DAY))
    mine = of(session, staff=staff)
    same = [one for one in mine if (one.metric, one.kind, one.sign, one.level) == (metric, kind, sign, level)]
    if same:
        _change(session, same[0], staff, "changed", now, cool_down_minutes=cool_down_minutes, paused_at=None)
        return same[0]
    if len(mine) >= MOST:
        raise TooManyAlerts(most=MOST)
    alert = Alert(
        staff_id=staff.id,
        metric=metric,
        kind=kind,
        sign=sign,
        level=level,
        cool_down_minutes=cool_down_minutes,
        created_at=now,
    )
    session.add(alert)
    session.flush()
    facts = {"metric": metric, "kind": kind, "sign": sign, "level": level}
    audit.record(
        session, actor=staff, action="created", entity="alert", entity_id=alert.id, now=now, after=facts
    )
    return alert


def of(session: Session, *, staff: Staff) -> list[Alert]:
    """A manager's own, those that were paused too, the oldest first."""
    mine = select(Alert).where(col(Alert.staff_id) == staff.id, col(Alert.ended_at).is_(None))
    return list(session.scalars(mine.order_by(col(Alert.id))))


def get(session: Session, *, alert_id: int, by: Staff) -> Alert:
    """Raises NoSuchAlert, also for another's and for one that was taken away."""
    alert = session.get(Alert, alert_id) if 0 < alert_id <= LARGEST_ID else None
    if alert is None or alert.staff_id != by.id or alert.ended_at is not None:
        raise NoSuchAlert(number=f"A{alert_id}", alerts=of(session, staff=by))
    return alert


def pause(session: Session, *, alert: Alert, by: Staff, now: datetime) -> None:
    _change(session, alert, by, "paused", now, paused_at=now)


def resume(session: Session, *, alert: Alert, by: Staff, now: datetime) -> None:
    """What it says now is news again."""
    _change(session, alert, by, "resumed", now, paused_at=None, is_over=True, raised_for=None)


def end(session: Session, *, alert: Alert, by: audit.Actor, now: datetime) -> None:
    _change(session, alert, by, "ended", now, ended_at=now)


def acknowledge(session: Session, *, event_id: int, by: Staff, now: datetime) -> tuple[Alert, AlertEvent]:
    """Seen. Twice changes nothing. Raises NoSuchAlert."""
    event = session.get(AlertEvent, event_id) if 0 < event_id <= LARGEST_ID else None
    if event is None:
        raise NoSuchAlert(number="A?", alerts=of(session, staff=by))
    alert = get(session, alert_id=event.alert_id, by=by)
    if event.acknowledged_at is None:
        event.acknowledged_at, event.acknowledged_by = now, by.id
        session.add(event)
        session.flush()
    return alert, event


def last_event(session: Session, *, alert: Alert) -> AlertEvent | None:
    events = select(AlertEvent).where(col(AlertEvent.alert_id) == alert.id)
    return session.scalars(events.order_by(col(AlertEvent.id).desc()).limit(1)).first()


What = tuple[str, AlertKind, str]
"""What an alert watches: its metric, kind and sign."""


def read_due(session: Session, *, zone: ZoneInfo, currency: str, now: datetime) -> dict[What, Reading | None]:
    """What the alerts to be checked now watch. Read-only; in a large shop it takes a while (a day of 70,000
    orders is added up in 40 ms), so that it is better asked beside the conversation, before ``check``."""
    books = Books(session, zone, currency, now)
    watched = select(col(Alert.metric), col(Alert.kind), col(Alert.sign)).where(*_due(now)).distinct()
    return {
        (metric, kind, sign): readings.read(books, metric=Metric(metric), kind=kind, sign=sign)
        for metric, kind, sign in session.execute(watched).all()
    }


def check(
    session: Session,
    *,
    zone: ZoneInfo,
    currency: str,
    now: datetime,
    with_yesterday: bool = True,
    read: Mapping[What, Reading | None] = MappingProxyType({}),
) -> list[Raised]:
    """Look at every alert whose minute has come, each once whoever asks; those to be told now. What is so of
    a day that is over can wait until ``with_yesterday``. Who may not see the figures any more is told
    nothing, and their alerts end. What is not ``read`` yet is read here."""
    seen = dict(read)
    books, raised = Books(session, zone, currency, now), []
    for alert in _take(session, now):
        to = session.get_one(Staff, alert.staff_id)
        if to.revoked_at is not None or not to.role.includes(Role.MANAGER):
            end(session, alert=alert, by="clock", now=now)
            continue
        what = (alert.metric, alert.kind, alert.sign)
        if what not in seen:
            seen[what] = readings.read(books, metric=Metric(alert.metric), kind=alert.kind, sign=alert.sign)
        reading = seen[what]
        if reading is None or (reading.is_past(day_of(now, zone)) and not with_yesterday):
            continue
        if _is_news(alert, reading, now):
            raised.append(_raise(session, alert, reading, to, now))
    session.flush()
    return raised


def is_beyond(alert: Alert, reading: Reading) -> bool:
    if alert.kind == AlertKind.ANOMALY:
        return reading.beyond
    return reading.value > alert.level if alert.sign == ">" else reading.value < alert.level


def _take(session: Session, now: datetime) -> Sequence[Alert]:
    """Those to check now, which nobody else will: the update claims them."""
    claim = update(Alert).where(*_due(now)).values(checked_at=now).returning(col(Alert.id))
    ids = list(session.scalars(claim))
    statement = select(Alert).where(col(Alert.id).in_(ids)).order_by(col(Alert.id))
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    checked = or_(col(Alert.checked_at).is_(None), col(Alert.checked_at) <= now - EVERY)
    return col(Alert.ended_at).is_(None), col(Alert.paused_at).is_(None), checked


def _is_news(alert: Alert, reading: Reading, now: datetime) -> bool:
    """Beyond, and in order since it was raised last (another day is another matter). Notes what is in
    order."""
    another_day = reading.day is not None and reading.day != alert.raised_for
    if not is_beyond(alert, reading):
        alert.is_over = True
        return False
    rested = alert.raised_at is None or now - alert.raised_at >= timedelta(minutes=alert.cool_down_minutes)
    return (alert.is_over or another_day) and rested


def _raise(session: Session, alert: Alert, reading: Reading, to: Staff, now: datetime) -> Raised:
    alert.raised_at, alert.raised_for, alert.is_over = now, reading.day, False
    event = AlertEvent(alert_id=alert.id, value=reading.value, usual=reading.base, at=now)
    session.add_all([alert, event])
    session.flush()
    return Raised(alert, event, to, reading)


def _change(
    session: Session, alert: Alert, by: audit.Actor, action: str, now: datetime, **values: Any
) -> None:
    before = {key: getattr(alert, key) for key in values}
    differing = [key for key in values if before[key] != values[key]]
    if not differing:
        return
    for key in differing:
        setattr(alert, key, values[key])
    alert.version += 1
    session.add(alert)
    session.flush()
    audit.record(
        session,
        actor=by,
        action=action,
        entity="alert",
        entity_id=alert.id,
        now=now,
        before={key: _plain(before[key]) for key in differing},
        after={key: _plain(values[key]) for key in differing},
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
