"""The ledger added up row by row in Python: what figures by day must equal."""

from collections import Counter
from datetime import tzinfo

from sqlmodel import Session, select

from crm_store.analysis import day_keeping, day_marks
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import Window
from crm_store.customers.tables import Customer
from crm_store.sales.states import ACCEPTED, RefundState
from crm_store.sales.tables import Order, OrderLine, Payment, Refund


def by_hand(session: Session, measure: Measure, by: By, window: Window, currency: str) -> dict[str, Figure]:
    """One measure of money, as ``days.figures`` gives it."""
    n: Counter[str] = Counter()
    value: Counter[str] = Counter()
    for order, amount in _moved(session, measure, window, currency):
        for key, part in _parts(session, order, by, amount, measure):
            n[key] += key != "%" or measure == Measure.REFUNDED
            value[key] += part
    keys = {key for key in value if n[key] or value[key]} | ({""} if by == By.WHOLE else set())
    return {key: Figure(n[key], value[key]) for key in keys}


def _moved(session: Session, measure: Measure, window: Window, currency: str) -> list[tuple[Order, int]]:
    orders = {one.id: one for one in session.exec(select(Order)) if one.currency == currency}
    stand = [one for one in orders.values() if one.state in ACCEPTED]
    if measure in (Measure.SALES, Measure.FIRST):
        found = [(one, one.total) for one in stand if window.start <= one.placed_at < window.end]
        if measure == Measure.SALES:
            return found
        firsts = {}
        for one in sorted(_all_standing(session), key=lambda one: (one.placed_at, one.id)):
            firsts.setdefault(one.customer_id, one.id)
        return [(one, total) for one, total in found if firsts[one.customer_id] == one.id]
    if measure == Measure.PAID:
        paid = session.exec(select(Payment)).all()
        moved = [(one.order_id, one.amount) for one in paid if window.start <= one.at < window.end]
    else:
        given = session.exec(select(Refund).where(Refund.state == RefundState.DONE)).all()
        moved = [
            (one.order_id, one.amount)
            for one in given
            if window.start <= one.done_at < window.end  # type: ignore[operator]
        ]
    return [(orders[order_id], amount) for order_id, amount in moved if order_id in orders]


def _all_standing(session: Session) -> list[Order]:
    return [one for one in session.exec(select(Order)) if one.state in ACCEPTED]


def _parts(session: Session, order: Order, by: By, amount: int, measure: Measure) -> list[tuple[str, int]]:
    match by:
        case By.REP:
            return [(str(order.taken_by or ""), amount)]
        case By.CITY:
            return [(session.get_one(Customer, order.customer_id).city or "", amount)]
        case By.CHANNEL:
            return [(order.source, amount)]
        case By.WHOLE:
            return [("", amount)]
    lines = session.exec(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id)).all()  # type: ignore[arg-type]
    costs: dict[str, int] = {}
    for line in lines:
        product = f"#{line.product_id}" if line.product_id else f"={line.name}"
        key = (line.category or "") if by == By.CATEGORY else product
        costs[key] = costs.get(key, 0) + line.total
    if measure == Measure.SALES:
        return [*costs.items(), ("%", amount - sum(costs.values()))]
    whole = sum(costs.values())
    if not whole:
        return [("%", amount)]
    shares, reached, given = [], 0, 0
    for key, cost in costs.items():
        reached += cost
        shares.append((key, amount * reached // whole - given))
        given += shares[-1][1]
    return [one for one in shares if one[1]]


def clock(session: Session, *, zone: tzinfo, now) -> int:  # type: ignore[no-untyped-def]
    """What the clock does until there is nothing left. Returns how many days it counted."""
    while day_marks.go_through(session, zone=zone, now=now) >= day_marks.PAGE:
        pass
    days = day_keeping.due(session, zone=zone, now=now)
    for day in days:
        counted = day_keeping.count(session, day=day, zone=zone)
        assert day_keeping.keep(session, counted=counted, zone=zone, now=now)
    return len(days)
