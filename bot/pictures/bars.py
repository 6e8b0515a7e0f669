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

CELLS = 64
"""So many characters fit above all bars."""


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
    style: Style,
    *,
    title: str,
    bars: Sequence[Bar],
    names: Sequence[str],
    n: str,
    by_week: bool,
    shown: Callable[[float], str] | None = None,
) -> Figure:
    """Bars over time in parts, those of the period in full colour; ``shown`` writes a height (as a number,
    where nothing else is said)."""
    shown = shown or style.number
    names = [fonts.readable(one) for one in names]
    with drawing():
        middle, under = _usual(style, bars, shown)
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
        several = len(names) > 1
        axes.set_xlim(-0.6, len(bars) - 0.4 + (len(bars) * 0.16 if several else 0))
        axes.set_yticks([])
        _numbers(axes, bars, base, top, shown)
        if middle is not None:
            axes.axhline(
                middle,
                xmax=0.86 if several else 1.0,
                color=GREY,
                linewidth=1.5,
                linestyle=(0, (5, 4)),
                zorder=3,
            )
        if several:
            _names(axes, bars, names, top)
        _days(style, axes, bars, by_week=by_week)
        return style.note(figure, n=n, method=_signs(style, bars))


def _numbers(
    axes: Axes, bars: Sequence[Bar], whole: Sequence[float], top: float, shown: Callable[[float], str]
) -> None:
    """Above each bar, where they fit beside each other; else above the period's own, or its highest."""
    texts = [shown(high) + ("*" if bar.is_part else "") for bar, high in zip(bars, whole, strict=True)]
    fits = len(bars) * max(len(one) + 1 for one in texts) <= CELLS
    own = [at for at, bar in enumerate(bars) if bar.is_of]
    if len(own) * max((len(texts[at]) + 1 for at in own), default=0) > CELLS * len(own) / len(bars):
        own = sorted({max(own, key=lambda at: whole[at]), own[-1]}) if own else []
    for at, text in enumerate(texts):
        if fits or at in own:
            colour = INK if bars[at].is_of else GREY
            placed = axes.text(
                at, whole[at] + top * 0.02, text, ha="center", va="bottom", size=BASE, color=colour, zorder=4
            )
            placed.set_bbox({"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.0})


def _usual(style: Style, bars: Sequence[Bar], shown: Callable[[float], str]) -> tuple[float | None, str]:
    """Where the middle of the bars before lies, and what is said of it."""
    before = [bar.whole for bar in bars if not bar.is_of]
    if len(before) < ENOUGH_BEFORE:
        return None, ""
    middle = median(before)
    return middle, style.label("middle", value=shown(middle))


def _signs(style: Style, bars: Sequence[Bar]) -> str:
    """What pale bars and stars mean, where there are any."""
    pale = [] if all(bar.is_of for bar in bars) else [style.label("pale")]
    star = [style.label("star")] if any(bar.is_part for bar in bars) else []
    return " · ".join([*pale, *star])


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
        for text, shift, shown in (("\u25a0", 6, colour), (names[at], 26, INK)):
            axes.annotate(
                text,
                (len(bars) - 0.6, height),
                xytext=(shift, 0),
                textcoords="offset points",
                size=BASE,
                color=shown,
                va="center",
                annotation_clip=False,
            )


def _days(style: Style, axes: Axes, bars: Sequence[Bar], *, by_week: bool) -> None:
    """As many dates as fit."""
    step = 1 if len(bars) <= 15 else -(-len(bars) // 7)
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
