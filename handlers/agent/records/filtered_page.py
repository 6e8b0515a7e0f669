"""A page of customers who fulfil a filter: found at once, or in a large shop beside the conversation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.customers import filters, lookups
from crm_store.customers.filters import Cursor, Filtered
from crm_store.customers.tables import Customer
from crm_store.mailbox import jobs
from crm_store.staff.tables import Staff
from handlers.agent.records import hits
from handlers.agent.records.buttons import TurnFound
from handlers.chat import Chat
from handlers.desk import Desk
from handlers.taps import Keyboard, button

JOB = "find"
PAGE = 6
COUNTED = 1000
"""A list longer than this is told to be longer, not counted."""


@dataclass(frozen=True)
class Setting:
    """Where a page is shown, to whom."""

    session: Session
    desk: Desk
    me: Staff
    now: datetime

    @property
    def language(self) -> str:
        return self.me.language


@dataclass(frozen=True)
class Found:
    """The customers of a page, by id; where its neighbours begin, packed; ``count``: of all, up to one more
    than ``COUNTED``."""

    customers: list[int]
    before: str | None
    after: str | None
    count: int

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def heard(cls, told: Mapping[str, Any]) -> "Found":
        return cls(**told)


def look(session: Session, *, filtered: Filtered, by: Staff, cursor: str) -> Found:
    """Read-only. ``cursor`` is where the page begins, with ``<`` before it where it ends. The first page,
    where there is none, or nothing lies beyond it any more."""
    at, back = Cursor.unpacked(cursor.removeprefix("<")), cursor.startswith("<")
    about: dict[str, Any] = {"filtered": filtered, "by": by, "limit": PAGE}
    page = filters.page(session, after=None if back else at, before=at if back else None, **about)
    if not page.customers and at is not None:
        page = filters.page(session, **about)
    count = filters.count(session, filtered=filtered, by=by, most=COUNTED + 1) if page.customers else 0
    return Found(
        [one.id for one in page.customers],
        before=page.before.packed() if page.before is not None else None,
        after=page.after.packed() if page.after is not None else None,
        count=count,
    )


def look_beside(chat: Chat, text: str, cursor: str) -> None:
    """The message becomes the page once it is found."""
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments={"text": text, "cursor": cursor},
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=chat.turn_into("agent/find/looking.html.j2", text=text),
        now=chat.now,
    )


def shown(at: Setting, text: str, found: Found) -> tuple[str, dict[str, Any], Keyboard | None]:
    """The template that shows a page, its values, and its buttons."""
    customers = [at.session.get(Customer, one) for one in found.customers]
    lines = hits.customer_lines(at, [(one, None) for one in customers if one is not None])
    if not lines:
        return "agent/find/nobody.html.j2", {"text": text}, None
    lookup = lookups.keep(at.session, text=text, by=at.me, now=at.now)
    turns = []
    if found.before is not None:
        turns.append(button("previous", TurnFound(lookup.id, f"<{found.before}")))
    if found.after is not None:
        turns.append(button("following", TurnFound(lookup.id, found.after)))
    values = {"text": text, "lines": lines, "orders": [], "tickets": [], "count": found.count}
    buttons = [*([hits.customer_button(one)] for one in lines), *([turns] if turns else [])]
    return "agent/find/results.html.j2", values, buttons
