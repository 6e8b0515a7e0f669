"""One line of the table: what was measured, and what was asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """``fine`` is None where nothing was asked: a number to compare with."""

    what: str
    measured: str
    asked: str = ""
    fine: bool | None = None


def at_least(what: str, value: float, asked: float, unit: str, note: str = "") -> Line:
    return Line(what, f"{value:.{_digits(value)}f} {unit} {note}".rstrip(), f"≥ {asked:g}", value >= asked)


def at_most(what: str, value: float, asked: float, unit: str, note: str = "") -> Line:
    return Line(what, f"{value:.{_digits(value)}f} {unit} {note}".rstrip(), f"≤ {asked:g}", value <= asked)


def _digits(value: float) -> int:
    return 0 if value >= 100 else 1 if value >= 20 else 2
