"""Members of a campaign written down: found by a process of their own, kept chunk by chunk in short commits.
A crash in between loses nothing: what is left is found again and gets the same."""

import asyncio
from typing import Any

from sqlmodel import Session

from bot import child
from bot.freezer import order_of
from bot.work import Work
from crm_store.mailbox.wake import OUTBOX, wake
from crm_store.marketing import audience, campaigns, freezing, members
from crm_store.marketing.freezing import Planned
from crm_store.marketing.states import CampaignState
from handlers.manager.campaigns import news

BREATH_SECONDS = 0.005
"""Between chunks: whoever waits for the store goes first."""


async def freeze(work: Work) -> None:
    """The job. Its argument is the campaign; one that is not to be frozen (any more) is left alone."""
    campaign_id = int(work.arguments["campaign"])
    order = await work.writer.run(_order, work=work, campaign_id=campaign_id)
    if order is None:
        return
    async with child.talk("bot.freezer", order) as talk:
        total, done = int((await talk.hear())["total"]), 0
        while members := [Planned(*one) for one in (await talk.hear())["members"]]:
            if not await work.writer.run(freezing.write, campaign_id=campaign_id, members=members):
                return
            done += len(members)
            await work.progress(done, total)
            await asyncio.sleep(BREATH_SECONDS)
            await talk.say("go on")
    await work.writer.run(freezing.count_anew)
    await work.finish(lambda session: _open(session, work, campaign_id))


def give_up(session: Session, work: Work) -> None:
    """It will not be tried again: the campaign waits for a person. All managers hear of one that nobody
    started."""
    campaign, now = campaigns.get(session, number=int(work.arguments["campaign"])), work.now()
    if campaign.state == CampaignState.FREEZING:
        campaigns.fail(session, campaign=campaign, now=now)
        if work.asker(session) is None:
            news.tell(session, voice=work.voice, campaign=campaign, now=now)


def _order(session: Session, *, work: Work, campaign_id: int) -> dict[str, Any] | None:
    """Raises BadFilter and BadFilterValue: they are told to who started it."""
    campaign, desk = campaigns.get(session, number=campaign_id), work.voice.desk
    if campaign.state != CampaignState.FREEZING:
        return None
    now = campaign.started_at or work.job.created_at
    for read in (audience.included, audience.excluded):
        read(session, campaign=campaign, zone=desk.timezone, currency=campaign.currency, now=now)
    return {
        "url": work.settings.store.whole_url,
        "key": work.settings.store.key,
        "campaign": campaign_id,
        "rules": order_of(desk.campaigns),
        "zone": str(desk.timezone),
        "now": now.isoformat(),
    }


def _open(session: Session, work: Work, campaign_id: int) -> None:
    """The last unit of work: all are written down, and the sending begins."""
    campaign = campaigns.get(session, number=campaign_id)
    if campaign.state != CampaignState.FREEZING:
        return
    campaigns.freeze(session, campaign=campaign, rules=work.voice.desk.campaigns, now=work.now())
    if campaigns.waits_again(campaign):
        starter, voice = work.asker(session), work.voice
        news.tell_grown(session, voice=voice, campaign=campaign, starter=starter, now=work.now())
        if starter is not None:
            values, buttons = news.grown(session, voice=voice, campaign=campaign, reader=starter)
            work.show(session, news.GROWN, buttons=buttons, **values)
        wake(session, OUTBOX)
        return
    progress = members.progress(session, campaign=campaign)
    work.show(session, "manager/campaign/frozen.html.j2", campaign=campaign, progress=progress)
