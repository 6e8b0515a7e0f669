"""Members of a campaign, counted: by what became of them; and those nobody can be sure of."""

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignMember


@dataclass(frozen=True)
class Progress:
    """A campaign's members by state, and the suppressed and failed ones by reason (what stands before the
    colon of ``CampaignMember.reason``). The states add up to all members."""

    states: dict[MemberState, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    opted_out: int = 0

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def reach(self) -> int:
        """Before the first message: whom the gate let through, those who are held out among them."""
        return self.of(MemberState.PLANNED, MemberState.HOLDOUT)

    def of(self, *states: MemberState) -> int:
        return sum(self.states.get(one, 0) for one in states)

    def judged(self) -> dict[str, int]:
        """What the stop rules look at: how many messages were tried, failed, and made somebody opt out."""
        tried = self.of(MemberState.SENT, MemberState.FAILED, MemberState.UNKNOWN)
        return {"tried": tried, "failures": self.of(MemberState.FAILED), "opt_outs": self.opted_out}


def progress(session: Session, *, campaign: Campaign) -> Progress:
    """How far it is: counted by indexes, however many members there are."""
    of_it = col(CampaignMember.campaign_id) == campaign.id
    states = select(col(CampaignMember.state), func.count()).where(of_it).group_by(col(CampaignMember.state))
    told = col(CampaignMember.state).in_([MemberState.SUPPRESSED, MemberState.FAILED])
    reasons = (
        select(col(CampaignMember.reason), func.count())
        .where(of_it, told)
        .group_by(col(CampaignMember.reason))
    )
    summed: dict[str, int] = {}
    for reason, count in session.execute(reasons):
        word = (reason or "").partition(":")[0]
        summed[word] = summed.get(word, 0) + count
    return Progress(
        states={state: count for state, count in session.execute(states)},
        reasons=summed,
        opted_out=opted_out(session, campaign=campaign),
    )


def opted_out(session: Session, *, campaign: Campaign) -> int:
    """How many wanted no more after this campaign's message."""
    statement = (
        select(func.count())
        .select_from(CampaignMember)
        .where(col(CampaignMember.campaign_id) == campaign.id, col(CampaignMember.opted_out_at).is_not(None))
    )
    return session.scalar(statement) or 0


def unknown(session: Session, *, campaign: Campaign, limit: int, after: int = 0) -> list[CampaignMember]:
    """Members whose message may have arrived or not, by customer, behind the customer ``after``. They are
    never sent it again: a person may look who they are."""
    statement = (
        select(CampaignMember)
        .where(
            col(CampaignMember.campaign_id) == campaign.id,
            col(CampaignMember.state) == MemberState.UNKNOWN,
            col(CampaignMember.customer_id) > after,
        )
        .order_by(col(CampaignMember.customer_id))
        .limit(limit)
    )
    return list(session.scalars(statement))
