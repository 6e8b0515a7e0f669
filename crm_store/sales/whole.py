"""An order with all that belongs to it: what its states are computed from, and what may still happen."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.sales.refusals import IllegalOrderStep
from crm_store.sales.states import (
    OPEN_RETURNS,
    POSSIBLE_IN,
    SETTLED_PAYMENTS,
    Moved,
    OrderEvent,
    RefundState,
    ReturnState,
)
from crm_store.sales.tables import (
    Order,
    OrderLine,
    Payment,
    Refund,
    Return,
    ReturnLine,
    Shipment,
    ShipmentLine,
)


@dataclass(frozen=True)
class Part:
    """A line, and where its goods are, in thousandths. ``coming_back``: asked for or on the way."""

    line: OrderLine
    shipped: int = 0
    delivered: int = 0
    coming_back: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """What is still to be sent."""
        return self.line.quantity - self.shipped

    @property
    def returnable(self) -> int:
        return self.delivered - self.coming_back - self.returned

    @property
    def moved(self) -> Moved:
        return Moved(self.line.quantity, self.shipped, self.delivered, self.returned)


@dataclass(frozen=True)
class Goods:
    """Some of a line, in a parcel or coming back; ``quantity`` in thousandths."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True)
class Parcel:
    shipment: Shipment
    goods: list[Goods]


@dataclass(frozen=True)
class Returning:
    """A return and what comes back with it."""

    asked: Return
    goods: list[Goods]


@dataclass(frozen=True)
class Whole:
    """``parts`` in the order they were added; payments, refunds, parcels and returns oldest first.

    ``before`` is the order's row as it was loaded, for the audit trail.
    """

    order: Order
    parts: list[Part]
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    returns: list[Returning] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> list[OrderLine]:
        return [part.line for part in self.parts]

    @property
    def kept(self) -> int:
        """What was paid and not given back."""
        return self.order.paid - self.order.refunded

    @property
    def due(self) -> int:
        """What may still be paid, in minor units."""
        return self.order.total - self.kept

    @property
    def requested(self) -> int:
        """Refunds that wait for a manager's word."""
        return sum(one.amount for one in self.refunds if one.state == RefundState.REQUESTED)

    @property
    def refundable(self) -> int:
        """What may still be given back, less what was asked for already."""
        return self.kept - self.requested

    @property
    def under_way(self) -> list[Parcel]:
        return [one for one in self.parcels if one.shipment.delivered_at is None]

    @property
    def is_returning(self) -> bool:
        """True while goods that were agreed to come back have not arrived."""
        return any(one.asked.state == ReturnState.APPROVED for one in self.returns)

    def may(self, event: OrderEvent) -> bool:
        """Whether this can happen to the order as it is."""
        if self.order.state not in POSSIBLE_IN[event]:
            return False
        match event:
            case OrderEvent.CONFIRM:
                return bool(self.parts)
            case OrderEvent.PAY:
                return self.due > 0
            case OrderEvent.SHIP:
                return any(part.left for part in self.parts)
            case OrderEvent.DELIVER:
                return bool(self.under_way)
            case OrderEvent.RETURN:
                return any(part.returnable for part in self.parts)
            case OrderEvent.REFUND:
                return self.refundable > 0
            case OrderEvent.COMPLETE:
                paid = self.order.payment_state in SETTLED_PAYMENTS
                return paid and bool(self.parcels) and not self.under_way
            case OrderEvent.CANCEL:
                return not self.parcels
            case OrderEvent.AMEND:
                return True

    @property
    def allowed(self) -> list[OrderEvent]:
        """All that may be done now."""
        return [event for event in OrderEvent if self.may(event)]

    def require(self, event: OrderEvent) -> None:
        """Raises IllegalOrderStep, with what is allowed instead."""
        if not self.may(event):
            raise IllegalOrderStep(order=self.order, event=event, allowed=self.allowed)

    def require_state(self, event: OrderEvent) -> None:
        """The first guard alone, where a narrower refusal says more about the second."""
        if self.order.state not in POSSIBLE_IN[event]:
            self.require(event)


def of(session: Session, *, order: Order) -> Whole:
    """The order with its rows, to look at."""
    lines = _rows(session, OrderLine, order)
    by_id = {one.id: one for one in lines}
    shipments, returns = _rows(session, Shipment, order), _rows(session, Return, order)
    sent = _goods(session, ShipmentLine, col(ShipmentLine.shipment_id), [one.id for one in shipments], by_id)
    back = _goods(session, ReturnLine, col(ReturnLine.return_id), [one.id for one in returns], by_id)
    parcels = [Parcel(one, sent[one.id]) for one in shipments]
    returning = [Returning(one, back[one.id]) for one in returns]
    return Whole(
        order=order,
        parts=[_part(line, parcels, returning) for line in lines],
        payments=_rows(session, Payment, order),
        refunds=_rows(session, Refund, order),
        parcels=parcels,
        returns=returning,
        before=order.model_dump(),
    )


def to_change(session: Session, *, order: Order) -> Whole:
    """The order with its rows, for one who changes them: whoever comes second waits until the first has
    committed, and sees what they did (PostgreSQL; SQLite has one writer)."""
    session.refresh(order, with_for_update={"key_share": True})
    return of(session, order=order)


def _rows(session: Session, table: type[Any], order: Order) -> list[Any]:
    return list(session.scalars(select(table).where(table.order_id == order.id).order_by(table.id)))


def _goods(
    session: Session, table: type[Any], owner: Any, ids: Sequence[int], lines: dict[int, OrderLine]
) -> dict[int, list[Goods]]:
    found: dict[int, list[Goods]] = defaultdict(list)
    if ids:
        rows = session.execute(
            select(owner, table.line_id, table.quantity).where(owner.in_(ids)).order_by(owner, table.line_id)
        )
        for owner_id, line_id, quantity in rows:
            found[owner_id].append(Goods(lines[line_id], quantity))
    return found


def _part(line: OrderLine, parcels: list[Parcel], returns: list[Returning]) -> Part:
    def amount(goods: list[Goods]) -> int:
        return sum(one.quantity for one in goods if one.line.id == line.id)

    return Part(
        line=line,
        shipped=sum(amount(one.goods) for one in parcels),
        delivered=sum(amount(one.goods) for one in parcels if one.shipment.delivered_at is not None),
        coming_back=sum(amount(one.goods) for one in returns if one.asked.state in OPEN_RETURNS),
        returned=sum(amount(one.goods) for one in returns if one.asked.state == ReturnState.RECEIVED),
    )
