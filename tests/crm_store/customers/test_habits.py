"""How a customer is best reached, concluded from what they did."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from crm_store.customers import consents, habits, preferences
from crm_store.customers.habits import Channel, Conclusion, Guess, Took
from crm_store.customers.tables import (
    ConsentState,
    Customer,
    Interaction,
    InteractionKind,
    Preference,
    PreferenceSource,
    Purpose,
    Way,
)
from crm_store.engine import transaction
from crm_store.service.tables import Direction, Message
from tests.crm_store import people
from tests.crm_store.people import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHAT, PHONE, EMAIL = Channel.CHAT, Channel.PHONE, Channel.EMAIL


def took(channel: Channel, days: int, *hours: int, first: int = 1) -> list[Took]:
    """So many days of November, from the ``first``."""
    return [Took(channel, date(2026, 11, first + day), hour) for day in range(days) for hour in hours]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ([], {}),
        (took(CHAT, 4, 20), {}),  # too few days
        (took(CHAT, 5, 20), {"channel": Guess("chat", 0.75), "hour": Guess("19:00–22:00", 0.67)}),
        (took(CHAT, 4, 9, 10, 11, 12, 13, 14), {}),  # many hours, but few days
        (took(PHONE, 9, 8, 14, 20), {"channel": Guess("phone", 0.83)}),  # no time of day is theirs
        (
            took(EMAIL, 8, 23) + took(CHAT, 1, 1),  # over midnight
            {"channel": Guess("email", 0.75), "hour": Guess("23:00–02:00", 0.78)},
        ),
        (took(CHAT, 5, 9) + took(PHONE, 4, 10), {"hour": Guess("08:00–11:00", 0.78)}),  # neither way is clear
    ],
)  # fmt: skip
def test_what_is_clear_on_enough_days_is_concluded(seen: list[Took], said: dict[str, Guess]) -> None:
    assert habits.conclude(seen) == said


def test_a_long_conversation_counts_no_more_than_a_short_one() -> None:
    once, often = took(CHAT, 2, 9) + took(PHONE, 7, 15), took(CHAT, 2, *range(24)) + took(PHONE, 7, 15)

    assert habits.conclude(once)["channel"] == habits.conclude(often)["channel"] == Guess("phone", 0.67)


def wrote(session: Session, of: Customer, days: int, *, direction: Direction = Direction.IN) -> None:
    """A message a day, at 20:30 in Shanghai, the last yesterday."""
    for day in range(1, days + 1):
        at = datetime(2026, 11, 20, 12, 30, tzinfo=UTC) - timedelta(days=day)
        session.add(
            Message(customer_id=of.id, direction=direction, text="…", chat_id=1, telegram_id=day, at=at)
        )


def logged(
    session: Session,
    of: Customer,
    days: int,
    kind: InteractionKind,
    way: Way | None,
    seconds: int | None = None,
) -> None:
    for day in range(1, days + 1):
        at = NOW - timedelta(days=day)
        session.add(
            Interaction(customer_id=of.id, kind=kind, way=way, duration_seconds=seconds, text="…", at=at)
        )


def news(session: Session, now: datetime = NOW) -> list[Conclusion]:
    session.flush()
    return list(habits.news(session, zone=SHANGHAI, now=now))


def night(session: Session, now: datetime = NOW) -> int:
    return habits.keep(session, found=news(session, now), actor="clock", now=now)


def held(session: Session, of: Customer) -> list[tuple[str, str, PreferenceSource, float]]:
    return sorted(
        (one.topic, one.value, one.source, one.confidence)
        for one in preferences.current(session, customer=of)
    )


def says(session: Session, of: Customer, state: ConsentState) -> None:
    """What they think of being profiled."""
    consents.record(
        session, customer=of, purpose=Purpose.PROFILING, state=state, source="chat", actor=of, now=NOW
    )


INFERRED, STATED = PreferenceSource.INFERRED, PreferenceSource.STATED
EVENINGS = [("channel", "chat", INFERRED, 0.75), ("hour", "19:00–22:00", INFERRED, 0.67)]


def test_what_a_customer_does_is_written_down_once(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        wrote(session, ann, 5)

        written, again = night(session), night(session)

        assert (written, again, held(session, ann)) == (2, 0, EVENINGS)
        assert [row for row in people.trail(session, "customer") if row[1] == "preference"] == [
            ("clock", "preference", {"preference:channel": None}, {"preference:channel": "chat"}),
            ("clock", "preference", {"preference:hour": None}, {"preference:hour": "19:00–22:00"}),
        ]


@pytest.mark.parametrize(
    ("kind", "way", "seconds", "value"),
    [
        (InteractionKind.CALL, Way.IN, None, "phone"),
        (InteractionKind.CALL, Way.OUT, 300, "phone"),  # they picked up
        (InteractionKind.CALL, Way.OUT, None, None),  # nobody says that they did
        (InteractionKind.MAIL, Way.IN, None, "email"),
        (InteractionKind.MAIL, Way.OUT, None, None),
        (InteractionKind.VISIT, Way.IN, 3600, None),
        (InteractionKind.NOTE, None, None, None),
    ],
)
def test_only_what_they_took_part_in_counts(
    engine: Engine, kind: InteractionKind, way: Way | None, seconds: int | None, value: str | None
) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        logged(session, ann, 6, kind, way, seconds)
        wrote(session, ann, 6, direction=Direction.OUT)

        night(session)

        assert [one[1] for one in held(session, ann) if one[0] == "channel"] == ([value] if value else [])


def test_what_they_state_beats_it_and_is_shown_as_stated(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        preferences.state(session, customer=ann, text="不要电话", actor=ann, now=NOW)
        preferences.state(session, customer=ann, text="时间：早上", actor=ann, now=NOW)
        logged(session, ann, 9, InteractionKind.CALL, Way.IN)

        written = night(session)

        assert written == 2
        assert held(session, ann) == [("channel", "不要电话", STATED, 1.0), ("hour", "早上", STATED, 1.0)]


def test_what_holds_no_longer_goes_and_small_changes_are_left(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        wrote(session, ann, 20)
        night(session)
        first = held(session, ann)
        session.add(
            Message(
                customer_id=ann.id,
                direction=Direction.IN,
                chat_id=1,
                telegram_id=99,
                at=NOW - timedelta(days=30),
            )
        )
        a_little = news(session)

        later = night(session, NOW + timedelta(days=400))

        assert (first[0], a_little) == (("channel", "chat", INFERRED, 0.91), [])
        assert (later, held(session, ann)) == (2, [])


def test_a_guess_that_staff_took_off_does_not_come_back(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = people.customer(session), people.staff(session)
        wrote(session, ann, 5)
        night(session)
        [channel] = [one for one in preferences.current(session, customer=ann) if one.topic == "channel"]
        preferences.forget(session, customer=ann, preference_id=channel.id, actor=bob, now=NOW)

        night(session, NOW + timedelta(days=1))
        same = held(session, ann)
        logged(session, ann, 60, InteractionKind.CALL, Way.IN)
        night(session, NOW + timedelta(days=2))

        assert [one[:2] for one in same] == [("hour", "19:00–22:00")]
        assert ("channel", "phone") in [
            one[:2] for one in held(session, ann)
        ]  # another guess is another matter


def test_who_took_back_that_they_may_be_profiled_is_not(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, ben = people.customer(session), people.customer(session, 7_000_000_001)
        for one in (ann, ben):
            wrote(session, one, 5)
        night(session)
        for state in (ConsentState.GRANTED, ConsentState.WITHDRAWN):
            says(session, ann, state)
        night(session)

        assert (held(session, ann), held(session, ben)) == ([], EVENINGS)


def test_consent_taken_back_between_looking_and_writing_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = people.customer(session)
        wrote(session, ann, 5)
        found = news(session)
        says(session, ann, ConsentState.WITHDRAWN)

        written = habits.keep(session, found=found, actor="clock", now=NOW)

        assert (len(found), written, held(session, ann)) == (2, 0, [])


def test_who_was_merged_meanwhile_is_left_alone(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, ben = people.customer(session), people.customer(session, 7_000_000_001)
        wrote(session, ann, 5)
        found = news(session)
        ann.merged_into_id = ben.id
        session.flush()

        assert (habits.keep(session, found=found, actor="clock", now=NOW), news(session)) == (0, [])
        assert session.scalars(select(Preference)).all() == []
