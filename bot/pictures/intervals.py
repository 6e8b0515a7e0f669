"""Estimates with their range: a dot where it most likely lies, a line over where it may."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from bot.pictures import fonts
from bot.pictures.style import BASE, BLUE, GREY, INK, ORANGE, Style, drawing, wrapped

NAME_CELLS = 20
"""What of a name fits beside the picture, in letters; a Chinese one takes two."""


@dataclass(frozen=True)
class Estimate:
    """``chance`` is said behind the numbers where nothing is proven, be it by the range alone or after a
    correction for how many were compared."""

    name: str
    value: float
    low: float
    high: float
    chance: str = ""

    @property
    def is_proven(self) -> bool:
        return not self.chance


def estimates(
    style: Style,
    *,
    title: str,
    found: Sequence[Estimate],
    shown: Callable[[float], str],
    n: str,
    method: str = "",
) -> Figure:
    """One row each, beside a line at nothing: what may be chance is drawn hollow."""
    with drawing():
        figure, axes = style.figure(title, height=max(380, 270 + 84 * len(found)), left=0.24)
        least, most = min(0.0, *(one.low for one in found)), max(0.0, *(one.high for one in found))
        wide = (most - least) or 1.0
        axes.axvline(0, color=GREY, linewidth=1.6, linestyle=(0, (5, 4)), zorder=1)
        for place, one in zip(range(len(found) - 1, -1, -1), found, strict=True):
            colour = BLUE if one.is_proven else ORANGE
            axes.plot([one.low, one.high], [place, place], color=colour, linewidth=5, solid_capstyle="butt")
            for edge in (one.low, one.high):
                axes.plot([edge, edge], [place - 0.1, place + 0.1], color=colour, linewidth=3)
            axes.plot(
                [one.value],
                [place],
                marker="o" if one.is_proven else "D",
                markersize=14,
                color=colour,
                markerfacecolor=colour if one.is_proven else "white",
                markeredgewidth=3,
                zorder=3,
            )
            name = "\n".join(wrapped(fonts.readable(one.name), NAME_CELLS)[:2])
            axes.text(least - wide * 0.05, place, name, ha="right", va="center", size=BASE)
            spread = style.label("range", low=shown(one.low), high=shown(one.high))
            text = f"{shown(one.value)}  {spread}" + (f"  {one.chance}" if one.chance else "")
            said = axes.text(
                one.value, place + 0.2, fonts.readable(text), ha="center", va="bottom", size=BASE, color=INK
            )
            said.set_bbox({"facecolor": "white", "alpha": 0.9, "edgecolor": "none", "pad": 1.5})
        axes.set_xlim(least - wide * 0.04, most + wide * 0.12)
        axes.set_ylim(-0.5, len(found) - 0.2)
        axes.set_yticks([])
        axes.set_xticks([0.0])
        axes.set_xticklabels(["0"])
        return style.note(figure, n=n, method=method)
