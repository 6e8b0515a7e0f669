"""Targets as bars: how far each is, and where it should be by now."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel.dates import format_skeleton

from bot.pictures.style import BASE, BLUE, GREY, INK, ORANGE, PALE, Drawn, Style, drawing
from crm_store.reports.readings import Unit
from crm_store.reports.targets import Verdict

WIDEST = 1.5
"""Of a target: what is reached beyond it is only said."""

Row = Mapping[str, Any]


def draw(rows: Sequence[Row], style: Style) -> Drawn:
    """``rows`` as ``targets.Standing.plain`` gives them, of one month, at least one; from the first one comes
    what the picture says."""
    first = rows[0]
    said = {
        "month": format_skeleton("yMMMM", date.fromisoformat(first["month"]), locale=style.locale),
        "name": style.term("target_measures", first["measure"]),
        "share": style.percent(first["reached"]),
        "verdict": style.term("target_verdicts", first["verdict"]),
    }
    runs = [row for row in rows if row["days_left"] and row["has_begun"]]
    widest = min(max(1.0, *(row["reached"] for row in rows)), WIDEST)
    with drawing():
        figure, axes = style.figure(
            style.label("targets_title", **said),
            under=style.label("targets_mark") if runs else "",
            height=max(340, 220 + 96 * len(rows)),
            left=0.045,
            below=62,
        )
        for place, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
            behind = row["verdict"] in (Verdict.BEHIND, Verdict.MISSED)
            reached = min(max(row["reached"], 0.0), WIDEST)
            axes.barh([place], [1.0], height=0.5, color=PALE, zorder=1)
            axes.barh(
                [place],
                [reached],
                height=0.28,
                color=ORANGE if behind else BLUE,
                hatch="//" if behind else "",
                edgecolor="white",
                zorder=2,
            )
            if row in runs:
                axes.plot([row["passed"]] * 2, [place - 0.29, place + 0.29], color=INK, linewidth=3, zorder=3)
            name = style.term("target_measures", row["measure"])
            axes.text(-0.02, place, name, ha="right", va="center", size=BASE, color=INK)
            axes.text(
                0.0, place + 0.3, _said(row, style), ha="left", va="bottom", size=BASE, color=INK, zorder=4
            )
        axes.set_xlim(-0.3, widest + 0.05)
        axes.set_ylim(-0.6, len(rows) - 0.2)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        axes.plot([1, 1], [-0.4, len(rows) - 0.6], color=GREY, linewidth=1.5, linestyle=(0, (5, 4)), zorder=2)
        of_weeks = [row for row in runs if row["by_weekday"]]
        method = style.label("targets_by_weekday" if of_weeks else "targets_by_days") if runs else ""
        style.note(figure, n=style.label("targets_n"), method=method)
    return Drawn("targets", figure, style.alt("targets_alt", rows=len(rows), **said))


def _said(row: Row, style: Style) -> str:
    shown = style.money if row["unit"] == Unit.MONEY else style.number
    return style.label(
        "targets_row",
        actual=shown(row["actual"]),
        amount=shown(row["amount"]),
        share=style.percent(row["reached"]),
        verdict=style.term("target_verdicts", row["verdict"]),
    )
