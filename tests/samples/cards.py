"""Customers' cards, timelines and what a search finds, of an invented shop."""

from datetime import date
from typing import Any

from crm_store.customers.completeness import WEIGHTS, Completeness
from crm_store.customers.fields import Value
from crm_store.customers.filter_terms import Field
from crm_store.customers.overview import Net, Overview
from crm_store.customers.tables import (
    ConsentState,
    ContactKind,
    Customer,
    CustomField,
    Event,
    FieldKind,
    Interaction,
    InteractionKind,
    Need,
    Preference,
    PreferenceSource,
    Purpose,
    Tier,
    Way,
)
from crm_store.customers.timeline import Kind
from crm_store.marketing.responses import Received
from crm_store.sales.states import OrderState, PaymentState, ShipmentState
from crm_store.sales.tables import Order
from crm_store.sales.typical import Mean
from crm_store.service.tables import Task
from handlers.agent.records.contacts_shown import ShownContact
from handlers.agent.records.hits import CustomerLine, OrderLine, TicketLine
from handlers.agent.records.timeline import Line
from handlers.agent.todo_lines import Todo
from tests.samples import campaigns
from tests.samples.rows import ANN, BOB, ENTRIES, NOW, STAFF, TICKETS, WORDS, ago
from tests.samples.turnover import MARGINS
from tests.talk import WORDS as TEXTS


def _customer(id: int, **about: Any) -> Customer:
    return Customer(id=id, name=ANN, language="en", created_at=ago(days=400), updated_at=NOW, **about)


BARE = _customer(12)
FULL = _customer(
    13, chat_id=13, username="ann_3", remark="<kettle> & co", salutation="Dr <Li>", company="A & B",
    province="Guangdong", city="Shenzhen", district="Nanshan", street="1 <High> St", tier=Tier.VIP,
    source="site <x>", last_order_at=ago(days=3),
)  # fmt: skip
BLOCKED = _customer(14, chat_id=14, reachable=False, blocked_at=ago(days=2), city="Shenzhen")

PHONE = ShownContact(ContactKind.PHONE, "138****0000", True, None, False)
CONTACTS = [
    PHONE,
    ShownContact(ContactKind.PHONE, "138 0000 0000", False, ago(days=3), False),
    ShownContact(ContactKind.EMAIL, "a<b@example.com", False, ago(days=400), True),
    ShownContact(ContactKind.WECHAT, "ann_3", False, None, False, ago(days=30)),
]


def _order(id: int, state: OrderState, paid: PaymentState, sent: ShipmentState) -> Order:
    return Order(
        id=id, customer_id=13, state=state, payment_state=paid, shipment_state=sent, currency="CNY",
        total=123_450, placed_at=ago(days=id), updated_at=NOW,
    )  # fmt: skip


ORDERS = [
    _order(7, OrderState.DRAFT, PaymentState.UNPAID, ShipmentState.NONE),
    _order(6, OrderState.CONFIRMED, PaymentState.PARTIAL, ShipmentState.SHIPPED),
    _order(5, OrderState.CANCELLED, PaymentState.REFUNDED, ShipmentState.NONE),
]


def _interaction(
    kind: InteractionKind, way: Way | None = None, seconds: int | None = None, text: str = WORDS
) -> Interaction:
    return Interaction(
        id=1, customer_id=13, kind=kind, way=way, duration_seconds=seconds, text=text, author_id=1,
        at=ago(hours=1),
    )  # fmt: skip


INTERACTIONS = [
    _interaction(InteractionKind.CALL, Way.IN, 300),
    _interaction(InteractionKind.CALL, Way.OUT, text=""),
    _interaction(InteractionKind.MAIL, Way.OUT),
    _interaction(InteractionKind.VISIT, None, 4800),
    _interaction(InteractionKind.NOTE),
]


def _like(topic: str, value: str, source: PreferenceSource, confidence: float = 1.0) -> Preference:
    return Preference(
        id=1, customer_id=13, topic=topic, value=value, source=source, confidence=confidence, at=NOW
    )


