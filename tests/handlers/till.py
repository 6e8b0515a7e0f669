"""Orders at the desk: what tests of staff's commands begin with."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import select

from crm_store.customers import customers
from crm_store.engine import transaction
from crm_store.sales import orders, payments, products, shipments, whole
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.sales.whole import Whole
from crm_store.staff.tables import Staff
from tests.talk import Person, Sent, Talk

TEA = NewLine("oolong <tin>", 6_800, 2_000)
KETTLE = NewLine("kettle", 12_475, 9_500)
BOX = NewLine("box", 500, 1_000)
ANN = "Ann &lt;3 &amp; &#34;张&#34;"


def meet(talk: Talk, ann: Person) -> int:
    """The customer writes for the first time; their number."""
    ann.say("hello, about my order")
    talk.deliver()
    with transaction(talk.engine) as session:
        found = customers.by_user_id(session, user_id=ann.id)
        assert found is not None
        return found.id


def place(talk: Talk, lines: Sequence[NewLine] = (TEA,), *, confirmed: bool = True, **about: Any) -> str:
    """An order of C1, taken by the first of the staff; its number."""
    about = {"currency": "CNY", "source": "staff", "now": talk.now, **about}
    with transaction(talk.engine) as session:
        by = session.exec(select(Staff).order_by(Staff.id)).first()  # type: ignore[arg-type]
        assert by is not None
        of = customers.get(session, customer_id=1)
        made = orders.intake(session, customer=of, lines=lines, confirmed=confirmed, actor=by, **about)
        return made.number


def paid(talk: Talk, number: str) -> str:
    with transaction(talk.engine) as session:
        made = session.get_one(Order, int(number[1:]))
        payments.pay(
            session,
            order=made,
            amount=made.total,
            method="cash",
            reference=None,
            actor="test",
            now=talk.now,
        )
    return number


def delivered(talk: Talk, number: str) -> str:
    with transaction(talk.engine) as session:
        made = session.get_one(Order, int(number[1:]))
        about = {"order": made, "actor": "test", "now": talk.now}
        shipments.ship(session, carrier="sf", tracking_number="SF1", **about)
        shipments.deliver(session, **about)
    return number


def product(talk: Talk, name: str, price: int, sku: str | None = None, currency: str = "CNY") -> None:
    with transaction(talk.engine) as session:
        products.create(
            session, name=name, price=price, currency=currency, sku=sku, actor="test", now=talk.now
        )


def seen(talk: Talk, number: str) -> Whole:
    """The order as it is in the store."""
    with transaction(talk.engine) as session:
        return whole.of(session, order=session.get_one(Order, int(number[1:])))


def states(talk: Talk, number: str) -> tuple[str, str, str]:
    made = seen(talk, number).order
    return made.state, made.payment_state, made.shipment_state


def to(sent: list[Sent], person: Person) -> list[str]:
    return [one.text for one in sent if one.to == person.id]


def toasts(talk: Talk) -> list[str]:
    return [one.params["text"] for one in talk.group.asides if one.params.get("text")]
