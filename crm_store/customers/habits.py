"""How customers are best reached, concluded from what they did: over which channel, and when in the day.

What counts is where they took part: they wrote, they called or picked up, they sent a mail. A day on which
they did over a channel counts once, however much was said.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlmodel import Session, col

from crm_store.customers import preferences
from crm_store.customers.preferences import CHANNEL, HOUR
from crm_store.customers.tables import (
    Consent,
    ConsentState,
    Customer,
    Interaction,
    InteractionKind,
    Preference,
    PreferenceSource,
    Purpose,
    Way,
)
from crm_store.service.tables import Direction, Message
from crm_store.staff.audit import Actor

LOOK_BACK = timedelta(days=365)
FEWEST = 5
"""Days; on less nothing is concluded."""

SURE = 0.6
"""A conclusion of which less than this can be said is none."""

BY_CHANCE = 3.0
"""So many more, spread by chance, are thought to have been seen: few days make nobody sure."""

SPAN_HOURS = 3
READ_AT_ONCE = 500
NOTICEABLE = 0.05
"""A confidence that moved by less is left as it is written."""


class Channel(StrEnum):
    """As the values of preferences say it."""

    CHAT = "chat"
    PHONE = "phone"
    EMAIL = "email"


_LOGGED = {InteractionKind.CALL: Channel.PHONE, InteractionKind.MAIL: Channel.EMAIL}


class Took(NamedTuple):
    """A customer took part: over which channel, on which day and in which hour of the desk's clocks."""

    channel: Channel
    day: date
    hour: int


class Guess(NamedTuple):
    """``confidence`` is between 0 and 1."""

    value: str
    confidence: float


@dataclass(frozen=True)
class Conclusion:
    """What holds from now on for a customer and a topic; ``guess`` is None where nothing can be said any
    more."""

    customer_id: int
    topic: str
    guess: Guess | None


def conclude(took: Iterable[Took]) -> dict[str, Guess]:
    """The best channel and the best hours, as far as these say, by their topics."""
    seen = set(took)
    channels = Counter(channel for channel, _ in {(one.channel, one.day) for one in seen})
    found = {CHANNEL: _best_channel(channels), HOUR: _best_hours({(one.day, one.hour) for one in seen})}
    return {topic: guess for topic, guess in found.items() if guess is not None}


def news(session: Session, *, zone: tzinfo, now: datetime) -> Iterator[Conclusion]:
    """Where what can be concluded differs from what is written down; of customers who took back that they
    may be profiled, nothing can. It reads a year of contacts: work for a process of its own."""
    last = 0
    page = select(col(Customer.id)).where(col(Customer.merged_into_id).is_(None)).order_by(col(Customer.id))
    while ids := session.scalars(page.where(col(Customer.id) > last).limit(READ_AT_ONCE)).all():
        took, known = _took(session, ids, zone, now), _known(session, ids)
        unwilling = _unwilling(session, ids)
        for id in ids:
            guesses = conclude(took.get(id, ())) if id not in unwilling else {}
            yield from _differing(id, guesses, known.get(id, {}))
        last = ids[-1]


def keep(session: Session, *, found: Sequence[Conclusion], actor: Actor, now: datetime) -> int:
    """Write down a batch of what the night concluded; how many. Who was merged, or took their consent back
    meanwhile, is left out, and so is a guess that somebody took off the list."""
    ids = sorted({one.customer_id for one in found})
    there = select(Customer).where(col(Customer.id).in_(ids), col(Customer.merged_into_id).is_(None))
    customers = {one.id: one for one in session.scalars(there)}
    unwilling = _unwilling(session, ids)
    rejected = preferences.rejected(session, customers=ids, since=now - LOOK_BACK)
    kept = 0
    for one in found:
        customer, guess = customers.get(one.customer_id), one.guess
        if customer is None:
            continue
        if guess is None or customer.id in unwilling:
            kept += preferences.withdraw(session, customer=customer, topic=one.topic, actor=actor, now=now)
        elif (customer.id, one.topic, guess.value) not in rejected:
            preferences.infer(
                session,
                customer=customer,
                topic=one.topic,
                value=guess.value,
                confidence=guess.confidence,
                actor=actor,
                now=now,
            )
            kept += 1
    return kept


