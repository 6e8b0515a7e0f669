"""What other systems may tell: strict schemas, and what they say as the store takes it."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.api.kinds import (
    Amount,
    Currency,
    CustomerNumber,
    Email,
    Fact,
    Id,
    Language,
    Moment,
    Phone,
    Qq,
    Quantity,
    Wechat,
    text,
)
from crm_store.customers.tables import ContactKind
from crm_store.exchange import events
from crm_store.exchange.events import NewEvent
from crm_store.money import MOST, decimals
from crm_store.sales.lines import LONGEST_NAME, MOST_LINES
from handlers.intake.told import (
    Rejected,
    TellingCustomer,
    TellingLine,
    TellingOrder,
    TellingPayment,
    TellingShipment,
)

Tag = Annotated[str, text(30)]
Key = Annotated[str, text(60)]

ABOUT = ("company", "province", "city", "district", "street", "tier")


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _Person(_Told):
    phone: Phone | None = None
    email: Email | None = None
    wechat: Wechat | None = None
    qq: Qq | None = None
    company: Annotated[str, text(200)] | None = None
    province: Annotated[str, text(60)] | None = None
    city: Annotated[str, text(60)] | None = None
    district: Annotated[str, text(60)] | None = None
    street: Annotated[str, text(300)] | None = None
    tier: Literal["VIP", "A", "B", "C"] | None = None
    language: Language | None = Field(default=None, description="Of what the customer is to read: zh or en.")
    tags: list[Annotated[str, text(30)]] = Field(
        default=[], max_length=30, description="Added to those there are."
    )
    fields: dict[Annotated[str, text(60)], Annotated[str, text(500)]] = Field(
        default={}, max_length=50, description="The shop's own fields, by their names."
    )
    source: Annotated[str, text(64)] | None = Field(
        default=None, description="Which shop, page or campaign; by default the key's name."
    )

    def _telling(
        self, *, name: str | None, external_id: str | None, number: str | None = None
    ) -> TellingCustomer:
        kinds = {kind: getattr(self, kind.value) for kind in ContactKind}
        return TellingCustomer(
            external_id=external_id,
            number=int(number[1:]) if number else None,
            name=name,
            contacts=tuple((kind, value) for kind, value in kinds.items() if value),
            about={name: value for name in ABOUT if (value := getattr(self, name))},
            tags=tuple(self.tags),
            own=dict(self.fields),
            source=self.source,
            language=self.language,
        )


class CustomerTold(_Person):
    """A customer of another system."""

    external_id: Id = Field(description="Your number of the customer: told again, it is the same customer.")
    name: Annotated[str, text(200)] = Field(description="As the customer is called.")

    def telling(self) -> TellingCustomer:
        return self._telling(name=self.name, external_id=self.external_id)


class Buyer(_Person):
    """Whose order it is. ``external_id`` alone is enough once the customer was told; without it, phone or
    e-mail and the name find a customer there is, or make a new one."""

    external_id: Id | None = None
    name: Annotated[str, text(200)] | None = Field(default=None, description="As the customer is called.")
    number: CustomerNumber | None = Field(default=None, description="Our number, where you know it: C12.")

    @model_validator(mode="after")
    def named(self) -> Self:
        if not (self.external_id or self.number or self.name):
            raise ValueError("an external_id, a number or a name")
        return self

    def telling(self) -> TellingCustomer:
        return self._telling(name=self.name, external_id=self.external_id, number=self.number)


class Line(_Told):
    """Name and price are kept as they are told; ``sku`` links the product there is, if there is one."""

    sku: Annotated[str, text(40)] | None = None
    name: Annotated[str, text(LONGEST_NAME)] | None = Field(
        default=None, description="May be left out with a known sku."
    )
    price: Amount = Field(description="Of one.")
    quantity: Quantity
    discount: Amount = Field(default=0, description="Off this line.")
    cost: Amount | None = Field(
        default=None,
        description="What one cost the shop, as it was told first; else the product's. Never told back.",
    )

    @model_validator(mode="after")
    def named(self) -> Self:
        if not (self.sku or self.name):
            raise ValueError("a name or a sku")
        return self

    def telling(self, currency: str, at: str) -> TellingLine:
        return TellingLine(
            price=minor(self.price, currency, f"{at}.price"),
            quantity=thousandths(self.quantity, f"{at}.quantity"),
            discount=minor(self.discount, currency, f"{at}.discount"),
            name=self.name,
            sku=self.sku,
            cost=minor(self.cost, currency, f"{at}.cost") if self.cost is not None else None,
        )


class PaymentTold(_Told):
    """The same method and reference told again is the same payment: it pays once."""

    method: Annotated[str, text(40)] = Field(description="wechat, alipay, card, bank …")
    reference: Id = Field(description="The payment's own number at whoever took it.")
    amount: Amount
    paid_at: Moment | None = None

    def telling(self, currency: str, at: str) -> TellingPayment:
        amount = minor(self.amount, currency, f"{at}.amount")
        return TellingPayment(self.method, self.reference, amount, self.paid_at)


class Goods(_Told):
    line: Annotated[int, Field(ge=0, lt=MOST_LINES)] = Field(
        description="Its place in lines; 0 is the first."
    )
    quantity: Quantity


class ShipmentTold(_Told):
    """The same tracking number told again is the same parcel."""

    carrier: Annotated[str, text(40)]
    tracking_number: Id
    lines: list[Goods] | None = Field(
        default=None, max_length=MOST_LINES, description="What is in it; by default all that is left to send."
    )
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None

    def telling(self, at: str) -> TellingShipment:
        goods: dict[int, int] = {}
        for place, one in enumerate(self.lines or []):
            amount = thousandths(one.quantity, f"{at}.lines[{place}].quantity")
            goods[one.line] = goods.get(one.line, 0) + amount
        return TellingShipment(
            self.carrier,
            self.tracking_number,
            goods if self.lines is not None else None,
            self.shipped_at,
            self.delivered_at,
        )


class OrderTold(_Told):
    """An order of another system, whole: told again with what is new (payments, parcels, state)."""

    external_id: Id = Field(description="Your number of the order: told again, it is the same order.")
    customer: Buyer
    lines: list[Line] = Field(min_length=1, max_length=MOST_LINES)
    currency: Currency | None = Field(default=None, description="ISO 4217; by default the shop's.")
    discount: Amount = Field(default=0, description="Off the whole order.")
    note: Annotated[str, text(1000)] | None = None
    address: Annotated[str, text(300)] | None = None
    recipient: Annotated[str, text(200)] | None = None
    placed_at: Moment | None = Field(default=None, description="When the customer ordered; by default now.")
    state: Literal["draft", "confirmed", "cancelled"] = Field(
        default="confirmed", description="As far as you know. An order never goes back a step."
    )
    cancel_reason: Annotated[str, text(300)] | None = None
    payments: list[PaymentTold] = Field(default=[], max_length=50)
    shipments: list[ShipmentTold] = Field(default=[], max_length=50)
    quiet: bool = Field(
        default=False, description="Tell the customer nothing. So it is anyway for orders over a week old."
    )

    @model_validator(mode="after")
    def accepted(self) -> Self:
        if self.state == "draft" and (self.payments or self.shipments):
            raise ValueError("a state other than draft, once there are payments or shipments")
        return self

    def telling(self, *, currency: str) -> TellingOrder:
        """``currency`` is the shop's. Raises Rejected for an amount finer than its currency."""
        used = self.currency or currency
        moved = bool(self.payments or self.shipments)
        return TellingOrder(
            external_id=self.external_id,
            customer=self.customer.telling(),
            lines=tuple(one.telling(used, f"lines[{at}]") for at, one in enumerate(self.lines)),
            currency=used,
            discount=minor(self.discount, used, "discount"),
            note=self.note,
            address=self.address,
            recipient=self.recipient,
            placed_at=self.placed_at,
            confirmed=self.state == "confirmed" or moved,
            cancelled=(self.cancel_reason or "") if self.state == "cancelled" else None,
            payments=tuple(one.telling(used, f"payments[{at}]") for at, one in enumerate(self.payments)),
            shipments=tuple(one.telling(f"shipments[{at}]") for at, one in enumerate(self.shipments)),
            quiet=self.quiet,
        )


