"""What is not done with campaigns, each with what a person must be told."""

from crm_store.refusals import Refusal


class NoSuchCampaign(Refusal):
    """facts: number, as it was asked for."""

    template = "no_such_campaign"


class IllegalCampaignStep(Refusal):
    """facts: campaign, event (CampaignEvent), allowed (events)."""

    template = "illegal_campaign_step"


class NoMessage(Refusal):
    """facts: campaign. There is nothing to send yet: no arm, or one without words."""

    template = "no_message"


class NotTested(Refusal):
    """facts: campaign. Nobody has seen its message since it was last changed."""

    template = "not_tested"


class NeedsSecondPerson(Refusal):
    """facts: campaign, sendable (how many it would reach), above (from where a second person is needed)."""

    template = "needs_second_person"


class NotStarted(Refusal):
    """facts: campaign. There is nothing to tell of it yet: it was never started."""

    template = "campaign_not_started"


class BadCampaignValue(Refusal):
    """facts: field (a key of ``drafts.change``), value as it was given."""

    template = "bad_campaign_value"


class OptedOut(Refusal):
    """facts: number (the customer's). They want no marketing: only they themself can take that back."""

    template = "opted_out"


class BadPlay(Refusal):
    """facts: problem (tier, goal, offer or every_days), value as it was given."""

    template = "bad_play"


class BadTouch(Refusal):
    """facts: ad as it was given."""

    template = "bad_touch"
