"""Bars: over time in stacked parts, and side by side for the parts of a whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bot.pictures import fonts
from bot.pictures.style import BASE, COLOURS, GREY, HATCHES, INK, PALE, Style, apart, drawing

ENOUGH_BEFORE = 4
"""So many bars before the period say what is usual."""

MOST_NUMBERED = 16


@dataclass(frozen=True)
class Bar:
    """``parts`` from the bottom up; ``is_of``: it lies in the report's own period; ``is_part``: it is not
    over."""

    day: date
    parts: Sequence[float]
    is_of: bool
    is_part: bool

    @property
    def whole(self) -> float:
        return sum(self.parts)


def stacked(
    style: Style, *, title: str, bars: Sequence[Bar], names: Sequence[str], n: str, by_week: bool
) -> Figure:
    """Bars over time in parts, those of the period in full colour."""
    with drawing():
        middle, under = _usual(style, bars)
        figure, axes = style.figure(title, under=under, left=0.045)
        places = range(len(bars))
        base = [0.0] * len(bars)
        for part, _ in enumerate(names):
            heights = [bar.parts[part] for bar in bars]
            drawn = axes.bar(
                places,
                heights,
                width=0.72,
                bottom=base,
                color=COLOURS[part % len(COLOURS)],
                hatch=HATCHES[part % len(HATCHES)],
                edgecolor="white",
                linewidth=1.0,
            )
            for one, bar in zip(drawn, bars, strict=True):
                one.set_alpha(1.0 if bar.is_of else 0.38)
            base = [low + high for low, high in zip(base, heights, strict=True)]
        top = max([*base, 1.0])
        axes.set_ylim(0, top * 1.14)
        axes.set_xlim(-0.6, len(bars) - 0.4 + len(bars) * 0.16)
        axes.set_yticks([])
        _numbers(style, axes, bars, base, top)
        if middle is not None:
            axes.axhline(middle, xmax=0.86, color=GREY, linewidth=1.5, linestyle=(0, (5, 4)), zorder=3)
        _names(axes, bars, names, top)
        _days(style, axes, bars, by_week=by_week)
        return style.note(figure, n=n)


def _numbers(style: Style, axes: Axes, bars: Sequence[Bar], whole: Sequence[float], top: float) -> None:
    for place, (bar, high) in enumerate(zip(bars, whole, strict=True)):
        if bar.is_of or len(bars) <= MOST_NUMBERED:
            shown = style.number(high) + ("*" if bar.is_part else "")
            colour = INK if bar.is_of else GREY
            text = axes.text(
                place, high + top * 0.02, shown, ha="center", va="bottom", size=BASE, color=colour, zorder=4
            )
            text.set_bbox({"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.0})


def _usual(style: Style, bars: Sequence[Bar]) -> tuple[float | None, str]:
    """Where the middle of the bars before lies, and what is said of it."""
    before = [bar.whole for bar in bars if not bar.is_of]
    if len(before) < ENOUGH_BEFORE:
        return None, ""
    middle = median(before)
    return middle, style.label("middle", value=style.number(middle))


def _names(axes: Axes, bars: Sequence[Bar], names: Sequence[str], top: float) -> None:
    """Beside the last bar that has them all, each part's name at its height."""
    last = bars[-1]
    middles, base = [], 0.0
    for height in last.parts:
        middles.append(base + height / 2)
        base += height
    known = [at for at, height in enumerate(last.parts) if height] or list(range(len(names)))
    others = [at for at in range(len(names)) if at not in known]
    heights = apart([middles[at] for at in known], top * 0.075)
    above = max([*heights, 0.0])
    for at, height in [
        *zip(known, heights, strict=True),
        *((at, above + top * 0.075 * number) for number, at in enumerate(others, start=1)),
    ]:
        colour = COLOURS[at % len(COLOURS)]
        axes.plot([len(bars) - 0.42], [height], marker="s", markersize=10, color=colour, clip_on=False)
        axes.text(len(bars) - 0.18, height, names[at], size=BASE, color=INK, va="center", clip_on=False)


def _days(style: Style, axes: Axes, bars: Sequence[Bar], *, by_week: bool) -> None:
    """As many dates as fit."""
    step = 1 if len(bars) <= 15 else 2 if len(bars) <= 24 else max(len(bars) // 8, 1)
    shown = list(range(len(bars) - 1, -1, -step))[::-1]
    axes.set_xticks(shown)
    if len(bars) <= 15 and not by_week:
        labels = [f"{bars[at].day.day}\n{style.weekday(bars[at].day)}" for at in shown]
    else:
        labels = [style.day(bars[at].day) for at in shown]
    axes.set_xticklabels(labels, linespacing=1.15)


def breakdown(
    style: Style,
    *,
    title: str,
    names: Sequence[str],
    values: Sequence[float],
    before: Sequence[float | None],
    shown: Callable[[float], str],
    n: str,
    method: str = "",
    tail: Sequence[str] = (),
) -> Figure:
    """Parts of a whole, largest first, each with its number; a mark where it stood before. ``tail`` is what
    follows each number."""
    rows = len(names)
    with drawing():
        figure, axes = style.figure(title, height=max(340, 180 + 58 * rows), left=0.045, below=62)
        places = list(range(rows))[::-1]
        most = max([*values, *(one for one in before if one), 1.0])
        axes.barh(places, [max(one, 0.0) for one in values], height=0.62, color=COLOURS[0], zorder=2)
        for place, one in zip(places, before, strict=True):
            if one is not None:
                axes.plot([one, one], [place - 0.36, place + 0.36], color=INK, linewidth=3, zorder=3)
        for at, (place, name, value) in enumerate(zip(places, names, values, strict=True)):
            axes.text(-most * 0.015, place, fonts.readable(name), ha="right", va="center", size=BASE)
            text = shown(value) + (tail[at] if tail else "")
            edge = max([value, *(one for one in [before[at]] if one is not None)])
            axes.text(edge + most * 0.015, place, text, ha="left", va="center", size=BASE, color=INK)
        axes.set_xlim(-most * 0.34, most * 1.34)
        axes.set_ylim(-0.6, rows - 0.4)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        axes.plot([0, 0], [-0.5, rows - 0.5], color=PALE, linewidth=1.2)
        return style.note(figure, n=n, method=method)
