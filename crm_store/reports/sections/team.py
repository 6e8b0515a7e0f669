"""Team: who answered, who resolved, who sold. Counts, not a ranking: tickets differ."""

from collections import defaultdict
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import days
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import Window, within
from crm_store.reports.sections import Figures, Scope, Table
from crm_store.service.tables import Direction, Message, Ticket
from crm_store.staff import staff as staff_verbs

NOTHING = {"answers": 0, "tickets": 0, "resolved": 0, "orders": 0, "sales": 0}


def figures(session: Session, *, window: Window, before: Window, scope: Scope) -> Figures:
    """By member of staff, most tickets answered first: ``answers`` they wrote on so many ``tickets``, tickets
    ``resolved`` that are theirs, ``orders`` they took and what those come to (``sales``)."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: dict(NOTHING))
    answers = (
        select(col(Message.author_id), func.count(), func.count(col(Message.ticket_id).distinct()))
        .where(col(Message.direction) == Direction.OUT, *within(col(Message.at), window))
        .where(col(Message.author_id).is_not(None))
        .group_by(col(Message.author_id))
    )
    for author, n, tickets in session.execute(answers):
        found[author] |= {"answers": n, "tickets": tickets}
    resolved = (
        select(col(Ticket.assignee_id), func.count())
        .where(col(Ticket.assignee_id).is_not(None), *within(col(Ticket.resolved_at), window))
        .group_by(col(Ticket.assignee_id))
    )
    for assignee, n in session.execute(resolved):
        found[assignee]["resolved"] = n
    sold = days.figures(
        session, measure=Measure.SALES, by=By.REP, window=window, zone=scope.zone, currency=scope.currency
    )
    for key, (orders, value) in sold.items():
        if key and orders:
            found[int(key)] |= {"orders": orders, "sales": value}
    names = {key: one.name for key, one in staff_verbs.by_ids(session, ids=found).items()}
    people: list[dict[str, Any]] = [
        {"name": names.get(key, f"#{key}"), **found[key]}
        for key in sorted(found, key=lambda key: (-found[key]["tickets"], -found[key]["sales"], key))
    ]
    return {
        "empty": not people,
        "n": {"people": len(people)},
        "finding": None,
        "people": people,
        "total": {key: sum(one[key] for one in people) for key in NOTHING},
    }


def table(figures: Figures) -> Table:
    """One row a person."""
    rows = [[one["name"], *(one[key] for key in NOTHING)] for one in figures["people"]]
    return Table(["person", *NOTHING], rows, money={"sales"})
