"""Customers: who they are, found again by their Telegram id whatever they call themselves."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from crm_store.customers import records, search_keys
from crm_store.customers.tables import Customer
from crm_store.refusals import NoSuchCustomer
from crm_store.staff import audit
from crm_store.types import LARGEST_ID

_BY_USERS = (
    select(Customer)
    .where(col(Customer.user_id).in_(bindparam("users", expanding=True)))
    .order_by(col(Customer.id))
    .with_for_update(read=True, key_share=True)
)


def by_user_id(session: Session, *, user_id: int) -> Customer | None:
    return session.scalars(select(Customer).where(col(Customer.user_id) == user_id)).first()


def by_user_ids(session: Session, *, user_ids: Collection[int]) -> list[Customer]:
    """The customers with these Telegram ids. Until the commit they are not merged into others: what is
    written to them meanwhile moves with them."""
    return list(session.scalars(_BY_USERS, {"users": list(user_ids)}))


def get(session: Session, *, customer_id: int) -> Customer:
    """The customer of this number; of one that was merged, the one that took it in. Raises NoSuchCustomer."""
    customer = session.get(Customer, customer_id) if 0 < customer_id <= LARGEST_ID else None
    while customer is not None and customer.merged_into_id is not None:
        customer = session.get(Customer, customer.merged_into_id)
    if customer is None:
        raise NoSuchCustomer(number=f"C{customer_id}")
    return customer


def meet(
    session: Session,
    *,
    user_id: int,
    chat_id: int,
    name: str,
    username: str | None,
    language: str,
    now: datetime,
) -> Customer:
    """A person writes for the first time."""
    customer = Customer(
        user_id=user_id,
        chat_id=chat_id,
        name=name,
        username=username,
        language=language,
        created_at=now,
        updated_at=now,
    )
    session.add(customer)
    session.flush()
    search_keys.add(session, customer=customer)
    audit.record(session, actor=customer, action="met", entity="customer", entity_id=customer.id, now=now)
    return customer


def greet_again(
    session: Session, *, customer: Customer, name: str, username: str | None, language: str, now: datetime
) -> None:
    """Keep the name current unless staff corrected it, and the language unless the customer chose it; they
    can be reached again."""
    present: dict[str, object] = {"username": username, "reachable": True}
    if not customer.name_chosen:
        present["name"] = name
    if not customer.language_chosen:
        present["language"] = language
    before = {field: getattr(customer, field) for field in present}
    if before == present:
        return
    for field, value in present.items():
        setattr(customer, field, value)
    customer.blocked_at, customer.updated_at = None, now
    session.add(customer)
    search_keys.refresh(session, customer_ids=[customer.id])
    audit.record(
        session,
        actor=customer,
        action="changed",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before=before,
        after=present,
    )


def choose_language(session: Session, *, customer: Customer, language: str, now: datetime) -> None:
    before = {"language": customer.language}
    customer.language, customer.language_chosen, customer.updated_at = language, True, now
    session.add(customer)
    audit.record(
        session,
        actor=customer,
        action="language",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before=before,
        after={"language": language},
    )


def note_source(session: Session, *, customer: Customer, source: str, now: datetime) -> None:
    """A customer came by a deep link; the first way in they ever took stays their source."""
    if not source:
        return
    known = customer.source
    records.touch(session, customer=customer, channel="telegram", source=source, now=now)
    if known is None:
        audit.record(
            session,
            actor=customer,
            action="source",
            entity="customer",
            entity_id=customer.id,
            now=now,
            after={"source": customer.source},
        )


def lose(session: Session, *, customer: Customer, now: datetime) -> None:
    """The customer blocked the bot: nothing reaches them until they write again."""
    if not customer.reachable:
        return
    customer.reachable, customer.blocked_at, customer.updated_at = False, now, now
    session.add(customer)
    audit.record(
        session,
        actor="telegram",
        action="unreachable",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before={"reachable": True},
        after={"reachable": False},
    )


def regain(session: Session, *, customer: Customer, now: datetime) -> None:
    """The customer let the bot back in."""
    if customer.reachable:
        return
    customer.reachable, customer.blocked_at, customer.updated_at = True, None, now
    session.add(customer)
    audit.record(
        session,
        actor=customer,
        action="reachable",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before={"reachable": False},
        after={"reachable": True},
    )
