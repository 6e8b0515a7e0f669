"""Sales day by day, beside the days before; and who or what sold most."""

from collections.abc import Sequence
from datetime import date

from bot.pictures import fonts, targets
from bot.pictures.bars import Bar, breakdown, stacked
from bot.pictures.style import Drawn, Style
from crm_store.analysis.measures import By
from crm_store.analysis.service_summary import ENOUGH
from crm_store.reports.sections import Figures

MOST = 8
"""Parts on one picture."""


def draw(figures: Figures, style: Style) -> Sequence[Drawn]:
    """None where nothing was sold on any of the days."""
    bars = [
        Bar(
            date.fromisoformat(one["day"]),
            [one["sales"]],
            is_of=one["is_of"],
            is_part=one["is_part"],
        )
        for one in figures["days"]
    ]
    if not any(bar.whole for bar in bars):
        return []
    value, orders = style.money(figures["sales"]), style.number(figures["orders"])
    title = _title(figures, style)
    n = style.label("sales_n", n=style.number(sum(one["orders"] for one in figures["days"])))
    names = [style.term("sales_words", "sales")]
    figure = stacked(
        style, title=title, bars=bars, names=names, n=n, by_week=figures["by_week"], shown=style.money
    )
    alt = style.alt("sales_alt", bars=len(bars), value=value, n=orders)
    return [Drawn("sales", figure, alt), *_targets(figures, style), *_parts(figures, style)]


def _targets(figures: Figures, style: Style) -> list[Drawn]:
    """Of a month or more: a day says nothing new of them."""
    is_long, rows = figures["brand"] is not None, figures["targets"]
    return [targets.draw(rows, style)] if is_long and rows else []


def _title(figures: Figures, style: Style) -> str:
    """With the change, where it is more than chance."""
    value, former = style.money(figures["sales"]), figures["before"]
    if not former or former["sales"] <= 0 or former["orders"] < ENOUGH or figures["by_chance"]:
        return style.label("sales_title", value=value, n=style.number(figures["orders"]))
    share = (figures["sales"] - former["sales"]) / former["sales"]
    key = "sales_up" if share >= 0 else "sales_down"
    beside = style.term("report_beside", figures.get("beside", "before"))
    return style.label(key, value=value, share=style.percent(abs(share)), beside=beside)


def _parts(figures: Figures, style: Style) -> list[Drawn]:
    """The first kind of parts that tells some apart by name: who sold most, beside before."""
    for by in (By.CITY, By.PRODUCT, By.CHANNEL, By.REP):
        rows = [row for row in figures["parts"].get(by, []) if row["name"] and row["sales"] > 0][:MOST]
        if len(rows) < 2 or not figures["sales"]:
            continue
        names = [
            style.term("sales_channels", row["name"]) if by == By.CHANNEL else fonts.readable(row["name"])
            for row in rows
        ]
        called = style.term("sales_by", by)
        key = "sales_parts_title" if figures["orders"] >= ENOUGH else "sales_parts_few"
        share = style.percent(rows[0]["sales"] / figures["sales"])
        figure = breakdown(
            style,
            title=style.label(key, by=called, name=names[0], share=share),
            names=names,
            values=[row["sales"] for row in rows],
            before=[row["before"] if figures["before"] else None for row in rows],
            shown=style.money,
            n=style.label("sales_parts_n", n=style.number(figures["orders"])),
        )
        return [Drawn("sales_parts", figure, style.alt("sales_parts_alt", by=called, name=names[0]))]
    return []
