"""A page of the customers that the night named, as they stand now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from crm_store.analysis import standing
from crm_store.analysis.standing import Findings, Standing
from crm_store.customers.tables import Customer
from handlers.chat import Chat
from handlers.taps import Button, Tap, button

PAGE = 6


class Turn(Protocol):
    """A button's class that turns to a page."""

    def __call__(self, page: int, /) -> Tap: ...


@dataclass(frozen=True)
class Line:
    customer: Customer
    standing: Standing


@dataclass(frozen=True)
class Listed:
    """``lines`` are number ``first`` and following of ``count``; ``page`` of ``pages`` counts from 0."""

    lines: Sequence[Line]
    first: int
    count: int
    page: int
    pages: int


def page(chat: Chat, ids: Sequence[int], at: int, found: Findings) -> Listed:
    """Who was taken in by another since, or does not want to be profiled any more, is left out."""
    pages = max(1, -(-len(ids) // PAGE))
    at = min(max(at, 0), pages - 1)
    lines = []
    for id in ids[at * PAGE : (at + 1) * PAGE]:
        customer = chat.session.get(Customer, id)
        if customer is None or customer.merged_into_id is not None:
            continue
        stands = standing.of(chat.session, customer=customer, found=found)
        if stands is not None:
            lines.append(Line(customer, stands))
    return Listed(lines, at * PAGE + 1, len(ids), at, pages)


def turns(shown: Listed, turn: Turn) -> list[Button]:
    back = [button("previous", turn(shown.page - 1))] if shown.page else []
    return back + ([button("following", turn(shown.page + 1))] if shown.page + 1 < shown.pages else [])
