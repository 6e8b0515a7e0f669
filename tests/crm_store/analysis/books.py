"""The ledger added up row by row in Python: what figures by day must equal."""

from collections import Counter, defaultdict
from datetime import datetime, tzinfo
from fractions import Fraction
from math import floor

from sqlmodel import Session, col, select

from crm_store.analysis import day_keeping, day_marks
from crm_store.analysis.days import Figure
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import Window
from crm_store.customers.tables import Customer
from crm_store.sales.states import ACCEPTED, RefundState, ReturnState
from crm_store.sales.tables import Order, OrderLine, Payment, Refund, Return, ReturnLine


class Books:
    """All rows, as they are now."""

    def __init__(self, session: Session) -> None:
        self._orders = {one.id: one for one in session.exec(select(Order))}
        self._city = {one.id: one.city or "" for one in session.exec(select(Customer))}
        self._payments = session.exec(select(Payment)).all()
        self._refunds = session.exec(select(Refund).where(Refund.state == RefundState.DONE)).all()
        self._returns = session.exec(
            select(Return, ReturnLine)
            .join(ReturnLine, col(ReturnLine.return_id) == col(Return.id))
            .where(Return.state == ReturnState.RECEIVED)
        ).all()
        self._lines: dict[int, list[OrderLine]] = defaultdict(list)
        for line in session.exec(select(OrderLine).order_by(OrderLine.id)):  # type: ignore[arg-type]
            self._lines[line.order_id].append(line)

    def figures(self, measure: Measure, by: By, window: Window, currency: str) -> dict[str, Figure]:
        """One measure of money, as ``days.figures`` gives it."""
        if measure in (Measure.NET, Measure.COST):
            return self._of_goods(measure, by, window, currency)
        n: Counter[str] = Counter()
        value: Counter[str] = Counter()
        for order, amount in self._moved(measure, window, currency):
            for key, part in self._parts(order, by, amount, measure):
                n[key] += key != "%" or measure == Measure.REFUNDED
                value[key] += part
        keys = {key for key in value if n[key] or value[key]} | ({""} if by == By.WHOLE else set())
        return {key: Figure(n[key], value[key]) for key in keys}

    def _of_goods(self, measure: Measure, by: By, window: Window, currency: str) -> dict[str, Figure]:
        found = {"": [0, 0]} | ({"known": [0, 0]} if by == By.COST else {})
        for order in self._orders.values():
            if order.currency != currency or order.state not in ACCEPTED:
                continue
            net, known, cost = (
                after - before
                for before, after in zip(
                    self._stood(order, window.start), self._stood(order, window.end), strict=True
                )
            )
            n = int(_holds(window, order.placed_at))
            costed = n * any(line.cost is not None for line in self._lines[order.id])
            if measure == Measure.COST:
                parts = {"": (costed, cost)}
            elif by == By.WHOLE:
                parts = {"": (n, net)}
            else:
                parts = {"known": (costed, known), "": (n - costed, net - known)}
            for key, (count, value) in parts.items():
                found[key][0] += count
                found[key][1] += value
        return {key: Figure(*one) for key, one in found.items() if any(one) or by == By.WHOLE}

    def _stood(self, order: Order, moment: datetime) -> tuple[int, int, int]:
        """What an order had brought before a moment; of that its lines of known cost; what these had cost."""
        if order.placed_at >= moment:
            return 0, 0, 0
        given = [one for one in self._refunds if one.order_id == order.id and _is_before(one.done_at, moment)]
        net = order.total - sum(one.amount for one in given)
        lines = self._lines[order.id]
        known = [line for line in lines if line.cost is not None]
        gross = sum(line.total for line in lines)
        share = Fraction(sum(line.total for line in known), gross) if gross else Fraction(0)
        kept = {line.id: line.quantity for line in known}
        for asked, came in self._returns:
            if came.line_id in kept and _is_before(asked.received_at, moment):
                kept[came.line_id] -= came.quantity
        exact = [Fraction((line.cost or 0) * kept[line.id], 1000) for line in known]
        return net, floor(net * share), sum(floor(one + Fraction(1, 2)) for one in exact)

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


def _is_before(done: datetime | None, moment: datetime) -> bool:
    return done is not None and done < moment


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