LIKES = [
    _like("channel", "no calls <please>", PreferenceSource.STATED),
    _like("green tea", "Green tea", PreferenceSource.STATED),
    _like("hour", "evenings", PreferenceSource.INFERRED, 0.8),
]
NEEDS = [
    Need(
        id=1, customer_id=13, category="tea <sets>", text=WORDS, budget=50_000,
        wanted_by=date(2026, 12, 1), at=NOW,
    ),
    Need(id=2, customer_id=13, category="cups", text="six", at=NOW),
]  # fmt: skip


def _own(id: int, name: str, kind: FieldKind, value: str) -> Value:
    return Value(CustomField(id=id, name=name, kind=kind, created_at=NOW), value)


OWN = [
    _own(1, "birthday <b>", FieldKind.DATE, "1990-01-05"),
    _own(2, "limit", FieldKind.MONEY, "100000"),
    _own(3, "likes", FieldKind.TEXT, WORDS),
    _own(4, "member", FieldKind.YES_NO, "yes"),
]

NOTHING = Overview(
    owner=None, tags=[], contacts=[], consents={}, tickets=[], open_tickets=0, latest_orders=[], orders=0,
    net=[], means=[], last_purchase_at=None, last_contact_at=None, notes=[], preferences=[], needs=[],
    completeness=Completeness(0, list(WEIGHTS)), reach_by=None, task=None, campaigns=[],
    referred_by=None, brought=0,
)  # fmt: skip
EVERYTHING = Overview(
    owner=STAFF[0], tags=["vip", "<gift>"], contacts=[],
    consents={Purpose.MARKETING: ConsentState.GRANTED, Purpose.PROFILING: ConsentState.WITHDRAWN},
    tickets=TICKETS[:3], open_tickets=7, latest_orders=ORDERS, orders=2,
    net=[Net("CNY", 550_000), Net("USD", 1200)],
    means=[Mean("CNY", 10_000, 9, 1), Mean("USD", 1_200, 2, 0)],
    last_purchase_at=ago(days=6), last_contact_at=ago(days=1),
    notes=[
        INTERACTIONS[-1],
        Interaction(id=9, customer_id=13, kind=InteractionKind.NOTE, text="old", at=ago(days=9)),
    ],
    preferences=LIKES, needs=NEEDS, completeness=Completeness(100, []), reach_by=None, task=None,
    campaigns=[Received(campaigns.FULL, one) for one in campaigns.MEMBERS], referred_by=BLOCKED,
    brought=1200,
)  # fmt: skip
TO_CALL = Task(
    id=1, customer_id=14, reason="blocked", text=WORDS, ticket_id=1, order_id=7, for_staff_id=1,
    opened_at=ago(days=2), due_at=ago(days=1),
)  # fmt: skip
WORDLESS = Task(id=2, customer_id=14, reason="deactivated", opened_at=NOW, due_at=ago(days=-1))
ONE_ORDER = Overview(
    **{**EVERYTHING.__dict__, "task": TO_CALL, "orders": 1, "net": [], "last_purchase_at": None}
)


def _card(customer: Customer, overview: Overview, **about: Any) -> dict[str, Any]:
    bare: dict[str, Any] = {"contacts": [], "reach_by": None, "own": [], "people": {}, "merged": None}
    return {"customer": customer, "overview": overview, "margin": None, "currency": "CNY", **bare, **about}


CARDS = [
    _card(BARE, NOTHING),
    _card(BARE, NOTHING, contacts=[PHONE], reach_by=PHONE, merged="C5"),
    _card(FULL, EVERYTHING, contacts=CONTACTS, own=OWN, people={1: STAFF[0]}, margin=MARGINS[2]),
    _card(BLOCKED, ONE_ORDER, contacts=CONTACTS, reach_by=CONTACTS[1], margin=MARGINS[3]),
    _card(BLOCKED, NOTHING),
    _card(BLOCKED, Overview(**{**NOTHING.__dict__, "task": WORDLESS})),
]

