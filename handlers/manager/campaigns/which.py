"""Which campaign a command means: M5, or the only one there is that it could be said of."""

from crm_store.marketing import campaigns, steps
from crm_store.marketing.refusals import IllegalCampaignStep, NoSuchCampaign
from crm_store.marketing.states import TRANSITIONS, CampaignEvent, CampaignState
from crm_store.marketing.tables import Campaign
from handlers.chat import Chat
from handlers.manager.campaigns.buttons import OpenCampaign
from handlers.numbers import CAMPAIGN, numbered
from handlers.taps import button
from handlers.words import excerpt

OFFERED = 9
LONGEST = 40
A_ROW = 3
UNDER_WAY = tuple(
    one
    for one in CampaignState
    if one not in (CampaignState.MEASURING, CampaignState.COMPLETED, CampaignState.CANCELLED)
)


def which(chat: Chat, event: CampaignEvent, *, step: str = "") -> Campaign | None:
    """The one it means, if ``event`` may happen to it now; ``step`` is what to call that in [campaign_steps],
    where it is not the event itself. None when it was asked which, or there is none: then it is told which
    are under way. Other words are no number: nothing happens by a sentence that only begins like a command.

    Raises NoSuchCampaign, IllegalCampaignStep.
    """
    found = numbered(chat.arguments, CAMPAIGN)
    if found is not None:
        return ready(campaigns.get(chat.session, number=found[0]), event)
    if chat.arguments:
        raise NoSuchCampaign(number=excerpt(chat.arguments, LONGEST))
    fitting = campaigns.listed(chat.session, limit=OFFERED, states=list(TRANSITIONS[event]))
    if len(fitting) == 1:
        return fitting[0]
    offered = fitting or campaigns.listed(chat.session, limit=OFFERED, states=UNDER_WAY)
    each = [button("numbered", OpenCampaign(one.id), number=one.number) for one in offered]
    rows = [each[at : at + A_ROW] for at in range(0, len(each), A_ROW)]
    chat.say(
        "manager/campaign/which.html.j2",
        fitting=bool(fitting),
        campaigns=offered,
        event=step or event,
        buttons=rows,
    )
    return None


def ready(campaign: Campaign, event: CampaignEvent) -> Campaign:
    """Raises IllegalCampaignStep, with what may happen to it instead."""
    may = steps.allowed(campaign)
    if event not in may:
        raise IllegalCampaignStep(campaign=campaign, event=event, allowed=may)
    return campaign
