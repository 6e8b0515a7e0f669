"""The tiers of value: each one's part of the customers beside its share of the revenue."""

from collections.abc import Sequence

from bot.pictures.pairs import shares
from bot.pictures.style import Drawn, Style
from crm_store.reports.sections import Figures


def draw(figures: Figures, style: Style) -> Sequence[Drawn]:
    """None where there are too few customers to say."""
    rows = [one for one in figures["tiers"] if one["part"] is not None and one["share"] is not None]
    if len(rows) < 2:
        return []
    top = max(rows, key=lambda one: one["share"])
    facts = {"part": style.percent(top["part"]), "share": style.percent(top["share"])}
    name = style.term("rfm", top["tier"])
    figure = shares(
        style,
        title=style.label("tiers_title", tier=name, **facts),
        names=[style.term("rfm", one["tier"]) for one in rows],
        first=[one["part"] for one in rows],
        second=[max(0.0, one["share"]) for one in rows],
        called=(style.label("of_customers"), style.label("of_revenue")),
        n=style.label("tiers_n", n=style.number(sum(one["customers"] for one in rows))),
        method=style.label("tiers_method", days=style.number(figures["window_days"])),
    )
    alt = style.alt("tiers_alt", tiers=len(rows), tier=name, **facts)
    return [Drawn("segments", figure, alt)]
