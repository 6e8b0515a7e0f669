"""Campaigns at work: started when their time comes, fed into the outbox a few seconds ahead of the sender,
paused by their rules, ended. One process does it; each step is a short unit of work of its own."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.writer import Writer
from crm_store.mailbox.wake import OUTBOX, wake
from crm_store.marketing import campaigns, feeding
from crm_store.marketing.feeding import Fed
from crm_store.marketing.rendering import Render
from crm_store.marketing.tables import Campaign
from crm_store.refusals import Refusal
from handlers.manager.campaigns import news
from handlers.voice import Voice

TICK_SECONDS = 1.0
AHEAD_SECONDS = 8
"""So many seconds' worth of messages wait in the outbox: enough that the sender never waits for us, few
enough to be taken back at once."""

UNLIMITED_AHEAD = 400
"""Messages, where the sender keeps no pace of its own."""

SWEPT = 500

log = structlog.get_logger()


class Feeder:
    """``run`` until cancelled. ``queued`` is called after commits that brought messages to send."""

    def __init__(
        self,
        writer: Writer,
        *,
        voice: Voice,
        render: Render,
        messages_per_second: float,
        queued: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._voice = voice
        self._rules, self._zone = voice.desk.campaigns, voice.desk.timezone
        self._render = render
        self._ahead = int(messages_per_second * AHEAD_SECONDS) or UNLIMITED_AHEAD
        self._queued = queued
        self._asleep: dict[int, datetime] = {}

    async def run(self) -> None:
        while True:
            try:
                await self.tick(datetime.now(UTC))
            except Exception:
                log.exception("campaigns could not go on", action="feeding_failed")
            await asyncio.sleep(TICK_SECONDS)

    async def tick(self, now: datetime) -> None:
        """Everything that is due. ``now`` may be a test's."""
        running = await self._writer.run(self._look, now=now)
        self._asleep = {id: at for id, at in self._asleep.items() if id in running and at > now}
        awake = [id for id in running if id not in self._asleep]
        full = False
        while awake and not full:
            for id in list(awake):
                fed = await self._fed(id, now)
                if fed is None:
                    full = True
                    break
                if fed.queued:
                    self._queued()
                if not fed.looked_at:
                    awake.remove(id)
                    if fed.next_at is not None and fed.next_at > now:
                        self._asleep[id] = min(fed.next_at, now + timedelta(minutes=1))
        for id in running:
            await self._writer.run(self._go_on, id=id, now=now)
        while await self._writer.run(feeding.sweep, limit=SWEPT) == SWEPT:
            pass

    async def _fed(self, id: int, now: datetime) -> Fed | None:
        """One campaign that cannot go on holds up no other: it is paused, and the managers hear of it."""
        try:
            return await self._writer.run(self._feed, id=id, now=now)
        except SQLAlchemyError:
            log.exception("the store could not be read or written", action="feeding_failed", campaign=id)
        except Refusal as refusal:
            log.warning("a campaign cannot go on", action="feeding_failed", campaign=id, why=repr(refusal))
            await self._writer.run(self._stop, id=id, why=campaigns.BAD_FILTER, now=now)
        except Exception:
            log.exception("a campaign cannot go on", action="feeding_failed", campaign=id)
            await self._writer.run(self._stop, id=id, why=campaigns.BROKEN, now=now)
        return Fed()

    def _stop(self, session: Session, *, id: int, why: str, now: datetime) -> None:
        campaign = campaigns.get(session, number=id)
        if campaign in feeding.running(session):
            campaigns.pause(session, campaign=campaign, why=why, by=campaigns.ACTOR, now=now)
            self._tell(session, campaign, now)

    def _look(self, session: Session, *, now: datetime) -> list[int]:
        """What became of messages, who starts; the running ones."""
        feeding.settle(session, now=now)
        feeding.recall(session, rules=self._rules, now=now)
        for campaign in campaigns.due(session, now=now):
            campaigns.start(session, campaign=campaign, by=campaigns.ACTOR, now=now)
        return [one.id for one in feeding.running(session)]

    def _feed(self, session: Session, *, id: int, now: datetime) -> Fed | None:
        """None when the outbox has enough."""
        room = self._ahead - feeding.count_queued(session)
        if room <= 0:
            return None
        fed = feeding.feed(
            session,
            campaign=campaigns.get(session, number=id),
            render=self._render,
            rules=self._rules,
            zone=self._zone,
            room=room,
            now=now,
        )
        if fed.queued:
            wake(session, OUTBOX)
        return fed

    def _go_on(self, session: Session, *, id: int, now: datetime) -> None:
        campaign = campaigns.get(session, number=id)
        if campaign not in feeding.running(session):
            return
        done = feeding.go_on(session, campaign=campaign, now=now)
        if done is not None:
            log.info("a campaign", action="campaign_" + done, campaign=id)
            self._tell(session, campaign, now)

    def _tell(self, session: Session, campaign: Campaign, now: datetime) -> None:
        news.tell(session, voice=self._voice, campaign=campaign, now=now)
        wake(session, OUTBOX)
        self._queued()
