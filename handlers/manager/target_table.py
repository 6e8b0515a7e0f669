"""What came of the months before, in rows of a fixed-width font: month, target, what came, its share."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from crm_store.money import decimals
from crm_store.reports.readings import Unit
from handlers.columns import padded, right, width
from handlers.words import Words

Rows = Sequence[Mapping[str, Any]]


def past(words: Words, language: str, rows: Rows, *, currency: str) -> str:
    """A part for each measure, the rows already in their order."""
    parts = [
        _part(words, language, measure, list(found), currency)
        for measure, found in groupby(rows, key=lambda one: str(one["measure"]))
    ]
    return "\n\n".join(parts)


def _part(words: Words, language: str, measure: str, rows: Rows, currency: str) -> str:
    heads = [words.label(language, "target_measures", measure)]
    heads += [words.label(language, "target_columns", one) for one in ("target", "actual")]
    lines = [
        [
            str(one["month"])[:7],
            _whole(one["amount"], one["unit"], currency),
            _whole(one["actual"], one["unit"], currency),
            f"{one['reached']:.0%}",
        ]
        for one in rows
    ]
    table = [[*heads, ""], *lines]
    wide = [max(width(cell) for cell in column) for column in zip(*table, strict=True)]
    return "\n".join(
        " ".join([padded(first, wide[0]), *map(right, rest, wide[1:])]).rstrip() for first, *rest in table
    )


def _whole(value: int, unit: str, currency: str) -> str:
    """Money without its smallest parts, which a table of months has no room for."""
    amount = Decimal(value).scaleb(-decimals(currency)) if unit == Unit.MONEY else Decimal(value)
    return f"{amount:,.0f}"
