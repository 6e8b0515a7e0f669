"""How every picture looks: one finding as its title, direct labels, and below what it stands on.

Colours are Okabe and Ito's, told apart by any eye, and hatched besides, so that grey print loses nothing.
"""

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from bot.pictures import fonts
from crm_store.money import decimals

BLUE, VERMILION, ORANGE, GREEN, SKY, PINK = (
    "#0072B2",
    "#D55E00",
    "#E69F00",
    "#009E73",
    "#56B4E9",
    "#CC79A7",
)
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PINK)
HATCHES = ("", "//", "..", "\\\\", "xx", "--")
INK, GREY, PALE = "#222222", "#6B6B6B", "#D9D9D9"

WIDTH, HEIGHT, DPI = 1000, 640, 100
BASE, TITLE, SMALL = 16, 23, 13
"""Points; a photo is looked at on a telephone."""

LEFT = 0.045
GAP, EDGE = 8.0, 10.0
"""Pixels between what is drawn and what stands below it, and to the edges."""

SHRINKS = 5

_NUMBER_AND_HAN = re.compile(r"(\d)([\u4e00-\u9fff])")
_TITLE_CELLS, _NOTE_CELLS = 58, 100
"""Of a line of the title, and of what stands below; a Chinese character takes two."""


@dataclass(frozen=True)
class Drawn:
    """A picture; ``alt`` says in words what it shows, for who cannot see it."""

    name: str
    figure: Figure
    alt: str

    def png(self) -> bytes:
        made = io.BytesIO()
        with drawing():
            self.figure.savefig(made, format="png", dpi=DPI)
        return made.getvalue()


@dataclass(frozen=True)
class Tongue:
    """What a picture needs of one language: its locale, its labels by section, how it writes the currency,
    and the period and the zone of the report (``about``)."""

    locale: str
    labels: Mapping[str, Mapping[str, str]]
    symbol: str
    about: str


@dataclass(frozen=True)
class Style:
    """What a picture needs besides its figures. ``tongues`` holds the reader's language and English, which is
    what pictures say where no font has Chinese letters."""

    language: str
    currency: str
    tongues: Mapping[str, Tongue]

    @property
    def spoken(self) -> str:
        """The language of what is written on pictures."""
        return self.language if fonts.han() is not None else "en"

    @property
    def locale(self) -> str:
        return self.tongues[self.spoken].locale

    def label(self, key: str, **values: Any) -> str:
        """From ``[charts]``."""
        return self.tongues[self.spoken].labels["charts"][key].format(**values)

    def alt(self, key: str, **values: Any) -> str:
        """From ``[charts]``, for the caption: in the reader's language in any case."""
        return self.tongues[self.language].labels["charts"][key].format(**values)

    def term(self, section: str, key: str) -> str:
        """A word of another section; what has none is shown as it is."""
        return fonts.readable(self.tongues[self.spoken].labels[section].get(key, key))

    def number(self, value: float, digits: int = 0) -> str:
        pattern = "#,##0" + (f".{'0' * digits}" if digits else "")
        return format_decimal(value, format=pattern, locale=self.locale)

    def percent(self, fraction: float) -> str:
        return format_percent(fraction, locale=self.locale)

    def money(self, minor: float) -> str:
        """Rounded to about three figures, as a picture shows it: ¥1.23 万, ¥12.3K."""
        whole = abs(minor) / 10 ** decimals(self.currency)
        symbol = ("-" if minor < 0 else "") + self.tongues[self.spoken].symbol
        figures, step = len(str(int(whole))), 4 if self.spoken == "zh" else 3
        if figures <= step:
            return symbol + self.number(round(whole, 3 - figures))
        places = max(2 - (figures - 1) % step, 0)
        short = format_compact_decimal(whole, locale=self.locale, fraction_digits=places)
        return symbol + _NUMBER_AND_HAN.sub(r"\1 \2", short)

    def day(self, day: date) -> str:
        """Short, for an axis: 11/20, 20 Nov."""
        return format_skeleton("Md" if self.spoken == "zh" else "MMMd", day, locale=self.locale)

    def weekday(self, day: date) -> str:
        """One letter."""
        return format_date(day, "EEEEE", locale=self.locale)

    def figure(
        self, title: str, *, under: str = "", height: int = HEIGHT, left: float = 0.085, below: int = 118
    ) -> tuple[Figure, Axes]:
        """An empty picture with its title, a line in grey ``under`` it, and the axes to draw on: only a line
        below, no frame. ``below`` is the room for what is written there, in pixels."""
        lines = wrapped(fonts.readable(title), _TITLE_CELLS)[:2]
        figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        line = 36 / height
        figure.text(
            LEFT, 1 - 20 / height, "\n".join(lines), size=TITLE, color=INK, va="top", linespacing=1.25
        )
        if under:
            place = 1 - (26 / height + len(lines) * line)
            figure.text(LEFT, place, fonts.readable(under), size=BASE - 1, color=GREY, va="top")
        top = 1 - (34 / height + len(lines) * line + (34 if under else 14) / height)
        axes = figure.add_axes((left, below / height, 0.955 - left, top - below / height))
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(GREY)
        axes.tick_params(length=0, labelsize=BASE, colors=INK, pad=6)
        axes.set_axisbelow(True)
        return figure, axes

    def note(self, figure: Figure, *, n: str, method: str = "") -> Figure:
        """The picture, with what it stands on written below: the last thing that is written on it. What was
        drawn makes room for it."""
        parts = [self.tongues[self.spoken].about, n, *([method] if method else [])]
        said = fonts.readable(" · ".join(parts))
        with drawing():
            note = figure.text(LEFT, 0.02, "", size=SMALL, color=GREY, va="bottom", linespacing=1.3)
            for cells in range(_NOTE_CELLS, 40, -4):
                note.set_text("\n".join(wrapped(said, cells)))
                if _box(figure, note).x1 <= (1 - LEFT / 2) * figure.bbox.width:
                    break
            _make_room(figure, _box(figure, note).y1 + GAP)
        return figure


