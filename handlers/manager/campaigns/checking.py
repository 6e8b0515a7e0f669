"""A campaign looked at before it is sent: how many would get it, who is held back and why, who lacks what its
message says, and three of them with their messages. In a large shop a process of its own counts (the job
"camp_check"), and the message that said so becomes the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from crm_store.analysis.power import smallest_rise
from crm_store.marketing import campaigns, reckoning
from crm_store.marketing.facts import Fact
from crm_store.marketing.reckoning import Group, Reckoned
from crm_store.marketing.states import Blocked
from crm_store.marketing.tables import Campaign, CampaignArm
from handlers.desk import Desk
from handlers.manager.campaigns import wording
from handlers.manager.campaigns.message import in_language
from handlers.manager.campaigns.wording import Lacks

JOB = "camp_check"
THOUSAND = 1000


class Purpose(StrEnum):
    """What the answer is for: the card, the audience or the message that was just written, a colleague who is
    to approve it, the question whether to start; APPROVED is somebody who does approve it, for which it is
    counted once more."""

    CARD = "card"
    AUDIENCE = "audience"
    MESSAGE = "message"
    APPROVAL = "approval"
    START = "start"
    APPROVED = "approved"


@dataclass(frozen=True)
class Checked:
    """``passing`` is how many the gate lets through, by which it is judged who may approve it; ``sendable``
    those of them who do not lack what every version says. ``missing``: by version, how many lack which
    variable (the first one they lack). ``recent``: how many of those who pass ordered within the days that
    conversions count for. ``shown``: customers' ids."""

    passing: int = 0
    sendable: int = 0
    blocked: dict[str, int] = field(default_factory=dict)
    missing: dict[str, dict[str, int]] = field(default_factory=dict)
    recent: int = 0
    shown: list[int] = field(default_factory=list)

    @property
    def held_back(self) -> int:
        return sum(self.blocked.values())


@dataclass(frozen=True)
class Smallest:
    """What the comparison with the hold-out can see: a rise from ``base`` by at least ``rise`` (fractions of
    one, None when nothing can be seen), with so many on either side. ``known``: ``base`` is what these
    customers did lately, not a guess."""

    treated: int
    held_out: int
    base: float
    rise: float | None
    known: bool


GUESSED_BASE = 0.03


def look(session: Session, *, campaign: Campaign, desk: Desk, now: datetime) -> Checked:
    """Raises BadFilter, BadFilterValue."""
    arms = campaigns.arms(session, campaign=campaign)
    found = reckoning.reckon(
        session, campaign=campaign, wanted=wanted(arms), rules=desk.campaigns, zone=desk.timezone, now=now
    )
    return judged(arms, found)


def wanted(arms: Sequence[CampaignArm]) -> set[Fact]:
    """What any version says of a customer."""
    return {fact for arm in arms for body in arm.body.values() for fact in wording.read(body).facts}


def judged(arms: Sequence[CampaignArm], found: Reckoned) -> Checked:
    """Who of those that were counted lacks what the versions say."""
    return Checked(
        passing=found.sendable,
        sendable=sum(one.count for one in found.groups if _gets(arms, one)),
        blocked={one.value: count for one, count in found.blocked.items()},
        missing={arm.name: lacking for arm in arms if (lacking := _lacking(arm, found.groups))},
        recent=found.recent,
        shown=found.shown,
    )


def smallest(campaign: Campaign, checked: Checked) -> Smallest:
    """Said before anything is sent."""
    held_out = checked.sendable * campaign.holdout // THOUSAND
    treated = checked.sendable - held_out
    known = checked.recent > 0
    base = checked.recent / checked.passing if known else GUESSED_BASE
    rise = smallest_rise(base, treated=treated, compared=held_out)
    return Smallest(treated, held_out, base, rise, known)


def reasons(checked: Checked) -> list[tuple[Blocked, int]]:
    return [(Blocked(one), count) for one, count in checked.blocked.items()]


def _lacking(arm: CampaignArm, groups: Sequence[Group]) -> dict[str, int]:
    lacking: dict[str, int] = {}
    for group in groups:
        name = _lacks(arm, group)
        if name is not None:
            lacking[name] = lacking.get(name, 0) + group.count
    return lacking


def _gets(arms: Sequence[CampaignArm], group: Group) -> bool:
    """Whether there is a version that they could be sent, as far as one is written yet."""
    return not arms or any(_lacks(arm, group) is None for arm in arms)


def _lacks(arm: CampaignArm, group: Group) -> str | None:
    said = {**dict.fromkeys((one.value for one in group.known), "x"), wording.SHOP: "x"}
    try:
        wording.read(in_language(arm.body, group.language)[1]).render(said)
    except Lacks as lacks:
        return lacks.name
    return None
