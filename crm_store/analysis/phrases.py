"""The shipped training phrases: one a line, a file a kind and language, grouped by trade.

``phrases/<language>/<kind>.txt`` and ``<kind>_more.txt``, and ``urgent.txt`` for what cannot wait, whatever
its kind. A line starting with ``# `` names the trade of the lines below it; empty lines say nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crm_store.analysis.normalise import has_letters
from crm_store.service.states import Kind

LANGUAGES = ("zh", "en")
KINDS = (Kind.INQUIRY, Kind.COMPLAINT, Kind.FEEDBACK, Kind.ORDER_STATUS)

_FOLDER = Path(__file__).with_name("phrases")


@dataclass(frozen=True)
class Phrase:
    text: str
    kind: Kind
    trade: str  # phrases of one trade are never split between training and judging
    language: str


def load_phrases() -> list[Phrase]:
    """Every shipped phrase that has a kind, always in the same order."""
    return [
        Phrase(text, kind, trade, language)
        for language in LANGUAGES
        for kind in KINDS
        for file in (f"{kind}.txt", f"{kind}_more.txt")
        for trade, text in _read(_FOLDER / language / file)
    ]


def load_urgent_phrases() -> list[str]:
    """Messages that cannot wait, of any kind, always in the same order."""
    return [text for language in LANGUAGES for _, text in _read(_FOLDER / language / "urgent.txt")]


def _read(file: Path) -> Iterator[tuple[str, str]]:
    if not file.exists():
        return
    trade = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("# "):
            trade = text.removeprefix("# ")
        elif has_letters(text):
            yield trade, text
