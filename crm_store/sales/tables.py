"""Products, orders, payments and shipments. Money is in minor units of the row's currency; quantities are in
thousandths (1500 is one and a half)."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field

from crm_store.rows import Row
from crm_store.sales.states import OrderState, PaymentState, RefundState, ReturnState, ShipmentState
from crm_store.types import BigKey, ByCode, Utc, enum_of, where_set

QUANTITY_ONE = 1000


class ProductCategory(Row, table=True):
    __tablename__ = "product_category"

    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    parent_id: int | None = Field(default=None, foreign_key="product_category.id")


class Product(Row, table=True):
    """What is for sale now. An order's line keeps name, price and cost as they were. ``cost`` is what one
    costs the shop; None where nobody said. ``keys`` is what it is found by (``product_keys.keys_of``)."""

    __tablename__ = "product"

    id: int = Field(default=None, primary_key=True)
    sku: str | None = Field(default=None, unique=True)
    name: str = Field(index=True)
    category_id: int | None = Field(default=None, foreign_key="product_category.id", index=True)
    price: int = Field(sa_type=BigKey)
    cost: int | None = Field(default=None, sa_type=BigKey)
    currency: str
    unit: str | None = None
    keys: str = ""
    active: bool = True
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)


# As with tickets: the second of two changes at once is refused and tried again.
_order_version = Column("version", Integer, nullable=False)


_TO_SETTLE = text("completed_at IS NOT NULL AND settled_at IS NULL")
"""Completed orders whose books are not closed yet: few, however many orders there are."""


class Order(Row, table=True):
    """``total`` = the lines' totals − ``discount``, in minor units; locked once confirmed. ``discount_rate``:
    the discount was agreed as so many thousandths, and follows a draft's lines. ``paid`` and ``refunded`` are
    the sums of its payments and done refunds."""

    __tablename__ = "sales_order"
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _order_version}
    __table_args__ = (
        Index(
            "ix_sales_order_customer",
            *("customer_id", "placed_at", "id"),
            *("state", "currency", "paid", "refunded"),  # so that counting everybody's reads nothing else
        ),
        Index("ix_sales_order_placed", "placed_at"),
        Index("ix_sales_order_state", "state", "placed_at", "id"),
        where_set("sales_order", "completed_at"),
        where_set("sales_order", "confirmed_at"),
        where_set("sales_order", "cancelled_at"),
        Index(
            "ix_sales_order_to_settle",
            "settled_at",  # always NULL here; named first, SQLite prefers this index to that of all completed
            "completed_at",
            sqlite_where=_TO_SETTLE,
            postgresql_where=_TO_SETTLE,
        ),
        where_set("sales_order", "external_number"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("paid - refunded >= 0", name="refunds"),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    state: OrderState = Field(default=OrderState.DRAFT, sa_type=enum_of(OrderState))
    payment_state: PaymentState = Field(default=PaymentState.UNPAID, sa_type=enum_of(PaymentState))
    shipment_state: ShipmentState = Field(default=ShipmentState.NONE, sa_type=enum_of(ShipmentState))
    currency: str
    discount: int = Field(default=0, sa_type=BigKey)
    discount_rate: int | None = None
    total: int = Field(default=0, sa_type=BigKey)
    paid: int = Field(default=0, sa_type=BigKey)
    refunded: int = Field(default=0, sa_type=BigKey)
    note: str | None = None
    address: str | None = None
    recipient: str | None = None
    source: str = "staff"
    external_number: str | None = Field(default=None, sa_type=ByCode)
    taken_by: int | None = Field(default=None, foreign_key="staff.id")
    placed_at: datetime = Field(sa_type=Utc)
    confirmed_at: datetime | None = Field(default=None, sa_type=Utc)
    completed_at: datetime | None = Field(default=None, sa_type=Utc)
    settled_at: datetime | None = Field(default=None, sa_type=Utc)
    cancelled_at: datetime | None = Field(default=None, sa_type=Utc)
    cancel_reason: str | None = None
    updated_at: datetime = Field(sa_type=Utc)
    version: int = Field(default=1, sa_column=_order_version)

    @property
    def number(self) -> str:
        return f"O{self.id}"


class OrderLine(Row, table=True):
    """``total`` = quantity × price − discount, rounded half up to the minor unit once, here.
    ``discount_rate``: as an order's. ``cost`` is what one cost the shop; None where that was not known."""

    __tablename__ = "order_line"

    id: int = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="sales_order.id", index=True)
    product_id: int | None = Field(default=None, foreign_key="product.id", index=True)
    name: str
    sku: str | None = None
    category: str | None = None
    price: int = Field(sa_type=BigKey)
    cost: int | None = Field(default=None, sa_type=BigKey)
    quantity: int = Field(sa_type=BigKey)
    discount: int = Field(default=0, sa_type=BigKey)
    discount_rate: int | None = None
    total: int = Field(sa_type=BigKey)


class Payment(Row, table=True):
    """Money received for an order. The same method and reference twice pays once."""

    __tablename__ = "payment"
    __table_args__ = (UniqueConstraint("method", "reference"), CheckConstraint("amount > 0", name="amount"))

    id: int = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="sales_order.id", index=True)
    amount: int = Field(sa_type=BigKey)
    method: str
    reference: str | None = None
    taken_by: int | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=Utc, index=True)


class Refund(Row, table=True):
    """Money given back. One that waits for a manager's word is requested; only what is done counts."""

    __tablename__ = "refund"
    __table_args__ = (where_set("refund", "done_at"), CheckConstraint("amount > 0", name="amount"))

    id: int = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="sales_order.id", index=True)
    amount: int = Field(sa_type=BigKey)
    reason: str = ""
    state: RefundState = Field(sa_type=enum_of(RefundState))
    asked_by: int | None = Field(default=None, foreign_key="staff.id")
    decided_by: int | None = Field(default=None, foreign_key="staff.id")
    asked_at: datetime = Field(sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc)


class Shipment(Row, table=True):
    __tablename__ = "shipment"
    __table_args__ = (where_set("shipment", "tracking_number"),)

    id: int = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="sales_order.id", index=True)
    carrier: str
    tracking_number: str | None = Field(default=None, sa_type=ByCode)
    sent_by: int | None = Field(default=None, foreign_key="staff.id")
    sent_at: datetime = Field(sa_type=Utc)
    delivered_at: datetime | None = Field(default=None, sa_type=Utc)


class ShipmentLine(Row, table=True):
    __tablename__ = "shipment_line"

    shipment_id: int = Field(primary_key=True, foreign_key="shipment.id")
    line_id: int = Field(primary_key=True, foreign_key="order_line.id")
    quantity: int = Field(sa_type=BigKey)


class Return(Row, table=True):
    """Goods that come back; ``ticket_id`` is where the customer asked for it."""

    __tablename__ = "order_return"
    __table_args__ = (where_set("order_return", "received_at"),)

    id: int = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="sales_order.id", index=True)
    state: ReturnState = Field(sa_type=enum_of(ReturnState))
    reason: str = ""
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    asked_at: datetime = Field(sa_type=Utc)
    decided_by: int | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=Utc)
    received_at: datetime | None = Field(default=None, sa_type=Utc)


class ReturnLine(Row, table=True):
    __tablename__ = "return_line"

    return_id: int = Field(primary_key=True, foreign_key="order_return.id")
    line_id: int = Field(primary_key=True, foreign_key="order_line.id")
    quantity: int = Field(sa_type=BigKey)
