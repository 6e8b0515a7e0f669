"""Two shares of the same parts side by side: of the customers, and of what they bring."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from bot.pictures import fonts
from bot.pictures.style import BASE, BLUE, INK, ORANGE, PALE, Style, drawing


def shares(
    style: Style,
    *,
    title: str,
    names: Sequence[str],
    first: Sequence[float],
    second: Sequence[float],
    called: tuple[str, str],
    n: str,
    method: str = "",
) -> Figure:
    """Fractions of one, a pair of bars a part."""
    rows = len(names)
    with drawing():
        figure, axes = style.figure(title, height=max(400, 180 + 76 * rows), left=0.24, below=62)
        most = max([*first, *second, 0.01])
        for place, name, one, other in zip(range(rows - 1, -1, -1), names, first, second, strict=True):
            for value, shift, colour, hatch in ((one, 0.2, BLUE, ""), (other, -0.2, ORANGE, "//")):
                axes.barh(
                    place + shift, value, height=0.36, color=colour, hatch=hatch, edgecolor="white", zorder=2
                )
                axes.text(
                    value + most * 0.012, place + shift, style.percent(value), va="center", size=BASE - 1
                )
            axes.text(-most * 0.02, place, fonts.readable(name), ha="right", va="center", size=BASE)
        for shift, text in ((0.2, called[0]), (-0.2, called[1])):
            value = first[0] if shift > 0 else second[0]
            axes.text(
                value + most * 0.13,
                rows - 1 + shift,
                fonts.readable(text),
                va="center",
                size=BASE - 1,
                color=INK,
            )
        axes.plot([0, 0], [-0.5, rows - 0.5], color=PALE, linewidth=1.2)
        axes.set_xlim(0, most * 1.42)
        axes.set_ylim(-0.6, rows - 0.4)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        return style.note(figure, n=n, method=method)
