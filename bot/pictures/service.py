"""Service: the new tickets day by day, by what they are about."""

from collections.abc import Sequence
from datetime import date

from bot.pictures.bars import Bar, stacked
from bot.pictures.style import Drawn, Style
from crm_store.reports.sections import Figures
from crm_store.service.states import Kind

TOP = 5
"""Kinds; six colours are told apart."""


def draw(figures: Figures, style: Style) -> Sequence[Drawn]:
    """None where there was nothing on any of the days."""
    days = figures["days"]
    totals = {kind.value: sum(one["kinds"].get(kind.value, 0) for one in days) for kind in Kind}
    kinds = sorted((one for one in totals if totals[one]), key=lambda one: -totals[one])
    if not kinds:
        return []
    shown, rest = (kinds, []) if len(kinds) <= TOP + 1 else (kinds[:TOP], kinds[TOP:])
    names = [style.term("kinds", kind) for kind in shown] + ([style.label("others")] if rest else [])
    bars = [
        Bar(
            date.fromisoformat(one["day"]),
            [one["kinds"].get(kind, 0) for kind in shown]
            + ([sum(one["kinds"].get(kind, 0) for kind in rest)] if rest else []),
            is_of=one["is_of"],
            is_part=one["is_part"],
        )
        for one in days
    ]
    of = sum(bar.whole for bar in bars if bar.is_of)
    most = max(range(len(names)), key=lambda at: sum(bar.parts[at] for bar in bars if bar.is_of))
    share = sum(bar.parts[most] for bar in bars if bar.is_of) / of if of else 0.0
    key = "tickets_title" if of >= 10 else "tickets_few" if of else "tickets_none"
    title = style.label(key, n=style.number(of), kind=names[most], share=style.percent(share))
    n = style.label("tickets_n", n=style.number(sum(bar.whole for bar in bars)))
    figure = stacked(style, title=title, bars=bars, names=names, n=n, by_week=figures["by_week"])
    alt = style.alt("tickets_alt", bars=len(bars), n=style.number(of))
    return [Drawn("service", figure, alt)]
