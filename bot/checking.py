"""A campaign's audience counted for a large shop, beside the conversation: in a process of its own, told to
who asked. In a small one the conversation counts it itself."""

from typing import Any

from sqlmodel import Session

from bot import child
from bot.freezer import order_of
from bot.work import Work
from crm_store.marketing import audience, campaigns
from crm_store.marketing.gate import Counted
from crm_store.marketing.reckoning import Reckoned
from crm_store.marketing.states import CampaignState
from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers.manager.campaigns import approval, checking, shown
from handlers.manager.campaigns.checking import Purpose
from handlers.manager.campaigns.shown import COUNTED, Setting

LIMIT_SECONDS = 120.0


async def check(work: Work) -> None:
    """The job: its arguments are those of ``handlers.manager.campaigns.card``."""
    order = await work.writer.run(_order, work=work)
    told = await child.run("bot.checker", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _show(session, work, Reckoned.heard(told)))


def _order(session: Session, *, work: Work) -> dict[str, Any]:
    """Raises BadFilter and BadFilterValue: they are told to who asked."""
    campaign, desk = campaigns.get(session, number=int(work.arguments["campaign"])), work.voice.desk
    now = work.now()
    for read in (audience.included, audience.excluded):
        read(session, campaign=campaign, zone=desk.timezone, currency=campaign.currency, now=now)
    return {
        "url": work.settings.store.whole_url,
        "key": work.settings.store.key,
        "campaign": campaign.id,
        "wanted": sorted(checking.wanted(campaigns.arms(session, campaign=campaign))),
        "rules": order_of(desk.campaigns),
        "zone": str(desk.timezone),
        "now": now.isoformat(),
    }


def _show(session: Session, work: Work, found: Reckoned) -> None:
    """What came of it, if whoever asked may still know."""
    me = work.asker(session)
    if me is None or not me.role.includes(Role.MANAGER):
        return
    campaign = campaigns.get(session, number=int(work.arguments["campaign"]))
    at = Setting(session, work.voice.desk, work.voice.words, me, work.now())
    purpose, detail = Purpose(work.arguments["purpose"]), str(work.arguments["detail"])
    if purpose == Purpose.APPROVED and campaign.state == CampaignState.IN_REVIEW:
        seen, reach = (int(one) for one in detail.split(":"))
        if seen != campaign.version or campaigns.has_grown(reach=found.sendable, since=reach):
            purpose = Purpose.APPROVAL  # it is not what they saw any more
    if purpose == Purpose.APPROVED:
        counted = Counted(found.sendable, found.blocked)
        try:
            approval.approve_counted(at, campaign, counted, key=f"job:{work.job.id}:author")
        except Refusal as refusal:
            work.show(session, f"refused/{refusal.template}.html.j2", **refusal.facts)
            return
    arms = campaigns.arms(session, campaign=campaign)
    checked = checking.judged(arms, found) if campaign.state in COUNTED else None
    template, values, buttons = shown.message(at, campaign, checked, purpose, detail)
    work.show(session, template, buttons=buttons, **values)
