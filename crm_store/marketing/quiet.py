"""Quiet hours: times of day at which nobody is sent marketing, wherever they are."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from crm_store.marketing.rules import Rules
from crm_store.marketing.tables import Campaign


def hours(campaign: Campaign, rules: Rules) -> tuple[time, time]:
    """From and to: the campaign's own, else the shop's."""
    if campaign.quiet_from is None or campaign.quiet_to is None:
        return rules.quiet_from, rules.quiet_to
    return time.fromisoformat(campaign.quiet_from), time.fromisoformat(campaign.quiet_to)


def ends(moment: datetime, *, quiet: tuple[time, time], zone: tzinfo) -> datetime | None:
    """When the quiet hours end that ``moment`` lies in, in UTC; None where it lies in none. They may go past
    midnight; the same time twice is never quiet."""
    start, end = quiet
    local = moment.astimezone(zone)
    at = local.time()
    past_midnight = start > end
    is_quiet = (at >= start or at < end) if past_midnight else start <= at < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if past_midnight and at >= start else 0)
    return datetime.combine(day, end, tzinfo=zone).astimezone(UTC)


def begins(moment: datetime, *, quiet: tuple[time, time], zone: tzinfo) -> datetime | None:
    """When the next quiet hours begin after ``moment``, which lies in none; None where there are none."""
    start, end = quiet
    if start == end:
        return None
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=1 if local.time() >= start else 0)
    return datetime.combine(day, start, tzinfo=zone).astimezone(UTC)