def _box(figure: Figure, drawn: Artist) -> Bbox:
    """What it covers, in pixels."""
    return drawn.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]


def _make_room(figure: Figure, bottom: float) -> None:
    """Nothing of the axes reaches below ``bottom`` or beyond the edges, both in pixels: they shrink by what
    does. Labels move with them by less than they shrink, so a few times."""
    width, height = figure.bbox.width, figure.bbox.height
    for axes in figure.axes * SHRINKS:
        covered = axes.get_tightbbox(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        assert covered is not None
        place = axes.get_position()
        low = max(0.0, (bottom - covered.y0) / height)
        left = max(0.0, (EDGE - covered.x0) / width)
        right = max(0.0, (covered.x1 - (width - EDGE)) / width)
        if low or left or right:
            axes.set_position(
                (place.x0 + left, place.y0 + low, place.width - left - right, place.height - low)
            )


def drawing() -> Any:
    """A context in which letters are looked for in our fonts."""
    return rc_context({"font.family": fonts.families(), "axes.unicode_minus": False, "hatch.linewidth": 1.1})


def wrapped(text: str, cells: int) -> list[str]:
    """A text in lines of at most so many cells, broken between words, or between Chinese characters."""
    lines, line, width = [], "", 0
    for word in _words(text):
        long = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in word)
        if line and width + long > cells and word not in _NEVER_FIRST:
            lines.append(line.rstrip())
            line, width = "", 0
            word = word.lstrip()
        line, width = line + word, width + long
    return [*lines, line.rstrip()] if line.strip() else lines


_NEVER_FIRST = "，。；：、）！？,.;:)!?"


def _words(text: str) -> list[str]:
    words: list[str] = []
    for one in text:
        wide = unicodedata.east_asian_width(one) in "WF"
        if words and not wide and not words[-1].endswith(" ") and _is_narrow(words[-1]):
            words[-1] += one
        else:
            words.append(one)
    return words


def _is_narrow(word: str) -> bool:
    return unicodedata.east_asian_width(word[-1]) not in "WF"


def apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Places for labels as near to where they are wanted as leaves so much between them; ``wanted``
    ascends."""
    places: list[float] = []
    for one in wanted:
        places.append(max(one, places[-1] + gap) if places else one)
    shift = (places[-1] - wanted[-1]) / 2 if places else 0.0
    return [one - shift for one in places]
