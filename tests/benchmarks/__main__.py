"""python -m tests.benchmarks [name …]: one table. Without names, all of them."""

import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    a_million,
    campaign,
    card,
    duplicates,
    end_to_end,
    find,
    freezing,
    goods,
    importing,
    inbox_to_ticket,
    intent,
    segments,
    value,
)
from tests.benchmarks.line import Line
from tests.benchmarks.machine import describe

BENCHMARKS: dict[str, Callable[[], Iterator[Line]]] = {
    "inbox_to_ticket": inbox_to_ticket.run,
    "end_to_end": end_to_end.run,
    "a_million": a_million.run,
    "card": card.run,
    "importing": importing.run,
    "segments": segments.run,
    "goods": goods.run,
    "campaign": campaign.run,
    "freezing": freezing.run,
    "value": value.run,
}
OTHERS: dict[str, Callable[[], None]] = {
    "intent": intent.main,
    "find": find.main,
    "duplicates": duplicates.main,
}
"""Benchmarks with tables of their own."""


def main(names: list[str]) -> int:
    """Measure, print, and return 1 when something asked was not reached."""
    unknown = [name for name in names if name not in BENCHMARKS and name not in OTHERS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join([*BENCHMARKS, *OTHERS])}")
        return 2
    chosen = names or [*BENCHMARKS, *OTHERS]
    console = Console(width=120)
    lines = _measure(console, [name for name in chosen if name in BENCHMARKS])
    for name in chosen:
        if name in OTHERS:
            OTHERS[name]()
    return int(any(line.fine is False for line in lines))


def _measure(console: Console, names: list[str]) -> list[Line]:
    if not names:
        return []
    caption = describe()
    lines: list[Line] = []
    for name in names:
        with console.status(f"measuring {name} …"):
            lines += BENCHMARKS[name]()
    table = Table(title="Zhanggui", caption=caption, caption_justify="left")
    table.add_column("what")
    table.add_column("measured")
    table.add_column("asked")
    table.add_column("")
    for line in lines:
        table.add_row(line.what, line.measured, line.asked, {True: "✓", False: "✗", None: ""}[line.fine])
    console.print(table)
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
