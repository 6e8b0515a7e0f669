"""What customers like and do not want. What they stated beats what was inferred."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.cleaning import clean
from crm_store.customers.refusals import BadPreference
from crm_store.customers.tables import Customer, Preference, PreferenceSource
from crm_store.staff import audit
from crm_store.staff.audit import Actor
from crm_store.staff.tables import Audit, Staff

CHANNEL = "channel"
"""The topic of how a customer wants to be reached, whatever words it was said in."""

ACTION = "preference"
"""What the trail calls a change of one."""

KEY = "preference:"
"""Before its topic, in the trail."""

HOUR = "hour"
"""The topic of when in the day."""

MAX_TOPIC_LENGTH = 60
MAX_VALUE_LENGTH = 200
_TOPIC_AND_VALUE = re.compile(r"\s*([^=:：＝]{1,60}?)\s*[=:：＝]\s*(.+)", re.DOTALL)


def state(session: Session, *, customer: Customer, text: str, actor: Actor, now: datetime) -> Preference:
    """Keep what a customer says they want: ``colour: blue``, or a sentence. One about how to be reached is
    always about that; a new word on the same topic takes the place of the old. Raises BadPreference."""
    topic, value = read(text)
    return _keep(session, customer, topic, value, PreferenceSource.STATED, 1.0, actor, now)


def infer(
    session: Session,
    *,
    customer: Customer,
    topic: str,
    value: str,
    confidence: float,
    actor: Actor,
    now: datetime,
) -> Preference:
    """Keep what was concluded from what a customer does; ``confidence`` is between 0 and 1."""
    return _keep(session, customer, topic, value, PreferenceSource.INFERRED, confidence, actor, now)


def withdraw(session: Session, *, customer: Customer, topic: str, actor: Actor, now: datetime) -> bool:
    """What was concluded on a topic does not hold any more. False when nothing was."""
    row = _row(session, customer, topic, PreferenceSource.INFERRED)
    return row is not None and forget(session, customer=customer, preference_id=row.id, actor=actor, now=now)


def rejected(session: Session, *, customers: Sequence[int], since: datetime) -> set[tuple[int, str, str]]:
    """What staff took off these customers' lists at or after ``since``: (customer, topic, value)."""
    statement = select(col(Audit.entity_id), col(Audit.before)).where(
        col(Audit.entity) == "customer",
        col(Audit.entity_id).in_(customers),
        col(Audit.action) == ACTION,
        col(Audit.actor).like("staff:%"),
        col(Audit.after).is_(None),
        col(Audit.at) >= since,
    )
    return {
        (id, key.removeprefix(KEY), value)
        for id, before in session.execute(statement)
        for key, value in (before or {}).items()
    }


def current(session: Session, *, customer: Customer) -> list[Preference]:
    """What holds for a customer, a row for each topic."""
    rows = session.scalars(
        select(Preference)
        .where(col(Preference.customer_id) == customer.id)
        .order_by(col(Preference.source) == PreferenceSource.STATED, col(Preference.id))
    )
    return list({one.topic: one for one in rows}.values())  # the stated come last, and stay


def forget(session: Session, *, customer: Customer, preference_id: int, actor: Actor, now: datetime) -> bool:
    """False when it is gone already, or somebody else's."""
    row = session.get(Preference, preference_id)
    if row is None or row.customer_id != customer.id:
        return False
    session.delete(row)
    _note(session, customer, before={f"{KEY}{row.topic}": row.value}, after=None, actor=actor, now=now)
    return True


def read(text: str) -> tuple[str, str]:
    """The topic and the wish in a text."""
    said = clean(text)
    if not said or len(said) > MAX_VALUE_LENGTH:
        raise BadPreference
    if found := _TOPIC_AND_VALUE.fullmatch(said):
        return _topic(found[1]), found[2]
    return _topic(said), said


def _topic(text: str) -> str:
    if _is_channel(text):
        return CHANNEL
    plain = text[:MAX_TOPIC_LENGTH].casefold()
    return HOUR if plain in _words()[HOUR] else plain


def _is_channel(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return any(word in plain for word in _words()["channel"]) and len(plain) <= _words()["longest"]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _keep(
    session: Session,
    customer: Customer,
    topic: str,
    value: str,
    source: PreferenceSource,
    confidence: float,
    actor: Actor,
    now: datetime,
) -> Preference:
    row = _row(session, customer, topic, source)
    before = row.value if row is not None else None
    row = row or Preference(customer_id=customer.id, topic=topic, value=value, source=source, at=now)
    row.value, row.confidence, row.at = value, confidence, now
    row.author_id = actor.id if isinstance(actor, Staff) else None
    session.add(row)
    session.flush()
    if before != value:
        key = f"{KEY}{topic}"
        _note(session, customer, before={key: before}, after={key: value}, actor=actor, now=now)
    return row


def _row(session: Session, customer: Customer, topic: str, source: PreferenceSource) -> Preference | None:
    statement = select(Preference).where(
        col(Preference.customer_id) == customer.id,
        col(Preference.topic) == topic,
        col(Preference.source) == source,
    )
    return session.scalars(statement).first()


def _note(
    session: Session,
    customer: Customer,
    *,
    before: dict[str, str | None] | None,
    after: dict[str, str | None] | None,
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=ACTION,
        entity="customer",
        entity_id=customer.id,
        now=now,
        before=before,
        after=after,
    )
