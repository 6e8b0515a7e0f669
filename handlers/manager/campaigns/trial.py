"""/camp_test, 测试: every version of a campaign's message, in every language, to who asks, as a test."""

from crm_store.marketing import campaigns, drafts, facts
from crm_store.marketing.refusals import NoMessage
from crm_store.marketing.states import CampaignEvent
from crm_store.marketing.tables import Campaign
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.customer.subscription import way_out
from handlers.manager.campaigns import card, wording
from handlers.manager.campaigns.buttons import ShowMessages, TestCampaign
from handlers.manager.campaigns.message import Renderer
from handlers.manager.campaigns.which import ready, which
from handlers.numbers import GLUED_CAMPAIGN


def named(chat: Chat) -> None:
    campaign = which(chat, CampaignEvent.SUBMIT, step="test")
    if campaign is not None:
        _test(chat, campaign)


def tapped(chat: Chat, tapped: TestCampaign) -> None:
    _test(chat, ready(campaigns.get(chat.session, number=tapped.campaign), CampaignEvent.SUBMIT))


def _test(chat: Chat, campaign: Campaign) -> None:
    send(chat, campaign)
    drafts.note_test(chat.session, campaign=campaign, by=chat.me, now=chat.now)
    card.show(chat, campaign, anew=True)


def show(chat: Chat, tapped: ShowMessages) -> None:
    """The same for somebody who only looks: who approves it, say."""
    send(chat, campaigns.get(chat.session, number=tapped.campaign))


def send(chat: Chat, campaign: Campaign) -> None:
    """With what is known of a customer of whom all of it is; where there is none, with made-up values.
    Raises NoMessage."""
    arms = campaigns.arms(chat.session, campaign=campaign)
    if not arms:
        raise NoMessage(campaign=campaign)
    wanted = {one for arm in arms for body in arm.body.values() for one in wording.read(body).facts}
    like = facts.somebody(chat.session, wanted=wanted)
    render = Renderer(chat.desk, chat.words, tracked=False)
    for arm in sorted(arms, key=lambda one: one.name):
        for language, body in arm.body.items():
            made_up: dict[str, str] = chat.words.labels(language, "campaign_samples")
            values = render.values(chat.session, body, like, language) if like is not None else made_up
            chat.say(
                "manager/campaign/test.html.j2",
                campaign=campaign,
                arm=arm.name,
                several=len(arms) > 1,
                in_language=language,
                like=like,
            )
            made = render.made(arm, language, {**made_up, **values}, [one["url"] for one in arm.buttons])
            rows = (made.params.get("reply_markup") or {}).get("inline_keyboard", [])
            ways = chat.keyboard(way_out(campaign), language)["inline_keyboard"]
            params = {**made.params, "reply_markup": {"inline_keyboard": [*rows, *ways]}}
            chat.queue(made.method, params)


HANDLERS = [
    command("camp_test", "测试", role=Role.MANAGER, run=named, glued=GLUED_CAMPAIGN),
    tap(TestCampaign, role=Role.MANAGER, run=tapped),
    tap(ShowMessages, role=Role.MANAGER, run=show),
]
