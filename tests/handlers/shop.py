"""A shop's customers for tests of what staff see of them."""

from datetime import datetime
from typing import Any

from crm_store.customers import records
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales.states import OrderState, PaymentState
from crm_store.sales.tables import Order
from crm_store.staff import staff as staff_verbs
from tests.talk import Person, Talk


def customer(
    talk: Talk, name: str, *contacts: tuple[Any, str], owner: Person | None = None, **about: Any
) -> int:
    """A customer whom staff wrote down; their number."""
    with transaction(talk.engine) as session:
        owned = staff_verbs.by_user_id(session, user_id=owner.id) if owner else None
        return records.create(
            session, name=name, contacts=contacts, owner_id=owned.id if owned else None, language="zh",
            source="test", channel="test", actor="test", now=talk.now, **about,
        ).id  # fmt: skip


def order(talk: Talk, customer_id: int, paid: int = 0, *, at: datetime | None = None, **about: Any) -> int:
    """A confirmed, paid order (minor units); its number."""
    at = at or talk.now
    with transaction(talk.engine) as session:
        row = Order(
            customer_id=customer_id,
            state=OrderState.CONFIRMED,
            payment_state=PaymentState.PAID,
            currency="CNY",
            total=paid,
            paid=paid,
            placed_at=at,
            updated_at=at,
            **about,
        )
        session.add(row)
        found = session.get(Customer, customer_id)
        assert found is not None
        found.last_order_at = max(filter(None, (found.last_order_at, at)))
        session.flush()
        return row.id
