"""Stop rules: a campaign that people run from, or that does not get through, pauses by itself."""

from sqlmodel import Session

from crm_store.marketing import members
from crm_store.marketing.tables import Campaign

LEAST = 50
"""Messages that were tried, before a share of them says anything."""

OPT_OUTS, FAILURES = "opt_outs", "failures"
"""Why it paused: keys of the labels [campaign_pauses]."""


def why_stop(session: Session, *, campaign: Campaign) -> str | None:
    """Which rule stops a running campaign now, if one does. What was before a person resumed it does not
    count again."""
    if campaign.stop_opt_outs is None and campaign.stop_failures is None:
        return None
    now = members.progress(session, campaign=campaign).judged()
    then = campaign.judged_from or {}
    since = {key: count - int(then.get(key, 0)) for key, count in now.items()}
    if since["tried"] < LEAST:
        return None
    limits = {OPT_OUTS: campaign.stop_opt_outs, FAILURES: campaign.stop_failures}
    for why, thousandths in limits.items():
        if thousandths is not None and since[why] * 1000 >= thousandths * since["tried"]:
            return why
    return None