TODOS = [
    Todo(TO_CALL, BLOCKED, STAFF[0], PHONE, None, False),
    Todo(TO_CALL, BLOCKED, None, CONTACTS[3], "no calls <please>", False),
    Todo(WORDLESS, BLOCKED, None, None, None, False),
    Todo(TO_CALL, FULL, STAFF[0], PHONE, None, True),
]


def _event(kind: str, subject: str | None) -> Event:
    return Event(
        id=1, source="shop <x>", external_id="1", kind=kind, subject=subject, at=NOW, received_at=NOW
    )


EVENTS = [_event("looked", "tea & <cups>"), _event("came", None)]
LINES = [
    *(Line(Kind.MESSAGE, one.message.at, one.message, one, "") for one in ENTRIES[:4]),
    *(Line(Kind(one.kind.value), one.at, one, None, BOB) for one in INTERACTIONS),
    Line(Kind.CALL, NOW, INTERACTIONS[1], None, ""),
    *(Line(Kind.ORDER, one.placed_at, one, None, "") for one in ORDERS),
    *(Line(Kind.EVENT, one.at, one, None, "") for one in EVENTS),
    *(Line(Kind.CAMPAIGN, one.sent_at, one, None, "", campaigns.FULL) for one in campaigns.MEMBERS),
]
TIMELINES: list[dict[str, Any]] = [
    {"customer": FULL, "kind": None, "lines": LINES},
    {"customer": BARE, "kind": None, "lines": []},
    *({"customer": FULL, "kind": kind, "lines": []} for kind in Kind),
]

HITS = [
    CustomerLine(FULL, None, []),
    *(CustomerLine(BARE, why, []) for why in TEXTS.labels("en", "match")),
]
FOUND: list[dict[str, Any]] = [
    {"text": WORDS, "lines": HITS, "orders": [OrderLine(ORDERS[0], FULL)],
     "tickets": [TicketLine(TICKETS[0], FULL)], "count": None},
    *({"text": "tag:vip", "lines": HITS[:1], "orders": [], "tickets": [], "count": count}
      for count in (1, 2, 1000, 1001)),
]  # fmt: skip
NOT_FOUND: list[dict[str, Any]] = [{"text": WORDS, "lines": []}, {"text": WORDS, "lines": HITS}]
LOGGED = [{"customer": FULL, "interaction": one} for one in INTERACTIONS]
ASKED = [{"customer": FULL, "kind": kind} for kind in InteractionKind]

UNKNOWN_FIELD = [
    {"name": "<foo>", "fields": [one.value for one in Field if one != Field.OWN], "own": own}
    for own in ([], ["birthday <b>", "limit"])
]
BAD_VALUE = [{"name": "net", "value": "<x>", "wants": wants} for wants in TEXTS.labels("en", "filter_wants")]

FITTING: dict[str, list[dict[str, Any]]] = {
    "agent/customer/card": CARDS,
    "agent/customer/tickets": [{"customer": FULL, "tickets": TICKETS}, {"customer": BARE, "tickets": []}],
    "agent/timeline/timeline": TIMELINES,
    "agent/find/results": FOUND,
    "agent/find/nothing": NOT_FOUND,
    "agent/find/nobody": [{"text": WORDS}],
    "agent/log/kept": [{**one, "task": task} for one in LOGGED for task in (None, TO_CALL)],
    "agent/todo/list": [{"todos": [], "count": 0}, {"todos": TODOS, "count": 30}],
    "agent/todo/new": [{"todo": one} for one in TODOS],
    "agent/todo/back": [{"todo": one} for one in TODOS[3:]],
    "agent/log/rewritten": LOGGED,
    "agent/log/ask": ASKED,
    "agent/log/no_files": ASKED,
    "refused/bad_filter": UNKNOWN_FIELD,
    "refused/bad_filter_value": BAD_VALUE,
}
