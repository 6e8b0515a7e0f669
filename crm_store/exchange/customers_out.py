"""Customers as rows of a file. Its headings are those that an import knows again."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from crm_store.customers import contacts, fields, filters, sight
from crm_store.customers.filter_conditions import COUNTED
from crm_store.customers.filter_terms import Filtered
from crm_store.customers.tables import (
    Consent,
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    CustomerTag,
    CustomField,
    CustomValue,
    FieldKind,
    Purpose,
)
from crm_store.exchange import amounts
from crm_store.exchange.cells import PAGE, Cell, Label
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff

COLUMNS = (
    "number", "name", "remark", "salutation", "company", "phone", "other_phones", "email", "other_emails",
    "wechat", "qq", "province", "city", "district", "street", "tier", "tags", "owner", "source", "language",
    "orders", "net", "currency", "last_order_at", "marketing", "reachable", "referred_by", "created_at",
)  # fmt: skip
BETWEEN = "; "
"""Between several of one kind in one cell."""


def own_fields(session: Session, *, by: Staff) -> list[CustomField]:
    """The shop's own fields that ``by`` may see."""
    return [one for one in fields.all(session) if by.role.includes(one.role)]


def rows(session: Session, *, filtered: Filtered, by: Staff, label: Label) -> Iterator[list[Cell]]:
    own = own_fields(session, by=by)
    staff = {one.id: one.name for one in session.scalars(select(Staff))}
    after = None
    while True:
        page = filters.page(session, filtered=filtered, by=by, limit=PAGE, after=after)
        beside = _Beside(session, [one.id for one in page.customers], filtered.currency)
        for customer in page.customers:
            yield _row(customer, beside, by=by, staff=staff, own=own, label=label, money=filtered.currency)
        session.expunge_all()  # a page that is written is not needed again
        if page.after is None:
            return
        after = page.after


class _Beside:
    """What belongs to a page of customers, by customer."""

    def __init__(self, session: Session, ids: Sequence[int], currency: str) -> None:
        self.ways: dict[int, list[ContactMethod]] = defaultdict(list)
        self.tags: dict[int, list[str]] = defaultdict(list)
        self.own: dict[int, dict[int, str]] = defaultdict(dict)
        self.orders: dict[int, tuple[int, int]] = {}
        self.marketing: dict[int, ConsentState] = {}
        for way in self._all(session, ContactMethod, ids, col(ContactMethod.primary).desc()):
            self.ways[way.customer_id].append(way)
        for one in self._all(session, CustomerTag, ids, col(CustomerTag.tag)):
            self.tags[one.customer_id].append(one.tag)
        for one in self._all(session, CustomValue, ids, col(CustomValue.field_id)):
            self.own[one.customer_id][one.field_id] = one.value
        for one in self._all(session, Consent, ids, col(Consent.id)):
            if one.purpose == Purpose.MARKETING:
                self.marketing[one.customer_id] = one.state
        net = case((col(Order.currency) == currency, col(Order.paid) - col(Order.refunded)), else_=0)
        statement = (
            select(col(Order.customer_id), func.sum(case((COUNTED, 1), else_=0)), func.sum(net))
            .where(col(Order.customer_id).in_(ids))
            .group_by(col(Order.customer_id))
        )
        for customer_id, count, amount in session.execute(statement):
            self.orders[customer_id] = int(count), int(amount)

    @staticmethod
    def _all(session: Session, table: Any, ids: Sequence[int], order: Any) -> Iterator[Any]:
        statement = select(table).where(table.customer_id.in_(ids)).order_by(table.customer_id, order)
        return iter(session.scalars(statement))


def _row(
    customer: Customer,
    beside: _Beside,
    *,
    by: Staff,
    staff: dict[int, str],
    own: list[CustomField],
    label: Label,
    money: str,
) -> list[Cell]:
    sees = sight.sees_contacts(by, customer=customer)
    ways: dict[ContactKind, list[str]] = defaultdict(list)
    for way in beside.ways[customer.id]:
        ways[way.kind].append(plain(way) if sees else sight.mask(way))
    count, net = beside.orders.get(customer.id, (0, 0))
    consent = beside.marketing.get(customer.id)
    held = beside.own[customer.id]
    return [
        customer.number,
        customer.name,
        customer.remark,
        customer.salutation,
        customer.company,
        *_first_and_others(ways[ContactKind.PHONE]),
        *_first_and_others(ways[ContactKind.EMAIL]),
        BETWEEN.join(ways[ContactKind.WECHAT]),
        BETWEEN.join(ways[ContactKind.QQ]),
        customer.province,
        customer.city,
        customer.district,
        customer.street,
        customer.tier.value if customer.tier else None,
        BETWEEN.join(beside.tags[customer.id]),
        staff.get(customer.owner_id) if customer.owner_id else None,
        customer.source,
        label("languages", customer.language),
        count,
        amounts.decimal(net, money),
        money,
        customer.last_order_at,
        label("consents", consent.value) if consent else None,
        label("answers", "yes" if customer.reachable and customer.chat_id else "no"),
        f"C{customer.referred_by_id}" if customer.referred_by_id else None,
        customer.created_at,
        *(_own(one, held.get(one.id), money) for one in own),
    ]


def plain(way: ContactMethod) -> str:
    """A contact to be copied: 13800000000, 010-62345678, +44 20 7946 0958."""
    if way.kind != ContactKind.PHONE:
        return way.value
    shown = contacts.shown(way.kind, way.value)
    return shown.replace(" ", "") if way.value.startswith("+86") else shown


def _first_and_others(values: list[str]) -> tuple[str | None, str | None]:
    return next(iter(values), None), BETWEEN.join(islice(values, 1, None)) or None


def _own(field: CustomField, value: str | None, currency: str) -> Cell:
    if value is None:
        return None
    if field.kind == FieldKind.MONEY:
        return amounts.decimal(int(value), currency)
    if field.kind == FieldKind.NUMBER:
        return Decimal(value)
    return fields.shown(field, value, currency=currency)
