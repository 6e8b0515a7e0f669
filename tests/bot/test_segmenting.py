"""In a large shop a process of its own counts who belongs to a segment, and the message becomes the count."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job
from crm_store.marketing import reckoning
from crm_store.marketing.tables import Segment
from crm_store.staff.roles import Role
from handlers.voice import Voice
from tests.crm_store.analysis.buying import customers, sale
from tests.talk import DESK, WORDS, Person, Talk

pytestmark = pytest.mark.usefixtures("warm")


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return Talk(engine)


@pytest.fixture
def mia(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A manager of a shop that is large; two of its three customers ordered."""
    with transaction(talk.engine) as session:
        ids = customers(session, 3, at=talk.now)
        for one in ids[:2]:
            sale(session, one, talk.now - timedelta(days=3), 50_000)
    monkeypatch.setattr(reckoning, "SMALL", 0)
    return talk.staff(500, "Mia", Role.MANAGER)


def do_job(talk: Talk) -> None:
    """By the real loop, in a process of its own."""
    url = talk.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    settings = Settings(store=Store(url=url))
    writer = Writer(talk.engine)
    nobody: Any = None
    doing = Jobs(writer, bot=nobody, settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None)
    try:
        assert asyncio.run(doing.step(Lane.QUICK))
    finally:
        writer.close()


def test_what_says_that_it_counts_becomes_the_count(talk: Talk, mia: Person) -> None:
    [said] = mia.say("/seg_new buyers orders>0")
    talk.deliver()

    do_job(talk)

    assert said.text == "⏳ Counting who belongs to <b>buyers</b> (S1). The count will appear here."
    became = talk.outbox()[-1]
    assert became.method == "editMessageText"
    assert became.row.edits == said.row.key
    assert "<b>buyers</b> (S1) is made" in became.text
    assert "<b>2 customers</b>, of whom 0 can be sent marketing" in became.text
    assert became.text.count("Ann &lt;3 &amp; &#34;张&#34;") == 2
    assert [one.split(":")[0] for one in became.data] == ["found", "segdrop"]


def test_opened_by_a_button_it_is_counted_anew(talk: Talk, mia: Person) -> None:
    mia.say("/seg_new buyers orders>0")
    do_job(talk)
    talk.deliver()

    [said] = mia.tap("seg:1")
    talk.deliver()
    do_job(talk)

    assert said.text.startswith("⏳")
    became = talk.outbox()[-1]
    assert became.row.edits == said.row.key
    assert became.text.startswith("👥 <b>buyers</b> (S1)\n")
    assert "<b>2 customers</b>" in became.text


def test_what_became_of_the_segment_meanwhile_is_told(talk: Talk, mia: Person) -> None:
    mia.say("/seg_new hers orders>0")
    with transaction(talk.engine) as session:
        session.get_one(Segment, 1).filter = "owner:Gone"

    do_job(talk)

    assert "<b>Gone</b>" in talk.outbox()[-1].text


def test_who_left_meanwhile_hears_nothing(talk: Talk, mia: Person) -> None:
    mia.say("/seg_new buyers orders>0")
    talk.staff(501, "Olga", Role.OWNER).say("/revoke Mia")
    before = len(talk.outbox())

    do_job(talk)

    assert len(talk.outbox()) == before


def test_many_orders_of_few_customers_are_counted_beside_the_conversation_too(
    talk: Talk, mia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reckoning, "SMALL", 1000)
    assert "2 customers" in mia.say("/seg_new buyers orders>0")[-1].text
    monkeypatch.setattr(reckoning, "FEW_ORDERS", 1)

    assert mia.say("/seg 1")[-1].text.startswith("⏳")
    with transaction(talk.engine) as session:
        [job] = session.scalars(select(Job)).all()
        assert (job.kind, job.arguments) == ("segment", {"segment": 1, "made": False})
