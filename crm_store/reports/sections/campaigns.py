"""Campaigns: what left in the window, what people did with it, what was sold and to what it is put down; the
results of those whose own window ended in it.

``sent`` and ``unknown`` are the members' rows whose message left (or may have) in the window: they equal the
ledger of what was sent. ``attributed`` is by the last touch, ``models`` by all four.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis.service_summary import Window, within
from crm_store.exchange.cells import Cell
from crm_store.marketing import attribution, links
from crm_store.marketing.attribution import Model
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignMember
from crm_store.reports.sections import Figures, Scope, Table

COUNTS = ("sent", "unknown", "clicked", "replied", "opted_out")
MOST_ROWS = 40
REST = "rest"
"""The key of all parts of an attribution beyond so many."""

Json = dict[str, Any]
_NOTHING: Json = dict.fromkeys(COUNTS, 0)


def figures(session: Session, *, window: Window, before: Window, scope: Scope) -> Figures:
    """``campaigns``: those of which anything happened in the window, the latest first; ``promotions`` the
    same added up by what was promised; ``results`` of those whose window ended in it."""
    found = _counts(session, window)
    credit = attribution.attribute(session, window=window, currency=scope.currency)
    by_last = credit.amounts[Model.LAST]
    touched = {attribution.campaign_of(key) for amounts in credit.amounts.values() for key in amounts}
    known = _campaigns(session, {*found, *(one for one in touched if one is not None)})
    rows: list[Json] = [
        {
            "number": one.number,
            "name": one.name,
            "promotion": one.promotion,
            **found.get(one.id, _NOTHING),
            "attributed": attribution.of_campaign(by_last, one.id),
        }
        for one in known
    ]
    results = [_result(one) for one in _ended(session, window)]
    former = _sum(_counts(session, before).values())
    return {
        "empty": not (rows or results),
        "n": {"campaigns": len(rows), "orders": credit.orders},
        "finding": _finding(results),
        "campaigns": rows,
        "promotions": by_promotion(rows),
        "total": _sum(rows) | {"attributed": sum(one["attributed"] for one in rows)},
        "before": former if former["sent"] else None,
        "results": results,
        "attribution": _short(credit.plain()),
    }


def table(figures: Figures) -> Table:
    """Campaigns, then promotions, then to what sales are put down by each model."""
    rows: list[list[Cell]] = [
        [":campaign_rows.campaign", f"{one['number']} {one['name']}", *_cells(one)]
        for one in figures["campaigns"]
    ]
    rows += [
        [":campaign_rows.promotion", _promotion(one["promotion"]), *_cells(one)]
        for one in figures["promotions"]
    ]
    for model in Model:  # a database may give the keys of what it kept in another order
        parts = figures["attribution"]["models"][model.value]
        rows += [[f":attribution.{model}", _key(key), *[None] * len(COUNTS), part] for key, part in parts]
    return Table(["part", "name", *COUNTS, "attributed"], rows, money={"attributed"})


def by_promotion(rows: list[Json]) -> list[Json]:
    """Campaigns added up by what was promised, None for those that named nothing; the most first."""
    found: dict[str | None, list[Json]] = defaultdict(list)
    for one in rows:
        found[one["promotion"]].append(one)
    summed = [
        {"promotion": promotion, "campaigns": len(these)}
        | _sum(these)
        | {"attributed": sum(one["attributed"] for one in these)}
        for promotion, these in found.items()
    ]
    return sorted(summed, key=lambda one: (-one["attributed"], -one["sent"], one["promotion"] or ""))


def _sum(rows: Any) -> dict[str, int]:
    these = list(rows)
    return {key: sum(one[key] for one in these) for key in COUNTS}


def _counts(session: Session, window: Window) -> dict[int, dict[str, int]]:
    """By campaign: what happened in the window, each by its own moment."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    moments: Mapping[str, Any] = {
        "sent": col(CampaignMember.sent_at),
        "clicked": col(CampaignMember.clicked_at),
        "replied": col(CampaignMember.replied_at),
        "opted_out": col(CampaignMember.opted_out_at),
    }
    for key, moment in moments.items():
        statement = (
            select(col(CampaignMember.campaign_id), col(CampaignMember.state), func.count())
            .where(*within(moment, window))
            .group_by(col(CampaignMember.campaign_id), col(CampaignMember.state))
        )
        for campaign_id, state, count in session.execute(statement):
            is_unknown = key == "sent" and state == MemberState.UNKNOWN
            found[campaign_id]["unknown" if is_unknown else key] += count
    return dict(found)


def _campaigns(session: Session, ids: set[int]) -> list[Campaign]:
    statement = select(Campaign).where(col(Campaign.id).in_(ids)).order_by(col(Campaign.id).desc())
    return list(session.scalars(statement))


def _ended(session: Session, window: Window) -> list[Campaign]:
    statement = select(Campaign).where(*within(col(Campaign.measured_until), window))
    return [one for one in session.scalars(statement.order_by(col(Campaign.id))) if one.outcome]


def _result(campaign: Campaign) -> Json:
    """What its kept outcome says, in short."""
    outcome = campaign.outcome or {}
    lift = outcome["lift"]
    return {
        "number": campaign.number,
        "name": campaign.name,
        "unshown": outcome["unshown"],
        "verdict": lift["verdict"] if lift else None,
        "rate": lift["rate"] if lift else None,
        "n": lift["n"] if lift else None,
        "more": lift["more"] if lift else None,
        "margin": outcome["margin"],
        "currency": outcome["currency"],
    }


def _finding(results: list[Json]) -> Json | None:
    """A campaign that is proven to have changed something; one that did harm before one that helped."""
    order = {"lowered": 0.8, "raised": 0.7}
    proven = [one for one in results if one["verdict"] in order]
    if not proven:
        return None
    most = max(proven, key=lambda one: (order[one["verdict"]], abs(one["rate"]["value"])))
    return {"weight": order[most["verdict"]], **most}


def _short(credit: Json) -> Json:
    """At most so many parts of each model; what is left is one, so that they still add up."""
    models = {}
    for model, parts in credit["models"].items():
        unknown = [part for part in parts if part[0] == attribution.UNKNOWN]
        known = [part for part in parts if part[0] != attribution.UNKNOWN]
        rest = sum(part for _, part in known[MOST_ROWS:])
        models[model] = [*known[:MOST_ROWS], *([[REST, rest]] if rest else []), *unknown]
    return credit | {"models": models}


def _cells(row: Json) -> list[Cell]:
    return [*(row[key] for key in COUNTS), row["attributed"]]


def _promotion(key: str | None) -> str:
    return f":promotions.{key}" if key else ":campaign_rows.no_promotion"


def _key(key: str) -> str:
    if key in (attribution.UNKNOWN, REST):
        return f":campaign_rows.{key or 'unknown'}"
    if key[0] != "=":
        return key
    source, campaign_id = links.of_payload(key[1:])
    # A colon before it makes it a label's key, whatever a link's place is called.
    return f":sources.{source}" if campaign_id is None else f"{source} · M{campaign_id}"
