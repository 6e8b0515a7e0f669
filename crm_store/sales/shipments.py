"""Goods on their way: parcels, each with a carrier and what is in it, until they are delivered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.sales import whole
from crm_store.sales.keeping import keep
from crm_store.sales.lines import get
from crm_store.sales.refusals import NothingChosen, QuantityTooLarge
from crm_store.sales.states import OrderEvent
from crm_store.sales.tables import Order, OrderLine, Shipment, ShipmentLine
from crm_store.sales.whole import Whole
from crm_store.staff import audit
from crm_store.staff.tables import Staff


def ship(
    session: Session,
    *,
    order: Order,
    carrier: str,
    tracking_number: str | None,
    quantities: Mapping[int, int] | None = None,
    actor: audit.Actor,
    now: datetime,
) -> Shipment:
    """Send a parcel: so many thousandths of each line (by its id); None sends all that is left.

    Raises IllegalOrderStep, NothingChosen, NoSuchLine, QuantityTooLarge.
    """
    held = whole.to_change(session, order=order)
    held.require(OrderEvent.SHIP)
    left = {part.line.id: part.left for part in held.parts}
    chosen = checked(held, quantities if quantities is not None else left, most=left)
    shipment = Shipment(
        order_id=order.id,
        carrier=carrier,
        tracking_number=tracking_number or None,
        sent_by=actor.id if isinstance(actor, Staff) else None,
        sent_at=now,
    )
    session.add(shipment)
    session.flush()
    session.add_all(
        ShipmentLine(shipment_id=shipment.id, line_id=line.id, quantity=quantity) for line, quantity in chosen
    )
    facts = {
        "carrier": carrier,
        "tracking_number": shipment.tracking_number,
        "goods": told(chosen),
    }
    keep(session, held=held, actor=actor, action="shipped", facts=facts, now=now)
    return shipment


def deliver(
    session: Session,
    *,
    order: Order,
    shipment_id: int | None = None,
    actor: audit.Actor,
    now: datetime,
) -> list[Shipment]:
    """A parcel has arrived; None: all that are under way. One that had arrived before changes nothing, and
    none is returned. Raises IllegalOrderStep when nothing is under way.
    """
    held = whole.to_change(session, order=order)
    wanted = [one.shipment for one in held.parcels if shipment_id in (None, one.shipment.id)]
    arrived = [one for one in wanted if one.delivered_at is None]
    if shipment_id is not None and not arrived:
        return []
    held.require(OrderEvent.DELIVER)
    for one in arrived:
        one.delivered_at = now
        session.add(one)
    parcels = [{"carrier": one.carrier, "tracking_number": one.tracking_number} for one in arrived]
    keep(session, held=held, actor=actor, action="delivered", facts={"parcels": parcels}, now=now)
    return arrived


def checked(
    held: Whole, quantities: Mapping[int, int], *, most: Mapping[int, int]
) -> list[tuple[OrderLine, int]]:
    """Lines with what was chosen of each. Raises NoSuchLine, QuantityTooLarge, NothingChosen."""
    chosen = [(get(held, line_id), quantity) for line_id, quantity in quantities.items() if quantity > 0]
    for line, quantity in chosen:
        if quantity > most[line.id]:
            raise QuantityTooLarge(order=held.order, line=line, quantity=quantity, most=most[line.id])
    if not chosen:
        raise NothingChosen(order=held.order)
    return chosen


def told(chosen: list[tuple[OrderLine, int]]) -> list[dict[str, Any]]:
    """Goods as the audit trail writes them."""
    return [{"name": line.name, "quantity": quantity} for line, quantity in chosen]
