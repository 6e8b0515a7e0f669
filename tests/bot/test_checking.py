"""In a large shop a process of its own counts whom a campaign would reach, and the message says so."""

import asyncio

import pytest
from sqlalchemy import Engine

from bot.jobs import Jobs
from bot.settings import Settings
from bot.writer import Writer
from crm_store.mailbox.jobs import Lane
from crm_store.marketing import reckoning
from crm_store.marketing.states import CampaignState
from handlers.manager.campaigns.checking import Checked, smallest
from handlers.voice import Voice
from tests.handlers.campaigns.marketing import approval, boss, campaign, draft, fans, shop, submitted
from tests.talk import WORDS, Talk

pytestmark = pytest.mark.usefixtures("warm")


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return shop(engine, approval_above=2)


def do_job(talk: Talk) -> None:
    """By the real loop, in a process of its own."""

    async def run() -> None:
        assert await jobs.step(Lane.QUICK)

    writer = Writer(talk.engine)
    url = talk.engine.url.render_as_string(hide_password=False)
    settings = Settings(store={"url": url.replace("sqlite+pysqlite", "sqlite")})  # type: ignore[arg-type]
    jobs = Jobs(
        writer,
        bot=None,  # type: ignore[arg-type]  # it asks Telegram nothing
        settings=settings,
        voice=Voice(talk.desk, WORDS),
        queued=lambda: None,
    )
    try:
        asyncio.run(run())
    finally:
        writer.close()


def test_the_card_says_that_it_counts_and_then_what_was_found(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga = boss(talk)
    fans(talk, 3, city="Leeds")
    draft(talk, olga, text="Tea in {{ city }}, {{ salutation }}")
    talk.deliver()
    monkeypatch.setattr(reckoning, "SMALL", 0)
    before = talk.outbox()[-1].row.id

    said = olga.say("/camp M1")

    assert said[-1].text == "⏳ Counting who can be sent <b>M1 Spring</b> …"
    talk.deliver()
    do_job(talk)
    found = [one for one in talk.outbox(after=before) if "Can be sent to" in one.text]
    assert "Can be sent to <b>0</b> now" in found[-1].text
    assert "• not sent, no salutation: 3" in found[-1].text
    assert "✏️ Change" in found[-1].buttons


def test_who_is_to_approve_it_gets_the_count_too(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    draft(talk, olga)
    olga.say("/camp_test M1")
    monkeypatch.setattr(reckoning, "SMALL", 0)
    olga.tap("camp_sub:1")
    talk.deliver()

    do_job(talk)
    do_job(talk)

    [asked] = [one for one in talk.outbox() if one.to == bob.id and "asks you to approve" in one.text]
    assert "Can be sent to <b>3</b> now: 3 get it, 0 are held out." in asked.text
    assert "✅ Approve" in asked.buttons


def test_an_approval_waits_for_the_count(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    submitted(talk, olga)
    monkeypatch.setattr(reckoning, "SMALL", 0)

    olga.tap(approval(talk))
    bob.tap(approval(talk))
    talk.deliver()
    do_job(talk)
    assert campaign(talk).state == CampaignState.IN_REVIEW
    do_job(talk)

    assert campaign(talk).state == CampaignState.SCHEDULED
    [own] = [one for one in talk.outbox() if "would reach 3 customers; above 2" in one.text]
    [told] = [one for one in talk.outbox() if "Bob approved <b>M1 Spring</b>" in one.text]
    assert (own.to, told.to) == (olga.id, olga.id)


def test_what_was_changed_while_it_was_counted_is_not_approved(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    submitted(talk, olga)
    with monkeypatch.context() as large:
        large.setattr(reckoning, "SMALL", 0)
        bob.tap(approval(talk))
    olga.tap("camp_no:1")
    olga.say("/camp_test M1")
    olga.tap("camp_sub:1")
    talk.deliver()
    do_job(talk)

    assert campaign(talk).state == CampaignState.IN_REVIEW
    assert any(one.to == bob.id and "✅ Approve" in one.buttons for one in talk.outbox())


def test_the_comparison_is_told_by_what_they_did_lately(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/camp_new Spring")
    one = campaign(talk)

    found = smallest(one, Checked(passing=2000, sendable=2000, recent=200))
    guessed = smallest(one, Checked(passing=2000, sendable=2000))

    assert (found.treated, found.held_out, found.base, found.known) == (1800, 200, 0.1, True)
    assert found.rise is not None
    assert round(found.rise, 3) == 0.071
    assert (guessed.base, guessed.known) == (0.03, False)
