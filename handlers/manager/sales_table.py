"""Sales in rows of a fixed-width font: name, sales, refunds, a bar."""

from datetime import date
from typing import Any

from crm_store.analysis.measures import OFF_WHOLE, By
from handlers.columns import amount, bar, clipped, padded, right, width
from handlers.words import Words, shown_short_day

NAME_CELLS, BAR_CELLS = 11, 5
MOST_ROWS = 12

Row = tuple[str, int, int]
"""A name, sales and refunds in minor units."""


def parts(words: Words, language: str, found: dict[str, Any], *, by: By, currency: str) -> str:
    """A row for each of the parts that sold most, the rest in one."""
    rows = [
        (name(words, language, by, one), one["sales"], one["refunded"])
        for one in found["parts"][by]
        if one["sales"] or one["refunded"]
    ]
    shown, rest = (rows, []) if len(rows) <= MOST_ROWS else (rows[: MOST_ROWS - 1], rows[MOST_ROWS - 1 :])
    if rest:
        others = words.label(language, "sales_words", "others", count=len(rest))
        shown.append((others, sum(row[1] for row in rest), sum(row[2] for row in rest)))
    return _table(words, language, shown, by=by, currency=currency)


def by_time(words: Words, language: str, rows: list[dict[str, Any]], *, by_week: bool, currency: str) -> str:
    """A row for each day or week of the window."""
    named = [
        (shown_short_day(language, date.fromisoformat(one["day"])), one["sales"], one["refunded"])
        for one in rows
        if one["is_of"]
    ]
    return _table(words, language, named, by="week" if by_week else "day", currency=currency)


def name(words: Words, language: str, by: By, row: dict[str, Any]) -> str:
    """What a part is called; what has no name is said to have none."""
    if row["key"] == OFF_WHOLE:
        return words.label(language, "sales_words", "off_whole")
    if row["name"] is None:
        return words.label(language, "sales_unknown", by)
    if by == By.CHANNEL:
        return str(words.labels(language, "sales_channels").get(row["name"], row["name"]))
    return str(row["name"])


def _table(words: Words, language: str, rows: list[Row], *, by: str, currency: str) -> str:
    """With a line of headings and, of several rows, one that adds them up."""
    if not rows:
        return ""
    most = max(sold for _, sold, _ in rows)
    lines = [
        (clipped(text, NAME_CELLS), sold, given, bar(sold, most, BAR_CELLS)) for text, sold, given in rows
    ]
    if len(rows) > 1:
        total = words.label(language, "sales_words", "total")
        lines.append((total, sum(row[1] for row in rows), sum(row[2] for row in rows), ""))
    shown = [
        (text, amount(sold, currency), amount(given, currency), drawn) for text, sold, given, drawn in lines
    ]
    heads = [words.label(language, "sales_words", key) for key in ("sales", "refunds")]
    wide = [max(width(heads[at]), *(width(line[at + 1]) for line in shown)) for at in (0, 1)]
    first = padded(clipped(words.label(language, "sales_by", by), NAME_CELLS), NAME_CELLS)
    head = f"{first} {right(heads[0], wide[0])} {right(heads[1], wide[1])}"
    body = [
        f"{padded(text, NAME_CELLS)} {right(sold, wide[0])} {right(given, wide[1])} {drawn}".rstrip()
        for text, sold, given, drawn in shown
    ]
    return "\n".join([head, *body])
