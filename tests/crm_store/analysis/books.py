"""The ledger added up row by row in Python: what figures by day must equal."""

from collections import Counter, defaultdict
from datetime import datetime, tzinfo

from sqlmodel import Session, select

from crm_store.analysis import day_keeping, day_marks
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import Window
from crm_store.customers.tables import Customer
from crm_store.sales.states import ACCEPTED, RefundState
from crm_store.sales.tables import Order, OrderLine, Payment, Refund


class Books:
    """All rows, as they are now."""

    def __init__(self, session: Session) -> None:
        self._orders = {one.id: one for one in session.exec(select(Order))}
        self._city = {one.id: one.city or "" for one in session.exec(select(Customer))}
        self._payments = session.exec(select(Payment)).all()
        self._refunds = session.exec(select(Refund).where(Refund.state == RefundState.DONE)).all()
        self._lines: dict[int, list[OrderLine]] = defaultdict(list)
        for line in session.exec(select(OrderLine).order_by(OrderLine.id)):  # type: ignore[arg-type]
            self._lines[line.order_id].append(line)

    def figures(self, measure: Measure, by: By, window: Window, currency: str) -> dict[str, Figure]:
        """One measure of money, as ``days.figures`` gives it."""
        n: Counter[str] = Counter()
        value: Counter[str] = Counter()
        for order, amount in self._moved(measure, window, currency):
            for key, part in self._parts(order, by, amount, measure):
                n[key] += key != "%" or measure == Measure.REFUNDED
                value[key] += part
        keys = {key for key in value if n[key] or value[key]} | ({""} if by == By.WHOLE else set())
        return {key: Figure(n[key], value[key]) for key in keys}

    def _moved(self, measure: Measure, window: Window, currency: str) -> list[tuple[Order, int]]:
        if measure == Measure.PAID:
            moved = [(one.order_id, one.amount) for one in self._payments if _holds(window, one.at)]
        elif measure == Measure.REFUNDED:
            moved = [(one.order_id, one.amount) for one in self._refunds if _holds(window, one.done_at)]
        else:
            stand = [one for one in self._orders.values() if one.state in ACCEPTED]
            firsts: dict[int, int] = {}
            for one in sorted(stand, key=lambda one: (one.placed_at, one.id)):
                firsts.setdefault(one.customer_id, one.id)
            moved = [
                (one.id, one.total)
                for one in stand
                if _holds(window, one.placed_at)
                and (measure == Measure.SALES or firsts[one.customer_id] == one.id)
            ]
        found = [(self._orders[order_id], amount) for order_id, amount in moved]
        return [(order, amount) for order, amount in found if order.currency == currency]

    def _parts(self, order: Order, by: By, amount: int, measure: Measure) -> list[tuple[str, int]]:
        match by:
            case By.REP:
                return [(str(order.taken_by or ""), amount)]
            case By.CITY:
                return [(self._city[order.customer_id], amount)]
            case By.CHANNEL:
                return [(order.source, amount)]
            case By.WHOLE:
                return [("", amount)]
        costs: dict[str, int] = {}
        for line in self._lines[order.id]:
            product = f"#{line.product_id}" if line.product_id else f"={line.name}"
            key = (line.category or "") if by == By.CATEGORY else product
            costs[key] = costs.get(key, 0) + line.total
        whole = sum(costs.values())
        if measure == Measure.SALES:
            return [*costs.items(), ("%", amount - whole)]
        if not whole:
            return [("%", amount)]
        shares, reached, given = [], 0, 0
        for key, cost in costs.items():
            reached += cost
            shares.append((key, amount * reached // whole - given))
            given += shares[-1][1]
        return [one for one in shares if one[1]]


def _holds(window: Window, moment: datetime | None) -> bool:
    return moment is not None and window.start <= moment < window.end


def clock(session: Session, *, zone: tzinfo, now: datetime) -> int:
    """What the clock does until there is nothing left. Returns how many days it counted."""
    while day_marks.go_through(session, zone=zone, now=now) >= day_marks.PAGE:
        pass
    days = day_keeping.due(session, zone=zone, now=now)
    for day in days:
        counted = day_keeping.count(session, day=day, zone=zone)
        assert day_keeping.keep(session, counted=counted, zone=zone, now=now)
    return len(days)