class EventTold(_Told):
    """Something a customer did."""

    external_id: Id = Field(description="Your number of the event: told again, it is kept once.")
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,39}$")] = Field(
        description="What was done: view, add_to_cart, search …"
    )
    at: Moment = Field(description="When it happened, however late it is told.")
    customer_external_id: Id | None = Field(
        default=None, description="Your number of the customer; may become known later."
    )
    subject: Annotated[str, text(200)] | None = Field(
        default=None, description="To what: a product's sku, a page."
    )
    session: Id | None = None
    data: dict[Key, Fact] | None = Field(default=None, max_length=32)

    def telling(self) -> NewEvent:
        return NewEvent(
            external_id=self.external_id,
            kind=self.kind,
            at=self.at,
            customer_ref=self.customer_external_id,
            subject=self.subject,
            session=self.session,
            data=self.data,
        )


class EventsTold(_Told):
    """A batch: all of it is kept, or nothing."""

    events: list[EventTold] = Field(min_length=1, max_length=events.MOST)


def minor(amount: Any, currency: str, path: str) -> int:
    """An ``Amount`` in minor units. Raises Rejected for one that is finer than the currency, or too large."""
    if isinstance(amount, int):
        return amount
    digits = decimals(currency)
    found = Decimal(amount).scaleb(digits)
    if found != int(found):
        raise Rejected(path, "has too many decimals", f"at most {digits} for {currency}")
    if found > MOST:
        raise Rejected(path, "is too large", f"at most {MOST} minor units")
    return int(found)


def thousandths(quantity: Any, path: str) -> int:
    """A ``Quantity`` in thousandths. Raises Rejected for none at all."""
    found = int(Decimal(quantity) * 1000)
    if found <= 0:
        raise Rejected(path, "is nothing", "more than 0")
    return found
