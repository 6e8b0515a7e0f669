"""What a shop allows its campaigns."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class Rules:
    """``per_day`` and ``per_week``: how many messages of all campaigns together one customer gets within 24
    hours and within 7 days; None is no limit, 0 is nothing at all. Above ``approval_above`` recipients
    somebody other than its author approves a campaign; None is never. Between ``quiet_from`` and
    ``quiet_to``, in the customer's zone, nothing is sent unless a campaign says otherwise; the same time
    twice is never quiet. ``holdout`` is in thousandths of all customers: they get no marketing at all, so
    that what all of it does can be measured."""

    per_day: int | None = 1
    per_week: int | None = 2
    approval_above: int | None = 500
    quiet_from: time = time(21)
    quiet_to: time = time(9)
    holdout: int = 0
