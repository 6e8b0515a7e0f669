"""Campaigns at work: started on time, fed a few seconds ahead, ended; the job that writes members down."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from bot.delivery import Decision, Fate
from bot.feeding import AHEAD_SECONDS, Feeder
from bot.jobs import Jobs
from bot.outcomes import Outcome, record
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox import outbox, sending
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job, JobState, OnAmbiguous, Outbox, OutboxState
from crm_store.marketing import campaigns, feeding
from crm_store.marketing.members import progress as progress_of
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign
from handlers.voice import Voice
from tests.crm_store.marketing import crowd
from tests.crm_store.marketing.people import NOW, approved, boss, deliver, fan, feed, members, render, running
from tests.talk import DESK, WORDS

pytestmark = pytest.mark.usefixtures("warm")


def tick(engine: Engine, *moments: datetime, pace: int = 30) -> None:
    async def run() -> None:
        writer = Writer(engine)
        feeder = Feeder(
            writer,
            voice=Voice(DESK, WORDS),
            render=render,
            messages_per_second=pace,
            queued=lambda: None,
        )
        for moment in moments:
            await feeder.tick(moment)
        writer.close()

    asyncio.run(run())


def count(session: Session, key: str) -> int:
    found = select(func.count()).select_from(Outbox).where(col(Outbox.key).startswith(key))
    return session.scalar(found) or 0


def test_the_outbox_holds_a_few_seconds_of_a_campaign_and_no_more(engine: Engine) -> None:
    with transaction(engine) as session:
        crowd.gather(session, count=60, now=NOW)
        id = running(session).id

    tick(engine, NOW, NOW, pace=5)
    with transaction(engine) as session:
        first = count(session, "campaign:")
        deliver(session)
    tick(engine, NOW + timedelta(seconds=9), pace=5)

    with transaction(engine) as session:
        campaign = session.get_one(Campaign, id)
        assert (first, count(session, "campaign:")) == (5 * AHEAD_SECONDS, 60)
        assert campaign.state == CampaignState.RUNNING


def test_it_starts_on_time_ends_when_all_is_done_and_the_managers_hear_of_it(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        olga = boss(session)
        timed = approved(session, olga, send_at=NOW + timedelta(minutes=5)).id
        id = running(session, olga).id

    tick(engine, NOW)
    with transaction(engine) as session:
        early = session.get_one(Campaign, timed).state
        deliver(session)
    tick(engine, NOW + timedelta(minutes=5))

    with transaction(engine) as session:
        campaign = session.get_one(Campaign, id)
        job = session.scalars(select(Job).order_by(col(Job.id).desc())).first()
        told = session.scalars(select(Outbox).where(col(Outbox.key).startswith("camp:"))).all()
        assert job is not None
        assert (early, session.get_one(Campaign, timed).state) == ("scheduled", "freezing")
        assert (job.kind, job.arguments) == ("freeze", {"campaign": timed})
        assert campaign.state == CampaignState.MEASURING
        assert [one.params["text"] for one in told] == [
            WORDS.render(
                "en",
                "manager/campaign/sent_all.html.j2",
                desk=DESK,
                now=NOW + timedelta(minutes=5),
                campaign=campaign,
                progress=progress_of(session, campaign=campaign),
            )
        ]


def test_a_campaign_that_cannot_go_on_is_paused_and_holds_up_no_other(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        olga = boss(session)
        broken, other = running(session, olga), running(session, olga)
        broken.excluding = "birthday:today"  # a field of the shop's own that was dropped since
        ids = broken.id, other.id

    tick(engine, NOW)

    with transaction(engine) as session:
        first, second = (session.get_one(Campaign, id) for id in ids)
        [told] = session.scalars(select(Outbox).where(col(Outbox.key).startswith("camp:"))).all()
        assert (first.state, first.why_paused) == (CampaignState.PAUSED, campaigns.BAD_FILTER)
        assert [state for _, state, _ in members(session, second)] == ["queued"]
        assert "cannot be read" in told.params["text"]


def test_two_feeders_at_once_send_nobody_twice(postgres: Engine) -> None:
    """One that lost its lead without knowing it yet, and the one after it."""
    with transaction(postgres) as session:
        crowd.gather(session, count=40, now=NOW)
        id = running(session).id

    async def run() -> None:
        writers = [Writer(postgres, threads=2) for _ in range(2)]
        voice = Voice(DESK, WORDS)
        feeders = [
            Feeder(one, voice=voice, render=render, messages_per_second=30, queued=lambda: None)
            for one in writers
        ]
        await asyncio.gather(*(one.tick(NOW) for one in feeders))
        for one in writers:
            one.close()

    asyncio.run(run())

    with transaction(postgres) as session:
        states = [state for _, state, _ in members(session, session.get_one(Campaign, id))]
        assert (count(session, "campaign:"), states) == (40, ["queued"] * 40)


def test_nobody_is_asked_whether_to_send_a_campaigns_message_again(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session)
        campaign = running(session)
        feed(session, campaign)
        answer = outbox.put(
            session,
            key="answer",
            chat_id=7,
            method="sendMessage",
            params={"text": "?"},
            on_ambiguous=OnAmbiguous.HOLD,
            now=NOW,
        )
        session.flush()
        rows = session.scalars(select(Outbox).order_by(col(Outbox.id))).all()
        taken = sending.claim(session, rows=[sending.as_claimed(one, NOW) for one in rows], now=NOW).rows
        unsure = Decision(Fate.UNSURE, "no_answer")
        record(
            session,
            outcomes=[Outcome(one, NOW, decision=unsure) for one in taken],
            voice=Voice(DESK, WORDS),
            now=NOW,
        )
        [asked] = session.scalars(select(Outbox).where(col(Outbox.key).startswith("unsure:")))
        again = outbox.send_again(
            session, first=min(one.id for one in rows), last=max(one.id for one in rows)
        )
        feeding.settle(session, now=NOW)

        assert (again, answer.state) == (1, OutboxState.PENDING)
        assert str(answer.id) in asked.params["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        assert members(session, campaign) == [(1, "unknown", None)]


@pytest.fixture
def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")


def job(engine: Engine, url: str, use: Callable[[Jobs], Any]) -> None:
    async def run() -> None:
        writer = Writer(engine)
        settings = Settings.model_construct(store=Store(url=url))
        voice = Voice(DESK, WORDS)
        jobs = Jobs(writer, bot=cast(Any, None), settings=settings, voice=voice, queued=lambda: None)
        await use(jobs)
        writer.close()

    asyncio.run(run())


def test_the_job_writes_everybody_down_and_opens_the_sending(engine: Engine, url: str) -> None:
    with transaction(engine) as session:
        crowd.gather(session, count=1100, now=NOW)
        olga = boss(session)
        now = datetime.now(UTC)
        campaign = crowd.campaign_at(session, send_at=now, holdout=100, now=now)
        id = campaign.id
        campaigns.start(session, campaign=campaign, by=olga, chat_id=olga.chat_id, now=now)

    job(engine, url, lambda jobs: jobs.step(lane=Lane.QUICK))

    with transaction(engine) as session:
        campaign = session.get_one(Campaign, id)
        progress = progress_of(session, campaign=campaign)
        [done] = session.scalars(select(Job))
        said = session.scalars(select(Outbox).where(col(Outbox.key).startswith("job:"))).all()
        assert done.state == JobState.DONE
        assert (campaign.state, progress.total) == (CampaignState.RUNNING, 1100)
        assert progress.states["holdout"] == 110  # type: ignore[index]
        assert olga.chat_id in {one.chat_id for one in said}
        assert feeding.running(session) == [campaign]


def test_a_filter_that_cannot_be_read_any_more_is_told_and_the_campaign_waits_for_a_person(
    engine: Engine, url: str
) -> None:
    with transaction(engine) as session:
        olga = boss(session)
        campaign = approved(session, olga)
        id = campaign.id
        campaign.audience = "birthday:today"  # a field of the shop's own that was dropped since
        campaigns.start(session, campaign=campaign, by=olga, chat_id=olga.chat_id, now=datetime.now(UTC))

    job(engine, url, lambda jobs: jobs.step(lane=Lane.QUICK))

    with transaction(engine) as session:
        campaign = session.get_one(Campaign, id)
        said = session.scalars(select(Outbox).where(col(Outbox.chat_id) == olga.chat_id)).all()
        assert campaign.state == CampaignState.SCHEDULED
        assert campaign.send_at is None
        assert any("birthday" in one.params["text"] for one in said)


def test_a_campaign_that_could_not_start_by_itself_is_told_to_the_managers(engine: Engine, url: str) -> None:
    with transaction(engine) as session:
        olga = boss(session)
        campaign = approved(session, olga, send_at=datetime.now(UTC))
        id = campaign.id
        campaign.audience = "birthday:today"  # a field of the shop's own that was dropped since
        campaigns.start(session, campaign=campaign, by=campaigns.ACTOR, now=datetime.now(UTC))

    job(engine, url, lambda jobs: jobs.step(lane=Lane.QUICK))

    with transaction(engine) as session:
        campaign = session.get_one(Campaign, id)
        [told] = session.scalars(select(Outbox).where(col(Outbox.key).startswith("camp:"))).all()
        assert (campaign.state, campaign.send_at) == (CampaignState.SCHEDULED, None)
        assert (told.chat_id, "did not start" in told.params["text"]) == (olga.chat_id, True)


def test_a_campaign_whose_window_is_over_is_left_to_the_job_that_counts_what_came_of_it(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        crowd.gather(session, count=1, now=NOW)
        campaign = running(session)
        campaigns.finish(session, campaign=campaign, now=NOW)
        id, after = campaign.id, NOW + timedelta(days=campaign.conversion_days + 1)

    tick(engine, after)

    with transaction(engine) as session:
        campaign = campaigns.get(session, number=id)
        assert (campaign.state, campaign.outcome) == (CampaignState.MEASURING, None)
        assert campaigns.measured(session, now=after) == [campaign]
