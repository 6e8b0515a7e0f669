"""Orders of an import, written through the gate of orders."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.exchange import refs
from crm_store.sales import orders, payments
from crm_store.sales.lines import NewLine

IMPORTED = "import"


def write(session: Session, one: Mapping[str, Any], *, made: Sequence[int], actor: str, now: datetime) -> int:
    """Place one order, confirmed; ``made`` are the customers whom this batch made. Returns its id."""
    customer = session.get_one(Customer, _customer(one, made))
    order = orders.intake(
        session,
        customer=customer,
        lines=[NewLine(**line) for line in one["lines"]],
        currency=one["currency"],
        discount=one["discount"],
        note=one["note"],
        address=one["address"],
        recipient=one["recipient"],
        source=IMPORTED,
        external_number=one["number"],
        placed_at=datetime.fromisoformat(one["placed_at"]),
        confirmed=True,
        actor=actor,
        now=now,
    )
    if one["ref"]:
        refs.put(session, system=IMPORTED, entity=refs.ORDER, external_id=one["ref"], entity_id=order.id)
    if one["paid"]:
        payments.pay(
            session,
            order=order,
            amount=one["paid"],
            method="other",
            reference=None,
            actor=actor,
            now=now,
        )
    return order.id


def before(batch: Sequence[Mapping[str, Any]], *, made: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By the first line of each order: the customer who was made for it, to be unmade with it."""
    found: dict[int, dict[str, Any]] = {}
    for one in batch:
        if one["customer"] < 0:
            found[one["line"]] = {"customer": _customer(one, made)}
    return found


def _customer(one: Mapping[str, Any], made: Sequence[int]) -> int:
    who: int = one["customer"]
    return made[-who - 1] if who < 0 else who
