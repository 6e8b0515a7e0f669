"""What came of campaigns, added up by what they promised."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm_store.marketing.tables import Campaign

SUMMED = ("sent", "converted", "orders", "revenue", "discounts", "refunds", "net")


def by_promotion(found: Iterable[tuple[Campaign, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Outcomes (``outcome.outcome``) added up, those that brought most first; ``promotion`` None: nothing was
    named. All rows of one currency add up to its campaigns."""
    rows: dict[tuple[str | None, str], dict[str, Any]] = {}
    for campaign, one in found:
        empty = {"promotion": campaign.promotion, "currency": one["currency"], "campaigns": 0, "margin": 0}
        row = rows.setdefault((campaign.promotion, one["currency"]), empty | dict.fromkeys(SUMMED, 0))
        row["campaigns"] += 1
        row["margin"] += one["margin"]
        for key in SUMMED:
            row[key] += one["whole"][key]
    return sorted(rows.values(), key=lambda row: (-row["net"], row["promotion"] or "", row["currency"]))
