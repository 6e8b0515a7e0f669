"""The nightly conclusions on how customers are best reached: once a night, quietly, and stated wishes win."""

import asyncio
from datetime import time, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from bot import habits as night
from bot.clock import Clock
from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.customers.tables import Preference
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job, JobState, Outbox
from handlers.voice import Voice
from tests.talk import DESK, START, WORDS, Person, Talk

pytestmark = pytest.mark.usefixtures("warm")


LATER = START + timedelta(days=40)


@pytest.fixture
def talk(engine: Engine) -> Talk:
    found = Talk(engine)
    found.now = START.replace(hour=4)  # noon
    return found


def conclude(engine: Engine) -> None:
    """The night's job, done by the real loop and the real process."""
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")

    async def run() -> None:
        writer = Writer(engine)
        nobody = cast(Any, None)
        settings = Settings.model_validate({"store": Store(url=url)})
        voice = Voice(DESK, WORDS)
        jobs = Jobs(
            writer, bot=nobody, settings=settings, voice=voice, queued=lambda: None, now=lambda: LATER
        )
        assert await jobs.step()
        writer.close()

    with transaction(engine) as session:
        assert night.ask(session, slot="tonight", due_at=LATER, now=LATER)
    asyncio.run(run())
    with transaction(engine) as session:
        assert {one.state for one in session.scalars(select(Job))} == {JobState.DONE}


def calls(talk: Talk, bob: Person, days: int) -> None:
    for _ in range(days):
        bob.say("/call C1 in 5m asks the price")
        talk.later(days=1)


def test_it_is_asked_for_once_a_night_at_four_by_the_desks_clocks(engine: Engine) -> None:
    writer = Writer(engine)
    clock = Clock(writer, desk=DESK, words=WORDS, daily=None, queued=lambda: None, on_model=lambda _: None)
    four, counts = DESK.moment(DESK.local(START).date(), time(4)), []

    for moment in (four, four + timedelta(hours=5), four + timedelta(hours=23), four + timedelta(days=1)):
        clock.tick(moment)
        with transaction(engine) as session:
            counts.append(len(session.scalars(select(Job).where(col(Job.kind) == night.KIND)).all()))
    writer.close()

    assert counts == [1, 1, 1, 2]


def test_the_card_shows_the_guess_as_a_guess_in_each_language(talk: Talk) -> None:
    bob, li = talk.staff(1, "Bob"), talk.staff(2, "Li", language_code="zh")
    talk.customer().say("hello, is this the tea shop?")
    calls(talk, bob, 6)
    before = len(talk.outbox())

    conclude(talk.engine)
    quiet = len(talk.outbox()) - before

    [card], [chinese], [listed] = bob.say("/customer C1"), li.say("客户 C1"), bob.say("/pref C1")
    assert quiet == 0
    assert "💡 How to reach them: phone (a guess, 70%)" in card.text
    assert "💡 联系方式：电话（推测，70%）" in chinese.text
    assert "• How to reach them: <b>phone</b> (a guess, 70%)" in listed.text
    assert "🗑 phone" in listed.buttons


def test_no_phone_calls_beats_the_phone_and_is_shown_as_stated(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    talk.customer().say("hello, is this the tea shop?")
    calls(talk, bob, 9)
    bob.say("/pref C1 不要电话")

    conclude(talk.engine)

    [card] = bob.say("/customer C1")
    assert "💡 How to reach them: 不要电话 (they said so)" in card.text
    assert ": phone (a guess" not in card.text
    with transaction(talk.engine) as session:
        kept = {(one.topic, one.value, str(one.source)) for one in session.scalars(select(Preference))}
    assert {("channel", "phone", "inferred"), ("channel", "不要电话", "stated")} <= kept


def test_more_than_a_batch_is_written_in_batches(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "BATCH", 1)
    bob = talk.staff(1, "Bob")
    talk.customer().say("hello, is this the tea shop?")
    calls(talk, bob, 9)

    conclude(talk.engine)

    with transaction(talk.engine) as session:
        assert {one.topic for one in session.scalars(select(Preference))} == {"channel", "hour"}
        assert [one.key for one in session.scalars(select(Outbox)) if one.key.startswith("job")] == []
