"""Members written down by the real job: what grew since it was approved is approved again."""

import asyncio

import pytest
from sqlalchemy import Engine

from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox.jobs import Lane
from crm_store.marketing import campaigns, feeding
from handlers.manager.campaigns.message import Renderer
from handlers.voice import Voice
from tests.handlers.campaigns.marketing import boss, fans, shop, submitted, tap
from tests.handlers.desk import to
from tests.talk import WORDS, Sent, Talk, texts

pytestmark = pytest.mark.usefixtures("warm")


def freeze(talk: Talk) -> list[Sent]:
    """The job, by the real loop; what everybody is told."""
    before = talk.outbox()[-1].row.id

    async def run() -> None:
        for lane in Lane:
            await jobs.step(lane)

    writer = Writer(talk.engine)
    url = talk.engine.url.render_as_string(hide_password=False)
    jobs = Jobs(
        writer,
        bot=None,  # type: ignore[arg-type]  # it asks Telegram nothing
        settings=Settings(store=Store(url=url)),
        voice=Voice(talk.desk, WORDS),
        queued=lambda: None,
        now=lambda: talk.now,
    )
    try:
        asyncio.run(run())
    finally:
        writer.close()
    return talk.outbox(after=before)


def feed(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        feeding.feed(
            session,
            campaign=campaigns.get(session, number=1),
            render=Renderer(talk.desk, WORDS),
            rules=talk.desk.campaigns,
            zone=talk.desk.timezone,
            room=50,
            now=talk.now,
        )


def got(talk: Talk) -> list[Sent]:
    """What customers were sent of it."""
    return [one for one in talk.outbox() if one.row.key.startswith("campaign:")]


def test_a_list_that_grew_is_approved_again_before_anybody_is_sent_anything(sqlite: Engine) -> None:
    talk = shop(sqlite, approval_above=2)
    olga, bob = boss(talk), boss(talk, 2, "Bob")
    fans(talk, 3)
    tap(bob, submitted(talk, olga), "✅ Approve")
    talk.deliver()
    fans(talk, 14)
    sent = olga.say("/camp_go M1")
    assert "⚠️ It reaches more now than it was approved for" in sent[-1].text
    tap(olga, sent, "▶️ Start sending")
    talk.deliver()

    told = freeze(talk)

    [mine], [his] = to(told, olga), to(told, bob)
    assert mine.text.splitlines()[0] == his.text.splitlines()[0]
    assert his.text.splitlines()[0] == (
        "⏸ <b>M1 Spring</b> was sent to nobody yet and must be approved again: it was approved for 3 "
        "customers, and <b>14</b> were written down (13 get it, 1 are held out)."
    )
    assert (mine.buttons, his.buttons) == (
        ("👀 See the messages", "📣 Open M1"),
        ("✅ Approve", "👀 See the messages", "📣 Open M1"),
    )
    assert "✅ Approve" not in olga.say("/camp M1")[-1].buttons
    assert olga.say("/camp_resume M1")[-1].text.startswith("<b>M1</b> would reach 14 customers")
    feed(talk)
    assert got(talk) == []
    approved = tap(bob, told, "✅ Approve")
    feed(talk)

    assert texts(approved, olga) == ["✅ Bob approved <b>M1 Spring</b>. It is being sent."]
    assert len(got(talk)) == 13
    assert bob.tap(his.data[0])[-1].text.startswith('<b>M1</b> is "sending"')
