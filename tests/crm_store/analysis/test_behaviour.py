"""Visits: what counts as one, how far they go, and what comes after what."""

from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis.behaviour import Deed, behave, read, visits
from crm_store.customers.tables import Event
from crm_store.engine import transaction

START = datetime(2026, 11, 1, tzinfo=UTC)


def deed(kind: str, minutes: float, *, who: str = "C1", session: str = "", subject: str = "") -> Deed:
    return Deed(who, session, kind, subject, START + timedelta(minutes=minutes))


def test_no_funnel_grows_whatever_comes_in() -> None:
    random = np.random.default_rng(1)
    kinds = ["view", "add_to_cart", "checkout", "purchase", "scroll"]
    for _ in range(50):
        deeds = [
            deed(str(random.choice(kinds)), float(random.uniform(0, 500)), who=f"C{random.integers(9)}")
            for _ in range(60)
        ]
        counts = [n for _, n in behave(deeds)["steps"]]

        assert counts == sorted(counts, reverse=True)


def test_looking_again_in_one_visit_is_one_look() -> None:
    found = behave([deed("view", at, session="s", subject="tea") for at in range(10)])

    assert (found["visits"], found["events"], found["steps"]) == (1, 1, [["viewed", 1]])
    assert behave([deed("view", at, session="s", subject=str(at)) for at in range(10)])["events"] == 10


def test_without_a_session_half_an_hour_of_silence_ends_a_visit() -> None:
    found = visits([deed("view", 0), deed("view", 30), deed("view", 61), deed("view", 61, who="C2")])

    assert sorted(len(one) for one in found) == [1, 1, 2]


def test_who_paid_without_looking_is_not_counted_further_than_they_came() -> None:
    written = ["view cart", "view cart paid", "paid", "加购", "page_view"]
    deeds = [deed(kind, at, session=visit) for visit in written for at, kind in enumerate(visit.split())]

    assert behave(deeds)["steps"] == [
        ["viewed", 3],
        ["wanted", 2],
        ["bought", 1],
    ]


def test_what_comes_next_adds_up_to_what_there_was() -> None:
    found = behave(
        [
            deed("view", 0, session="a"),
            deed("add_to_cart", 1, session="a"),
            deed("purchase", 2, session="a"),
            deed("view", 5, session="b"),
            deed("add_to_cart", 6, session="b"),
            deed("view", 9, session="c"),
        ]
    )

    assert found["next"] == [
        ["viewed", 3, [["wanted", 2], ["", 1]]],
        ["wanted", 2, [["bought", 1], ["", 1]]],
        ["bought", 1, [["", 1]]],
    ]
    assert found["steps"] == [["viewed", 3], ["wanted", 2], ["bought", 1]]


def test_events_of_the_last_90_days_are_read_and_no_later_ones(engine: Engine) -> None:
    with transaction(engine) as session:
        for number, day in enumerate((-91, -89, 0, 1)):
            session.add(
                Event(
                    source="web",
                    external_id=str(number),
                    customer_ref="u1",
                    kind="View",
                    session="s" if day else None,
                    at=START + timedelta(days=day, seconds=-1),
                    received_at=START,
                )
            )
    with Session(engine) as session:
        found = list(read(session, as_of=START))

    assert [(one.who, one.session, one.kind) for one in found] == [
        ("web:u1", "", "view"),
        ("web:u1", "web:s", "view"),
    ]


def test_nothing_told_is_nothing_said() -> None:
    assert behave([]) == {"visits": 0, "events": 0, "steps": [], "next": []}
