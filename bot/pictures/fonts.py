"""Letters: a font of this machine that has Chinese ones, and what can be read where there is none."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "%WINDIR%/Fonts",
)
KNOWN = (
    "notosanscjk-regular",
    "notosanscjksc-regular",
    "notosanssc",
    "sourcehansans",
    "wqy-microhei",
    "wqy-zenhei",
    "pingfang",
    "hiragino sans gb",
    "stheiti",
    "msyh",
    "simhei",
    "droidsansfallback",
)
"""How the files of fonts with Chinese letters begin, the best to read first."""

SUFFIXES = (".ttc", ".ttf", ".otf")
LATIN = "DejaVu Sans"
"""Comes with matplotlib: letters, signs and arrows that the other may lack."""

PROOF = "掌柜销售额退款"


@cache
def han() -> str | None:
    """The family of a font with Chinese letters, ready to be used; None where there is none."""
    for path in sorted(_files(), key=_rank):
        try:
            if all(FT2Font(str(path)).get_char_index(ord(one)) for one in PROOF):
                font_manager.fontManager.addfont(path)
                return str(font_manager.FontProperties(fname=str(path)).get_name())
        except (OSError, RuntimeError):  # not what its name says
            continue
    return None


def families() -> list[str]:
    """In which fonts a letter is looked for, in this order."""
    found = han()
    return [found, LATIN] if found is not None else [LATIN]


def readable(text: str) -> str:
    """A text as far as it can be drawn: Chinese by its sounds where there are no letters for it, and without
    signs that no font has."""
    if han() is None and any(not _is_drawn(one) for one in text):
        text = _sounded(text)
    return "".join(one for one in text if _is_drawn(one)).strip()


def _sounded(text: str) -> str:
    from pypinyin import lazy_pinyin  # a quarter of a second that most machines can spare

    return " ".join(" ".join(lazy_pinyin(text)).split())


@cache
def _is_drawn(letter: str) -> bool:
    return any(font.get_char_index(ord(letter)) for font in _faces())


@cache
def _faces() -> tuple[FT2Font, ...]:
    return tuple(
        FT2Font(font_manager.findfont(font_manager.FontProperties(family=one))) for one in families()
    )


def _files() -> Iterable[Path]:
    for folder in FOLDERS:
        for path in Path(os.path.expandvars(folder)).expanduser().glob("**/*"):
            if path.suffix.lower() in SUFFIXES and _rank(path) < len(KNOWN):
                yield path


def _rank(path: Path) -> int:
    name = path.name.lower()
    return next((at for at, one in enumerate(KNOWN) if name.startswith(one)), len(KNOWN))
