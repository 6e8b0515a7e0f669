"""In a large shop a filter that adds up everybody's orders is looked through by a process of its own."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.customers import filters
from crm_store.engine import transaction
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job
from crm_store.staff.roles import Role
from handlers.voice import Voice
from tests.crm_store.analysis.buying import customers, sale
from tests.talk import DESK, WORDS, Person, Sent, Talk

pytestmark = pytest.mark.usefixtures("warm")


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return Talk(engine)


@pytest.fixture
def mia(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A manager of a shop that is large: of eight customers the later ones brought more."""
    with transaction(talk.engine) as session:
        for number, one in enumerate(customers(session, 8, at=talk.now), start=1):
            sale(session, one, talk.now - timedelta(days=3), 10_000 * number)
    monkeypatch.setattr(filters, "FEW_ORDERS", 3)
    return talk.staff(500, "Mia", Role.MANAGER)


def asked(talk: Talk) -> list[dict[str, Any]]:
    with transaction(talk.engine) as session:
        return [one.arguments for one in session.scalars(select(Job).order_by(Job.id))]  # type: ignore[arg-type]


def do_job(talk: Talk) -> Sent:
    """By the real loop, in a process of its own; what came of it."""
    url = talk.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    writer = Writer(talk.engine)
    nobody: Any = None
    settings, voice = Settings(store=Store(url=url)), Voice(DESK, WORDS)
    doing = Jobs(
        writer, bot=nobody, settings=settings, voice=voice, queued=lambda: None, now=lambda: talk.now
    )
    try:
        assert asyncio.run(doing.step(Lane.QUICK))
    finally:
        writer.close()
    talk.deliver()
    return talk.outbox()[-1]


def test_the_message_becomes_the_page_and_its_buttons_turn_it(talk: Talk, mia: Person) -> None:
    [said] = mia.say("/find sort:-net")
    talk.deliver()
    first = do_job(talk)
    turned = next(one for one in first.data if one.startswith("found:"))
    [looking] = mia.tap(turned, on=first.row.telegram_id or 1)
    talk.deliver()
    second = do_job(talk)

    assert said.text.startswith("⏳ Looking for <code>sort:-net</code>")
    assert (first.method, first.row.edits) == ("editMessageText", said.row.key)
    assert [one for one in first.data if one.startswith("c:")] == [f"c:{n}" for n in range(8, 2, -1)]
    assert looking.text.startswith("⏳")
    assert [one for one in second.data if one.startswith("c:")] == ["c:2", "c:1"]


def test_what_adds_nothing_up_is_found_at_once(talk: Talk, mia: Person) -> None:
    mia.say("/find created:30d")
    mia.say("/find sort:-lastorder")

    assert asked(talk) == []


def test_a_segment_by_orders_and_an_export_keep_nobody_waiting_either(talk: Talk, mia: Person) -> None:
    mia.say("/seg_new buyers orders>0")
    [said] = mia.say("/find segment:S1")
    [why] = mia.say("/export customers orders>0")

    assert said.text.startswith("⏳")
    assert asked(talk)[-1] == {"text": "segment:S1", "cursor": ""}
    assert why.text.startswith("Customers (<code>orders&gt;0</code>), with customers' personal data.")


def test_who_left_meanwhile_hears_nothing(talk: Talk, mia: Person) -> None:
    mia.say("/find sort:-orders")
    talk.staff(501, "Olga", Role.OWNER).say("/revoke Mia")
    before = len(talk.outbox())

    do_job(talk)

    assert len(talk.outbox()) == before
