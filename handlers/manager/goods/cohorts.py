"""/cohort, 留存: customers by the month of their first purchase, and how many came in each month after it."""

from typing import Any

from crm_store.analysis.tables import AnalysisKind, Snapshot
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.columns import padded, right, width
from handlers.commands import command, tap
from handlers.manager.goods.buttons import ShowCohorts
from handlers.manager.goods.kept import again, latest
from handlers.taps import button

MONTHS = 6
"""After the first, as many as a phone is wide."""

ENOUGH = 10
"""Customers: of fewer there are counts, no per cents."""

PARTIAL = "*"


ALL = -1


def named(chat: Chat) -> None:
    kept = latest(chat, AnalysisKind.COHORTS)
    if kept is not None:
        _show(chat, kept, ALL)


def tapped(chat: Chat, tapped: ShowCohorts) -> None:
    kept = latest(chat, AnalysisKind.COHORTS)
    if kept is None:
        return
    if kept.id != tapped.snapshot or not ALL <= tapped.channel < len(kept.result["channels"]):
        chat.toast("old_button")
        return
    _show(chat, kept, tapped.channel)


def _show(chat: Chat, kept: Snapshot, at: int) -> None:
    channels: list[tuple[str, dict[str, Any]]] = kept.result["channels"]
    channel, found = channels[at] if at != ALL else (None, kept.result)
    names = chat.words.labels(chat.language, "sources")
    parts = [
        button("cohorts_of", ShowCohorts(kept.id, place), name=str(names.get(source, source))[:20])
        for place, (source, _) in enumerate(channels)
        if place != at
    ]
    whole = [button("cohorts_of_all", ShowCohorts(kept.id, ALL))] if at != ALL else []
    later = [
        (month, came, of) for month, (came, of) in enumerate(found["later"], 1) if month <= MONTHS and of
    ]
    chat.show(
        "manager/goods/cohorts.html.j2",
        kept=kept,
        found=found,
        channel=channel,
        table=table(found, first=chat.words.label(chat.language, "cohorts", "month")),
        later=later,
        buttons=[parts[:2], parts[2:], whole, *again()],
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


HANDLERS = [
    command("cohort", "留存", role=Role.MANAGER, run=named),
    tap(ShowCohorts, role=Role.MANAGER, run=tapped),
]
