"""Rows of a file as orders: those of one order number are one order, one without it is one by itself."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from crm_store.exchange import cells_in, headers
from crm_store.exchange.cells_in import RowRefused, short_enough
from crm_store.exchange.customer_rows import LONGEST_ID, CustomerReader, CustomerRow
from crm_store.exchange.present import squeezed
from crm_store.exchange.reading import Row
from crm_store.sales import totals
from crm_store.sales.lines import LONGEST_NAME, MOST_LINES
from crm_store.sales.tables import QUANTITY_ONE

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class OrderRow:
    """``lines`` are what ``NewLine`` takes, as plain values; amounts in minor units of ``currency``."""

    customer: CustomerRow
    number: str | None
    placed_at: datetime
    currency: str
    lines: list[dict[str, Any]]
    discount: int = 0
    paid: int = 0
    note: str | None = None
    address: str | None = None
    recipient: str | None = None

    @property
    def total(self) -> int:
        return _sum(self.lines) - self.discount

    @property
    def digest(self) -> str:
        """The same for orders that say the same, whoever's line they stand on."""
        who = [self.customer.contacts, squeezed(self.customer.name), self.customer.values.get("city")]
        # Not what goods cost: a file that came without is the same with that column.
        lines = [{key: value for key, value in one.items() if key != "cost"} for one in self.lines]
        said = [who, self.placed_at.isoformat(), self.currency, lines, self.discount, self.note]
        return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


@dataclass
class OrderItem:
    """The rows of one order, or why they are none."""

    lines: list[int]
    row: OrderRow | None = None
    refused: str | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.lines[0]


class OrderReader:
    def __init__(
        self, engine: Engine, mapping: Mapping[str, str], *, currency: str, timezone: str, sale: str
    ) -> None:
        theirs = {column: of for column, of in mapping.items() if of in headers.OF_ORDERS}
        self._customers = CustomerReader(engine, theirs, currency=currency)
        self._columns = {of: int(column) for column, of in mapping.items()}
        self._currency, self._zone, self._sale = currency, ZoneInfo(timezone), sale

    def items(self, rows: Iterable[Row]) -> Iterator[OrderItem]:
        for number, group in groupby(rows, key=lambda row: self._cell(row, "order_number") or row.line):
            together = list(group)
            item = OrderItem([one.line for one in together])
            try:
                item.row = self._read(number if isinstance(number, str) else None, together)
            except RowRefused as refusal:
                item.refused = refusal.reason
            yield item

    def _read(self, number: str | None, rows: list[Row]) -> OrderRow:
        for row in rows:
            short_enough(row.cells)
        if len(rows) > MOST_LINES:
            raise RowRefused("many_lines", str(MOST_LINES))
        if number is not None and len(number) > LONGEST_ID:
            raise RowRefused("too_long", number)
        first = rows[0]
        customer = self._customers.read(first, nameless=True)
        if not (customer.name or customer.contacts or customer.number or customer.external_id):
            raise RowRefused("no_customer")
        if not (day := self._cell(first, "date")):
            raise RowRefused("no_date")
        currency = (self._cell(first, "currency") or self._currency).strip().upper()
        if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise RowRefused("currency", currency)
        lines = [self._line(row, currency, alone=len(rows) == 1) for row in rows]
        note = self._cell(first, "note")
        if len(note) > LONGEST_NOTE:
            raise RowRefused("too_long", note[:20] + "…")
        read = OrderRow(
            customer=customer,
            number=number,
            placed_at=cells_in.moment(day).replace(tzinfo=self._zone).astimezone(UTC),
            currency=currency,
            lines=lines,
            discount=self._discount(first, lines, currency),
            note=note or None,
            address=self._cell(first, "address") or None,
            recipient=self._cell(first, "recipient") or None,
        )
        paid = self._amount(first, "paid", currency) or 0
        if paid > read.total:
            raise RowRefused("overpaid", self._cell(first, "paid"))
        return OrderRow(**{**read.__dict__, "paid": paid})

    def _line(self, row: Row, currency: str, *, alone: bool) -> dict[str, Any]:
        name = " ".join((self._cell(row, "product") or self._cell(row, "sku") or self._sale).split())
        if len(name) > LONGEST_NAME:
            raise RowRefused("too_long", name[:20] + "…")
        count = self._cell(row, "quantity")
        quantity = cells_in.quantity(count) if count else QUANTITY_ONE
        price, amount = self._amount(row, "price", currency), self._amount(row, "amount", currency)
        discount = self._amount(row, "line_discount", currency) or 0
        if price is None and amount is None and alone:
            amount = self._amount(row, "total", currency)
        if price is None:
            if amount is None:
                raise RowRefused("no_amount")
            price = -(-(amount + discount) * QUANTITY_ONE // quantity)  # up, so that a discount makes it even
            discount = totals.gross(price, quantity) - amount
        elif amount is not None and discount == 0:
            discount = totals.gross(price, quantity) - amount
        if not 0 <= discount <= totals.gross(price, quantity) <= totals.LARGEST:
            raise RowRefused("amounts", self._cell(row, "amount") or self._cell(row, "line_discount"))
        sku = self._cell(row, "sku")[:LONGEST_ID] or None
        line = {"name": name, "sku": sku, "price": price, "quantity": quantity, "discount": discount}
        cost = self._amount(row, "cost", currency)
        return line if cost is None else line | {"cost": cost}

    def _discount(self, row: Row, lines: list[dict[str, Any]], currency: str) -> int:
        """What the whole order's amount says beyond its lines."""
        total = self._amount(row, "total", currency)
        if total is None:
            return 0
        if total > _sum(lines):
            raise RowRefused("amounts", self._cell(row, "total"))
        return _sum(lines) - total

    def _amount(self, row: Row, of: str, currency: str) -> int | None:
        cell = self._cell(row, of)
        return cells_in.amount(cell, currency=currency) if cell else None

    def _cell(self, row: Row, of: str) -> str:
        column = self._columns.get(of)
        return row.cells[column].strip() if column is not None and column < len(row.cells) else ""


def _sum(lines: list[dict[str, Any]]) -> int:
    return sum(totals.line_total(one["price"], one["quantity"], one["discount"]) for one in lines)
