"""/cohort, 留存: customers by the month of their first purchase, and how many came in each month after it."""

from typing import Any

from crm_store.analysis.tables import AnalysisKind
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.columns import padded, right, width
from handlers.commands import command
from handlers.manager.goods.kept import again, latest

MONTHS = 6
"""After the first, as many as a phone is wide."""

ENOUGH = 10
"""Customers: of fewer there are counts, no per cents."""

PARTIAL = "*"


def named(chat: Chat) -> None:
    kept = latest(chat, AnalysisKind.COHORTS)
    if kept is None:
        return
    later = [(at, came, of) for at, (came, of) in enumerate(kept.result["later"], 1) if at <= MONTHS and of]
    chat.show(
        "manager/goods/cohorts.html.j2",
        kept=kept,
        table=table(kept.result, first=chat.words.label(chat.language, "cohorts", "month")),
        later=later,
        buttons=again(),
    )


def table(found: dict[str, Any], *, first: str) -> str:
    """Rows of a fixed-width font: month, customers, then the share that came in month 1, 2 …; the month that
    has not ended bears a star. Cohorts of fewer than ten have counts in brackets."""
    rows = [[first, "n", *(f"+{at}" for at in range(1, MONTHS + 1))]]
    for one in found["cohorts"]:
        cells = [_cell(came, one["n"]) for came in one["bought"][1 : MONTHS + 1]]
        if found["partial"] and 1 < len(one["bought"]) <= MONTHS + 1:
            cells[-1] += PARTIAL
        is_new = found["partial"] and len(one["bought"]) == 1
        rows.append([one["month"][2:7], f"{one['n']}{PARTIAL if is_new else ''}", *cells])
    columns = max(map(len, rows[1:]), default=2)
    rows = [[*row, *[""] * (columns - len(row))][:columns] for row in rows]
    wide = [max(width(row[at]) for row in rows) for at in range(columns)]
    return "\n".join(
        " ".join(
            [padded(row[0], wide[0]), *(right(cell, wide[at]) for at, cell in enumerate(row[1:], 1))]
        ).rstrip()
        for row in rows
    )


def _cell(came: int, of: int) -> str:
    return f"{round(100 * came / of)}%" if of >= ENOUGH else f"({came})"


HANDLERS = [command("cohort", "留存", role=Role.MANAGER, run=named)]
