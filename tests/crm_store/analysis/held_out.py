"""Messages the classifier has never met: reading the files in ``unseen``."""

from pathlib import Path

from crm_store.analysis.scoring import Labelled
from crm_store.service.states import Kind

FOLDER = Path(__file__).with_name("unseen")


def read_messages(language: str) -> list[Labelled]:
    return [
        Labelled(text, Kind(kind), frozenset(Kind(one) for one in also.split(",") if one))
        for kind, also, text in _rows(f"{language}.tsv")
    ]


def read_urgent(urgency: str) -> list[str]:
    """Texts whose urgency is ``high`` or ``calm``."""
    return [
        text for file in ("urgent.tsv", "urgent_more.tsv") for level, text in _rows(file) if level == urgency
    ]


def _rows(file: str) -> list[list[str]]:
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
