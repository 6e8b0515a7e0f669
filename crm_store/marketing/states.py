"""The states of a campaign and of each of its members, and what may follow what."""

from enum import StrEnum


class CampaignState(StrEnum):
    """``freezing``: members, arms and hold-out are being written down. ``running`` sends; ``measuring`` has
    sent and waits for the end of the window in which conversions count."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    FREEZING = "freezing"
    RUNNING = "running"
    PAUSED = "paused"
    MEASURING = "measuring"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


BEFORE_SENDING = (
    CampaignState.DRAFT,
    CampaignState.IN_REVIEW,
    CampaignState.SCHEDULED,
    CampaignState.FREEZING,
)
"""States in which nobody can have been sent anything yet."""


class CampaignEvent(StrEnum):
    AMEND = "amend"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    START = "start"
    FREEZE = "freeze"
    FAIL = "fail"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    COMPLETE = "complete"
    CANCEL = "cancel"


BY_ITSELF = (CampaignEvent.FREEZE, CampaignEvent.FAIL, CampaignEvent.FINISH, CampaignEvent.COMPLETE)
"""What no person does."""


class MemberState(StrEnum):
    """``planned`` waits its turn, ``queued`` is in the outbox. ``unknown``: nobody can know whether it
    arrived; it is never sent again. ``holdout`` is compared with and gets nothing."""

    PLANNED = "planned"
    HOLDOUT = "holdout"
    SUPPRESSED = "suppressed"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


GOT = (MemberState.QUEUED, MemberState.SENT, MemberState.UNKNOWN)
"""Who was sent the message, or may have been, or will be at any moment."""


class Blocked(StrEnum):
    """Why somebody gets no marketing; the first that holds, in this order, is the one that is told.
    ``merged``: another customer took them in, and gets the message if anybody does. ``held_out``: of the
    shop's own hold-out, who get no marketing at all."""

    MERGED = "merged"
    NO_CHAT = "no_chat"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    STAFF = "staff"
    EXCLUDED = "excluded"
    HELD_OUT = "held_out"
    CAPPED = "capped"
    MISSING = "missing"
    CANCELLED = "cancelled"


TRANSITIONS: dict[CampaignEvent, dict[CampaignState, CampaignState]] = {
    CampaignEvent.AMEND: {CampaignState.DRAFT: CampaignState.DRAFT},
    CampaignEvent.SUBMIT: {CampaignState.DRAFT: CampaignState.IN_REVIEW},
    CampaignEvent.APPROVE: {CampaignState.IN_REVIEW: CampaignState.SCHEDULED},
    CampaignEvent.REJECT: {CampaignState.IN_REVIEW: CampaignState.DRAFT},
    CampaignEvent.START: {CampaignState.SCHEDULED: CampaignState.FREEZING},
    CampaignEvent.FREEZE: {CampaignState.FREEZING: CampaignState.RUNNING},
    CampaignEvent.FAIL: {CampaignState.FREEZING: CampaignState.SCHEDULED},
    CampaignEvent.PAUSE: {CampaignState.RUNNING: CampaignState.PAUSED},
    CampaignEvent.RESUME: {CampaignState.PAUSED: CampaignState.RUNNING},
    CampaignEvent.FINISH: {CampaignState.RUNNING: CampaignState.MEASURING},
    CampaignEvent.COMPLETE: {
        CampaignState.MEASURING: CampaignState.COMPLETED,
        CampaignState.CANCELLED: CampaignState.CANCELLED,  # what it did until then is kept with it
    },
    CampaignEvent.CANCEL: {
        state: CampaignState.CANCELLED
        for state in CampaignState
        if state not in (CampaignState.COMPLETED, CampaignState.CANCELLED)
    },
}
