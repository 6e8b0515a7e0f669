"""A file of orders, batch by batch: whose they are, and whether they are there. Nothing is written here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.customers import search_keys
from crm_store.exchange import deciding, refs
from crm_store.exchange.batches import Batch, new_customer
from crm_store.exchange.cells_in import reason
from crm_store.exchange.customer_plan import Terms
from crm_store.exchange.deciding import Decision, Policy
from crm_store.exchange.order_rows import OrderItem, OrderReader, OrderRow
from crm_store.exchange.present import Present, present
from crm_store.exchange.reading import Row
from crm_store.exchange.seen import Earlier, Seen
from crm_store.exchange.tables import Fate
from crm_store.sales.tables import Order

_OWN = re.compile(r"O[1-9][0-9]{0,8}", re.ASCII)

MOST_ORDERS = 40
"""In one batch: each goes through the gate of orders on the writer's thread, while customers wait."""


class OrderPlan:
    """``dry``: no batch is made, only decided."""

    def __init__(self, engine: Engine, terms: Terms, *, dry: bool) -> None:
        self._engine, self._terms, self._dry = engine, terms, dry
        self._seen = Seen()
        self._reader = OrderReader(
            engine, terms.mapping, currency=terms.currency, timezone=terms.timezone, sale=terms.sale
        )

    def items(self, rows: Iterable[Row]) -> Iterable[OrderItem]:
        return self._reader.items(rows)

    def prepare(self, item: OrderItem) -> None:
        """Nothing is worth doing ahead: the writer's part is the longer one."""

    def skip(self, item: OrderItem, fates: Mapping[int, Fate]) -> None:
        """An earlier run of the same import wrote this."""
        if item.row is not None:
            self._key(item, item.row)

    def plan(self, items: Sequence[OrderItem]) -> tuple[list[Decision], Batch]:
        """Decide the first of ``items``, as many as go well into one commit."""
        if not self._dry:
            items = items[:MOST_ORDERS]
        rows = [one.row for one in items if one.row is not None]
        batch, decisions = Batch(), []
        with Session(self._engine) as session:
            found = present(session, [one.customer for one in rows], system=self._terms.system)
            keys = {item.line: self._key(item, item.row) for item in items if item.row is not None}
            there = _orders(session, rows, keys.values())
            made: dict[str, int] = {}
            for item in items:
                fate, why, who = self._decide(item, found, keys, there)
                if fate == Fate.NEW and item.row is not None:
                    who = self._customer(item.row, who, made, batch)
                    batch.orders.append(_order(item, item.row, who, keys[item.line]))
                decisions += [Decision(line, None, fate, why) for line in item.lines]
                entity = who if fate == Fate.SAME else -len(batch.orders) if fate == Fate.NEW else None
                batch.fates += [[line, fate.value, why, entity] for line in item.lines]
        return decisions, batch if not self._dry else Batch()

    def ahead(self, items: Sequence[OrderItem], *, unwritten: int) -> tuple[list[Decision], Batch]:
        """Nothing: an order needs the customers of the batch before in the store."""
        return [], Batch()

    def _decide(
        self,
        item: OrderItem,
        found: Present,
        keys: Mapping[int, str | None],
        there: Mapping[str, tuple[int, int, str]],
    ) -> tuple[Fate, str | None, int | None]:
        """The fate, why, and who: the order for one that is there, the customer for a new one (None: new)."""
        row = item.row
        if row is None:
            return Fate.REFUSED, item.refused, None
        key = keys[item.line]
        if key is None:
            return Fate.REFUSED, reason("order_split", row.number or ""), None
        if key in there:
            order_id, total, currency = there[key]
            if (total, currency) == (row.total, row.currency):
                return Fate.SAME, None, order_id
            return Fate.DUPLICATE, reason("order_differs", f"O{order_id}"), None
        match = deciding.match(row.customer, found)
        if match.known is None and not row.customer.name:
            return Fate.REFUSED, match.reason or reason("no_customer"), None
        if match.known is not None and (match.certain or self._terms.policy == Policy.UPDATE):
            return Fate.NEW, match.reason, match.known.customer.id
        if match.certain or self._terms.policy == Policy.CREATE:
            return Fate.NEW, match.reason, None
        return Fate.DUPLICATE, match.reason, None

    def _customer(self, row: OrderRow, who: int | None, made: dict[str, int], batch: Batch) -> int:
        """Who placed it; two orders of one new customer in a batch are one customer's."""
        if who is not None:
            return who
        key = "|".join(deciding.keys_of(row.customer)) + "|" + row.customer.name
        if key not in made:
            values = row.customer.values
            keys = search_keys.keys_of(
                name=row.customer.name, company=values.get("company"), contacts=row.customer.contacts
            )
            terms = self._terms
            batch.creates.append(new_customer(row.customer, terms.languages, terms.source, keys.packed))
            made[key] = -len(batch.creates)
        return made[key]

    def _key(self, item: OrderItem, row: OrderRow) -> str | None:
        """What makes it the same order another time: its number, else all it says, and how many said so
        before. None for a number that stood further up, apart from these rows."""
        if row.number is not None:
            key = f"number:{row.number}"
            if self._seen.find([key], before=item.line):
                return None
            self._seen.add([key], Earlier(item.line, "", ""))
            return key
        turn = 0
        while self._seen.find([f"{row.digest}:{turn}"], before=item.line):
            turn += 1
        self._seen.add([f"{row.digest}:{turn}"], Earlier(item.line, "", ""))
        return f"{row.digest}:{turn}"


def _own_number(row: OrderRow) -> str | None:
    """O7, in a file that has our numbers of the customers, too: an export of ours."""
    is_own = row.customer.number is not None and row.number is not None and _OWN.fullmatch(row.number)
    return row.number if is_own else None


def _orders(
    session: Session, rows: Sequence[OrderRow], keys: Iterable[str | None]
) -> dict[str, tuple[int, int, str]]:
    """The orders that are there already, by key: id, total, currency."""
    numbers = [one.number for one in rows if one.number is not None]
    columns = (col(Order.id), col(Order.total), col(Order.currency))
    numbered = select(col(Order.external_number), *columns).where(col(Order.external_number).in_(numbers))
    found = {
        f"number:{number}": (id_, total, currency)
        for number, id_, total, currency in (session.execute(numbered) if numbers else ())
    }
    own = {int(number[1:]): f"number:{number}" for number in filter(None, map(_own_number, rows))}
    exported = select(*columns).where(col(Order.id).in_(list(own)))
    for row in session.execute(exported) if own else ():
        found.setdefault(own[row[0]], (row[0], row[1], row[2]))
    said = [one for one in keys if one is not None and not one.startswith("number:")]
    ours = refs.find_all(session, system=IMPORTED, entity=refs.ORDER, external_ids=said) if said else {}
    known = select(*columns).where(col(Order.id).in_(list(ours.values())))
    by_id = {row[0]: (row[0], row[1], row[2]) for row in (session.execute(known) if ours else ())}
    return found | {key: by_id[id_] for key, id_ in ours.items() if id_ in by_id}


IMPORTED = "import"
"""The system whose numbers are what orders without a number say."""


def _order(item: OrderItem, row: OrderRow, who: int, key: str | None) -> dict[str, Any]:
    return {
        "line": item.line,
        "customer": who,
        "number": row.number,
        "ref": key if row.number is None else None,
        "placed_at": row.placed_at.isoformat(),
        "currency": row.currency,
        "lines": row.lines,
        "discount": row.discount,
        "paid": row.paid,
        "note": row.note,
        "address": row.address,
        "recipient": row.recipient,
    }
