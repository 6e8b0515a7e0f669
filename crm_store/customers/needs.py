"""What customers want: written down by staff, linked to the message where they said it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.customers.cleaning import clean, printable
from crm_store.customers.refusals import BadNeed
from crm_store.customers.tables import Customer, Need, NeedState
from crm_store.staff import audit
from crm_store.staff.tables import Staff

MAX_CATEGORY_LENGTH = 40
MAX_TEXT_LENGTH = 1000


@dataclass(frozen=True)
class Demand:
    """How many customers want something of a category; ``budget`` is the sum of what they named, in minor
    units."""

    category: str
    customers: int
    needs: int
    budget: int


def add(
    session: Session,
    *,
    customer: Customer,
    category: str,
    text: str,
    budget: int | None = None,
    wanted_by: date | None = None,
    message_id: int | None = None,
    by: Staff,
    now: datetime,
) -> Need:
    """Keep a need. The same message kept again as the same category is the same need. Raises BadNeed."""
    category, text = clean(category)[:MAX_CATEGORY_LENGTH].strip(), printable(text)
    if not category or not text or len(text) > MAX_TEXT_LENGTH:
        raise BadNeed
    if message_id is not None and (known := _of_message(session, customer, category, message_id)):
        return known
    need = Need(
        customer_id=customer.id,
        category=category,
        text=text,
        budget=budget,
        wanted_by=wanted_by,
        message_id=message_id,
        author_id=by.id,
        at=now,
    )
    session.add(need)
    session.flush()
    _note(session, need, "need", by=by, now=now, after={"need": category})
    return need


def settle(session: Session, *, need: Need, state: NeedState, by: Staff, now: datetime) -> bool:
    """The need was met, or dropped, or is open again. False when it is so already."""
    if need.state == state:
        return False
    before, need.state = need.state, state
    session.add(need)
    _note(
        session,
        need,
        "need_state",
        by=by,
        now=now,
        before={"need_state": before},
        after={"need_state": state},
    )
    return True


def get(session: Session, *, need_id: int) -> Need | None:
    return session.get(Need, need_id)


def of(session: Session, *, customer: Customer, limit: int, offset: int = 0) -> list[Need]:
    """A customer's needs, open ones first, then the newest."""
    statement = (
        select(Need)
        .where(col(Need.customer_id) == customer.id)
        .order_by(col(Need.state) != NeedState.OPEN, col(Need.id).desc())
        .limit(limit)
        .offset(offset)
    )
    return list(session.scalars(statement))


def demands(session: Session, *, limit: int, offset: int = 0) -> list[Demand]:
    """Open needs by category, the one that most customers have first."""
    people = func.count(func.distinct(col(Need.customer_id)))
    statement = (
        select(col(Need.category), people, func.count(), func.coalesce(func.sum(col(Need.budget)), 0))
        .where(col(Need.state) == NeedState.OPEN)
        .group_by(col(Need.category))
        .order_by(people.desc(), col(Need.category))
        .limit(limit)
        .offset(offset)
    )
    return [
        Demand(category, customers, needs, int(budget))
        for category, customers, needs, budget in session.execute(statement)
    ]


def category_in(text: str, known: Collection[str]) -> str | None:
    """The longest of the ``known`` categories that a text names."""
    folded = text.casefold()
    named = [one for one in known if one.casefold() in folded]
    return max(named, key=len) if named else None


def _of_message(session: Session, customer: Customer, category: str, message_id: int) -> Need | None:
    statement = select(Need).where(
        col(Need.customer_id) == customer.id,
        col(Need.message_id) == message_id,
        col(Need.category) == category,
    )
    return session.scalars(statement).first()


def _note(
    session: Session,
    need: Need,
    action: str,
    *,
    by: Staff,
    now: datetime,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        entity="customer",
        entity_id=need.customer_id,
        now=now,
        before=before,
        after=after,
    )