def _best_channel(days: Counter[Channel]) -> Guess | None:
    n = days.total()
    if n < FEWEST:
        return None
    best = max(Channel, key=lambda one: days[one])
    return _guess(best.value, days[best], n, chance=1 / len(Channel))


def _best_hours(moments: set[tuple[date, int]]) -> Guess | None:
    """The span of the day, also over midnight, in which most fell."""
    if len({day for day, _ in moments}) < FEWEST:
        return None
    hours = Counter(hour for _, hour in moments)
    within = {start: sum(hours[(start + ahead) % 24] for ahead in range(SPAN_HOURS)) for start in range(24)}
    start = max(within, key=lambda one: (within[one], hours[(one + SPAN_HOURS // 2) % 24], -one))
    value = f"{start:02d}:00–{(start + SPAN_HOURS) % 24:02d}:00"
    return _guess(value, within[start], hours.total(), chance=SPAN_HOURS / 24)


def _guess(value: str, part: int, whole: int, *, chance: float) -> Guess | None:
    confidence = (part + BY_CHANCE * chance) / (whole + BY_CHANCE)
    return Guess(value, round(confidence, 2)) if confidence >= SURE else None


def _took(session: Session, ids: Sequence[int], zone: tzinfo, now: datetime) -> Mapping[int, set[Took]]:
    found: defaultdict[int, set[Took]] = defaultdict(set)
    since = now - LOOK_BACK

    def add(id: int, channel: Channel, at: datetime) -> None:
        local = at.astimezone(zone)
        found[id].add(Took(channel, local.date(), local.hour))

    wrote = select(col(Message.customer_id), col(Message.at)).where(
        col(Message.customer_id).in_(ids),
        col(Message.at).between(since, now),
        col(Message.direction) == Direction.IN,
    )
    for id, at in session.execute(wrote):
        add(id, Channel.CHAT, at)
    picked_up = (col(Interaction.kind) == InteractionKind.CALL) & (col(Interaction.duration_seconds) > 0)
    logged = select(col(Interaction.customer_id), col(Interaction.kind), col(Interaction.at)).where(
        col(Interaction.customer_id).in_(ids),
        col(Interaction.kind).in_(_LOGGED),
        col(Interaction.at).between(since, now),
        or_(col(Interaction.way) == Way.IN, picked_up),
    )
    for id, kind, at in session.execute(logged):
        add(id, _LOGGED[kind], at)
    return found


def _known(session: Session, ids: Sequence[int]) -> Mapping[int, dict[str, Guess]]:
    """What was concluded before."""
    found: defaultdict[int, dict[str, Guess]] = defaultdict(dict)
    statement = select(
        col(Preference.customer_id), col(Preference.topic), col(Preference.value), col(Preference.confidence)
    ).where(
        col(Preference.customer_id).in_(ids),
        col(Preference.source) == PreferenceSource.INFERRED,
        col(Preference.topic).in_([CHANNEL, HOUR]),
    )
    for id, topic, value, confidence in session.execute(statement):
        found[id][topic] = Guess(value, confidence)
    return found


def _unwilling(session: Session, ids: Sequence[int]) -> set[int]:
    """Those who took back that they may be profiled: the latest word counts."""
    statement = (
        select(col(Consent.customer_id), col(Consent.state))
        .where(col(Consent.customer_id).in_(ids), col(Consent.purpose) == Purpose.PROFILING)
        .order_by(col(Consent.id))
    )
    latest = {id: state for id, state in session.execute(statement)}
    return {id for id, state in latest.items() if state == ConsentState.WITHDRAWN}


def _differing(id: int, guesses: Mapping[str, Guess], known: Mapping[str, Guess]) -> Iterator[Conclusion]:
    for topic in (CHANNEL, HOUR):
        guess, before = guesses.get(topic), known.get(topic)
        if not _is_alike(guess, before):
            yield Conclusion(id, topic, guess)


def _is_alike(one: Guess | None, other: Guess | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.value == other.value and abs(one.confidence - other.confidence) < NOTICEABLE
