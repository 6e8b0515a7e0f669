"""What customers did elsewhere: kept once, in the right day, and theirs once it is known who they are."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlmodel import Session

from crm_store.customers.tables import Event
from crm_store.engine import transaction
from crm_store.exchange import events, refs
from crm_store.exchange.events import NewEvent
from tests.crm_store.people import NOW, customer

DAY = timedelta(days=1)


def looked(external_id: str, at: datetime = NOW, customer_ref: str | None = None, **more: object) -> NewEvent:
    return NewEvent(external_id, "view", at, customer_ref, **more)  # type: ignore[arg-type]


def known(session: Session, external_id: str) -> int:
    ann = customer(session)
    refs.put(session, system="shop", entity=refs.CUSTOMER, external_id=external_id, entity_id=ann.id)
    return ann.id


def test_an_event_told_twice_is_stored_once_as_it_was_first_told(engine: Engine) -> None:
    with transaction(engine) as session:
        first = events.keep(session, source="shop", told=[looked("e1"), looked("e2")], now=NOW)
    with transaction(engine) as session:
        again = events.keep(
            session, source="shop", told=[looked("e2", subject="kettle"), looked("e3")], now=NOW + DAY
        )
        elsewhere = events.keep(session, source="app", told=[looked("e1")], now=NOW)

        assert [new for _, new in (*first, *again, *elsewhere)] == [True, True, False, True, True]
        assert again[0][0].id == first[1][0].id
        assert [one.subject for one, _ in again] == [None, None]
        assert session.scalar(select(func.count()).select_from(Event)) == 4


def test_of_two_in_one_batch_the_first_counts(engine: Engine) -> None:
    with transaction(engine) as session:
        told = [looked("e1", subject="first"), looked("e1", subject="second")]

        kept = events.keep(session, source="shop", told=told, now=NOW)

        assert [(one.subject, new) for one, new in kept] == [("first", True), ("first", False)]


def test_a_late_event_lands_in_the_day_it_happened(engine: Engine) -> None:
    happened = datetime(2026, 11, 18, 15, 59, 59, tzinfo=UTC)  # the last second of that day in Shanghai
    with transaction(engine) as session:
        events.keep(session, source="shop", told=[looked("late", happened)], now=NOW)

    with transaction(engine) as session:
        midnight = datetime(2026, 11, 18, 16, tzinfo=UTC)
        of_day = [
            session.scalar(
                select(func.count()).select_from(Event).where(Event.at >= start, Event.at < start + DAY)  # type: ignore[arg-type]
            )
            for start in (midnight - DAY, midnight, midnight + DAY)
        ]
        [event] = session.scalars(select(Event))
        assert of_day == [1, 0, 0]
        assert (event.at, event.received_at) == (happened, NOW)


def test_what_a_stranger_did_becomes_theirs_once_they_are_known(engine: Engine) -> None:
    with transaction(engine) as session:
        told = [looked("e1", customer_ref="u1"), looked("e2", customer_ref="u2"), looked("e3")]
        events.keep(session, source="shop", told=told, now=NOW)
        events.keep(session, source="app", told=[looked("e1", customer_ref="u1")], now=NOW)
        ann = known(session, "u1")

        assert events.join(session, source="shop", customer_ref="u1", customer_id=ann) == 1

    with transaction(engine) as session:
        found = [
            (one.source, one.external_id, one.customer_id, one.customer_ref)
            for one in session.scalars(select(Event).order_by(Event.id))  # type: ignore[arg-type]
        ]
        assert found == [
            ("shop", "e1", ann, None),
            ("shop", "e2", None, "u2"),
            ("shop", "e3", None, None),
            ("app", "e1", None, "u1"),
        ]


def test_what_a_known_customer_does_is_theirs_at_once(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = known(session, "u1")

        [(event, _)] = events.keep(session, source="shop", told=[looked("e1", customer_ref="u1")], now=NOW)

        assert (event.customer_id, event.customer_ref) == (ann, None)


def test_a_source_sees_its_own_events_only(engine: Engine) -> None:
    with transaction(engine) as session:
        data = {"page": 'Ann <3 & "张"', "seconds": 12.5, "paid": False}
        [(event, _)] = events.keep(session, source="shop", told=[looked("e1", data=data)], now=NOW)

        assert events.get(session, source="shop", event_id=event.id) is event
        assert events.by_external_id(session, source="shop", external_id="e1") is event
        assert event.data == data
        assert events.get(session, source="app", event_id=event.id) is None
        assert events.by_external_id(session, source="app", external_id="e1") is None
