"""Tasks: who has to be called, by whom, and when that is over."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from crm_store.customers import customers, merging
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.service import tasks
from crm_store.service.refusals import NoSuchTask
from crm_store.service.tables import Task
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from tests.crm_store.people import NOW, customer, staff, ticket, trail
from tests.crm_store.sales.shop import order

LATER = NOW + timedelta(hours=3)


def to_call(session: Session, of: Customer, text: str = "it ships today", **about: int | None) -> Task:
    return tasks.open_call(
        session, customer=of, reason="blocked", text=text, actor="sender", now=NOW, **about
    )[0]


def test_what_could_not_be_said_is_kept_until_somebody_has_said_it(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)

        task = to_call(session, ann)

        assert tasks.open_for(session, staff=bob, limit=5) == [task]
        assert (task.reason, task.text, task.opened_at) == ("blocked", "it ships today", NOW)
        assert task.due_at == NOW + timedelta(days=1)
        assert tasks.done(session, task=task, by=bob, now=LATER) is True
        assert (task.done_at, task.done_by) == (LATER, bob.id)
        assert tasks.done(session, task=task, by=bob, now=LATER) is False
        assert tasks.open_for(session, staff=bob, limit=5) == []
        assert tasks.of_customer(session, customer=ann) is None
        assert [one[:2] for one in trail(session, "task")] == [
            ("sender", "opened"),
            (f"staff:{bob.id}", "done"),
        ]


def test_a_customer_has_one_open_task_and_later_failures_are_added_to_it(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = order(session, ann, bob)
        asked = ticket(session, ann)

        first = to_call(session, ann, "one", ticket_id=asked.id)
        again = [
            to_call(session, ann, text, order_id=made.id)
            for text in ("two\n\nthree", "one", "thr", "", "one")
        ]

        assert {one.id for one in again} == {first.id}
        assert first.text == "one\n\ntwo\n\nthree\n\nthr"
        assert (first.ticket_id, first.order_id) == (asked.id, made.id)
        tasks.drop(session, task=first, by=bob, now=LATER)
        assert to_call(session, ann, "one").id != first.id


def test_it_is_for_who_has_the_ticket_took_the_order_or_owns_the_customer(engine: Engine) -> None:
    with transaction(engine) as session:
        people = [customer(session, user_id=id) for id in (1, 2, 3, 4)]
        bob, mia, zoe = staff(session), staff(session, "Mia"), staff(session, "Zoe")
        asked, made = ticket(session, people[0]), order(session, people[1], mia)
        asked.assignee_id = bob.id
        for one in people[:3]:
            one.owner_id = zoe.id
        session.flush()

        found = [
            to_call(session, people[0], ticket_id=asked.id),
            to_call(session, people[1], order_id=made.id),
            to_call(session, people[2]),
            to_call(session, people[3]),
        ]

        assert [one.for_staff_id for one in found] == [bob.id, mia.id, zoe.id, None]


def test_agents_see_their_own_and_nobodys_managers_see_all(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, li, wu = (customer(session, user_id=id) for id in (1, 2, 3))
        bob, mia, boss = staff(session), staff(session, "Mia"), staff(session, "Boss", Role.MANAGER)
        free, his, hers = to_call(session, ann), to_call(session, li), to_call(session, wu)
        tasks.take(session, task=his, by=bob, now=NOW)
        tasks.take(session, task=hers, by=mia, now=NOW)

        assert tasks.open_for(session, staff=bob, limit=5) == [free, his]
        assert tasks.open_for(session, staff=boss, limit=2, offset=1) == [his, hers]
        assert [tasks.count_open(session, staff=one) for one in (bob, mia, boss)] == [2, 2, 3]
        with pytest.raises(NoSuchTask):
            tasks.get(session, task_id=hers.id, seen_by=bob)
        with pytest.raises(NoSuchTask):
            tasks.get(session, task_id=10**12, seen_by=boss)
        assert tasks.get(session, task_id=hers.id, seen_by=boss) == hers

        staff_verbs.revoke(session, staff=mia, by=boss, now=NOW)

        assert tasks.open_for(session, staff=bob, limit=5) == [free, his, hers]


def test_of_two_who_were_merged_one_call_does_for_both_and_each_keeps_their_own(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, li = customer(session), customer(session, user_id=8)
        boss = staff(session, "Boss", Role.MANAGER)
        one, other = to_call(session, ann, "one"), to_call(session, li, "two")
        customers.lose(session, customer=li, now=NOW)
        merging.merge(session, kept=ann, gone=li, by=boss, now=NOW)
        session.refresh(other)

        assert {one.customer_id, other.customer_id} == {ann.id}
        tasks.done(session, task=one, by=boss, now=LATER)

        assert tasks.open_for(session, staff=boss, limit=5) == []
        assert other.done_at == LATER


def test_two_failures_at_once_make_one_task(postgres: Engine) -> None:
    with transaction(postgres) as session:
        ann_id = customer(session).id
    ready = threading.Barrier(2)

    def fail(text: str) -> None:
        with transaction(postgres) as session:
            ann = session.get_one(Customer, ann_id)
            ready.wait(10)
            to_call(session, ann, text)

    threads = [threading.Thread(target=fail, args=[text]) for text in ("one", "two")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)

    with transaction(postgres) as session:
        [task] = session.scalars(select(Task)).all()
        assert set(task.text.split("\n\n")) == {"one", "two"}
