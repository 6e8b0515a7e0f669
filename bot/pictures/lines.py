"""Lines over time: a figure beside the time before it, and what is expected next."""

from collections.abc import Callable, Sequence
from datetime import date

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bot.pictures.style import BASE, BLUE, GREY, INK, ORANGE, PALE, Style, apart, drawing

MOST_DATES = 8


def compared(
    style: Style,
    *,
    title: str,
    days: Sequence[date],
    values: Sequence[float],
    before: Sequence[float],
    shown: Callable[[float], str],
    n: str,
    method: str = "",
    is_part: bool = False,
) -> Figure:
    """A line, and dashed behind it the time before, day by day; ``before`` may be shorter, or empty.
    ``is_part``: the last day is not over, its point is hollow."""
    with drawing():
        figure, axes = style.figure(title, left=0.13)
        if before:
            axes.plot(range(len(before)), before, color=GREY, linewidth=2.4, linestyle=(0, (4, 3)), zorder=2)
        axes.plot(range(len(values)), values, color=BLUE, linewidth=3.6, zorder=3, solid_capstyle="round")
        axes.plot(
            [len(values) - 1],
            [values[-1]],
            marker="o",
            markersize=11,
            markerfacecolor="white" if is_part else BLUE,
            markeredgecolor=BLUE,
            markeredgewidth=2.5,
            zorder=4,
        )
        top = max([*values, *before, 1.0])
        axes.set_ylim(min(0.0, *values, *before) * 1.05, top * 1.1)
        axes.set_xlim(-len(values) * 0.03, len(values) - 1 + max(len(values) * 0.3, 0.6))
        ends = [(values[-1], f"{style.label('now')} {shown(values[-1])}" + ("*" if is_part else ""), BLUE)]
        if before:
            at = min(len(values), len(before)) - 1
            ends.append((before[at], f"{style.label('former')} {shown(before[at])}", GREY))
        _ends(axes, len(values) - 1, sorted(ends), top)
        _scale(axes, shown, top)
        _dates(style, axes, days)
        return style.note(figure, n=n, method=method)


def expected(
    style: Style,
    *,
    title: str,
    days: Sequence[date],
    values: Sequence[float],
    ahead_days: Sequence[date],
    ahead: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    shown: Callable[[float], str],
    n: str,
    method: str = "",
) -> Figure:
    """What was, and from there on what is expected, with its range as a band."""
    with drawing():
        figure, axes = style.figure(title, left=0.13)
        places = list(range(len(values)))
        after = list(range(len(values) - 1, len(values) + len(ahead)))
        axes.plot(places, values, color=BLUE, linewidth=3.4, zorder=3)
        axes.plot(after, [values[-1], *ahead], color=ORANGE, linewidth=3.4, linestyle=(0, (4, 2)), zorder=3)
        axes.fill_between(
            after,
            [values[-1], *low],
            [values[-1], *high],
            color=ORANGE,
            alpha=0.24,
            hatch="//",
            edgecolor=ORANGE,
            linewidth=0,
            zorder=2,
        )
        top = max([*values, *high, 1.0])
        axes.set_ylim(0, top * 1.1)
        axes.set_xlim(-len(places) * 0.03, after[-1] + max(len(places) * 0.24, 0.6))
        ends = [
            (high[-1], style.label("at_most", value=shown(high[-1])), GREY),
            (ahead[-1], style.label("expected", value=shown(ahead[-1])), INK),
            (low[-1], style.label("at_least", value=shown(low[-1])), GREY),
        ]
        _ends(axes, after[-1], sorted(ends), top)
        _scale(axes, shown, top)
        _dates(style, axes, [*days, *ahead_days])
        return style.note(figure, n=n, method=method)


def _ends(axes: Axes, place: float, ends: Sequence[tuple[float, str, str]], top: float) -> None:
    """What the lines are, at their ends, none over another."""
    heights = apart([height for height, _, _ in ends], top * 0.085)
    for (_, text, colour), height in zip(ends, heights, strict=True):
        axes.annotate(
            text,
            (place, height),
            xytext=(14, 0),
            textcoords="offset points",
            size=BASE,
            color=colour,
            va="center",
            annotation_clip=False,
        )


def _scale(axes: Axes, shown: Callable[[float], str], top: float) -> None:
    """Few round levels are enough to read heights by."""
    levels = [one for one in MaxNLocator(nbins=3).tick_values(0.0, top) if 0.0 <= one <= top * 1.1]
    axes.set_yticks(levels)
    axes.set_yticklabels([shown(one) for one in levels])
    axes.tick_params(axis="y", labelcolor=GREY, labelsize=BASE - 1)
    for level in levels[1:]:
        axes.axhline(level, color=PALE, linewidth=1.0, zorder=1)


def _dates(style: Style, axes: Axes, days: Sequence[date]) -> None:
    step = max((len(days) + MOST_DATES - 1) // MOST_DATES, 1)
    places = list(range(0, len(days), step))
    axes.set_xticks(places)
    axes.set_xticklabels([style.day(days[at]) for at in places])
