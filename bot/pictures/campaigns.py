"""What campaigns changed: a dot and a line each, beside a line at nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.pictures.intervals import Estimate, estimates
from bot.pictures.style import Drawn, Style
from crm_store.reports.sections import Figures

MOST = 6
"""Results on one picture."""


def draw(figures: Figures, style: Style) -> Sequence[Drawn]:
    """Of a report: those whose window ended in it and that could be compared."""
    found = [one for one in figures["results"] if one["rate"]][:MOST]
    if not found:
        return []
    rows = [_row(style, one["number"], one["rate"], one["verdict"]) for one in found]
    proven = sum(one["verdict"] != "unproven" for one in found)
    title = style.label("campaigns_title", n=style.number(len(found)), proven=style.number(proven))
    n = style.label("campaigns_n", n=style.number(sum(sum(one["n"]) for one in found)))
    return [_drawn(style, "campaigns", title, rows, n)]


def lift(style: Style, *, number: str, outcome: Mapping[str, Any]) -> Drawn | None:
    """Of one campaign: all versions against the hold-out, then each comparison that was made."""
    rows, whole = [], outcome["lift"]
    if whole:
        rows.append(_row(style, style.label("lift_whole"), whole["rate"], whole["verdict"]))
    for one in outcome["versions"][: MOST - len(rows)]:
        key = "lift_pair" if one["second"] else "lift_against"
        name = style.label(key, first=one["first"], second=one["second"])
        rows.append(_row(style, name, one["rate"], one["verdict"]))
    if not rows:
        return None
    people = [one["people"] for one in (outcome["whole"], outcome["holdout"])]
    n = style.label("lift_n", treated=style.number(people[0]), held=style.number(people[1]))
    verdict = whole["verdict"] if whole else "versions"
    return _drawn(style, number, style.label(f"lift_{verdict}_title", number=number), rows, n)


def _row(style: Style, name: str, rate: Mapping[str, float], verdict: str) -> Estimate:
    chance = style.label("lift_chance") if verdict == "unproven" else ""
    return Estimate(name, rate["value"] * 100, rate["low"] * 100, rate["high"] * 100, chance)


def _drawn(style: Style, name: str, title: str, rows: Sequence[Estimate], n: str) -> Drawn:
    def points(value: float) -> str:
        return ("+" if value > 0 else "") + style.number(value, 1)

    method = style.label("lift_method")
    figure = estimates(style, title=title, found=rows, shown=points, n=n, method=method)
    first = rows[0]
    alt = style.alt(
        "lift_alt",
        rows=len(rows),
        name=first.name,
        value=points(first.value),
        low=points(first.low),
        high=points(first.high),
    )
    return Drawn(name, figure, alt)
