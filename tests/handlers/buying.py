"""A customer who bought something: orders put into the store by the verbs that staff and shops use."""

from collections.abc import Mapping

from sqlmodel import Session

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales import orders, payments, refunds, returns, shipments, whole
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from tests.talk import Person, Talk

TEA = NewLine(name="Oolong <b>张", price=12_800, quantity=2_000)
POT = NewLine(name="Tea pot", price=26_800, quantity=1_000)


def of(session: Session, person: Person) -> Customer:
    found = customers.by_user_id(session, user_id=person.id)
    assert found is not None
    return found


def buy(talk: Talk, person: Person, *lines: NewLine, confirmed: bool = True, **about: str) -> int:
    """An order from the web shop; its number's digits."""
    with transaction(talk.engine) as session:
        order = orders.intake(
            session,
            customer=of(session, person),
            lines=lines or (TEA,),
            currency="CNY",
            source=about.pop("source", "shop"),
            confirmed=confirmed,
            actor="api",
            now=talk.now,
            **about,  # type: ignore[arg-type]
        )
        return order.id


def pay(talk: Talk, order_id: int, amount: int) -> None:
    with transaction(talk.engine) as session:
        order = session.get_one(Order, order_id)
        payments.pay(
            session, order=order, amount=amount, method="wechat", reference=None, actor="api", now=talk.now
        )


def ship(talk: Talk, order_id: int, number: str = "SF123456", lines: Mapping[int, int] | None = None) -> None:
    """A parcel; ``lines`` are thousandths by the place of the line (0 the first), None all that is left."""
    with transaction(talk.engine) as session:
        order = session.get_one(Order, order_id)
        ids = [one.id for one in whole.of(session, order=order).lines]
        quantities = {ids[at]: quantity for at, quantity in lines.items()} if lines else None
        shipments.ship(
            session, order=order, carrier="sf", tracking_number=number, quantities=quantities, actor="api",
            now=talk.now,
        )  # fmt: skip


def deliver(talk: Talk, order_id: int) -> None:
    with transaction(talk.engine) as session:
        shipments.deliver(session, order=session.get_one(Order, order_id), actor="api", now=talk.now)


def cancel(talk: Talk, order_id: int) -> None:
    with transaction(talk.engine) as session:
        order = session.get_one(Order, order_id)
        orders.cancel(session, order=order, reason="out of stock, do not tell", actor="api", now=talk.now)


def give_back(talk: Talk, order_id: int, amount: int) -> None:
    with transaction(talk.engine) as session:
        order = session.get_one(Order, order_id)
        refunds.record(session, order=order, amount=amount, reason="", actor="api", now=talk.now)


def whole_of(session: Session, order_id: int) -> whole.Whole:
    return whole.of(session, order=session.get_one(Order, order_id))


__all__ = [
    "POT",
    "TEA",
    "buy",
    "cancel",
    "deliver",
    "give_back",
    "of",
    "pay",
    "refunds",
    "returns",
    "ship",
    "whole_of",
]
