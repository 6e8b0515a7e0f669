"""People, tickets and messages of an invented shop. The only Han character in their words is 张."""

from datetime import timedelta
from typing import Any

from crm_store.customers.tables import Customer
from crm_store.service.states import Kind, KindSource, Priority, TicketState
from crm_store.service.tables import Attachment, Delivery, Direction, Message, MessageVersion, Ticket
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.entries import Entry
from tests.talk import START

NOW = START
ANN = 'Ann <3 & "张"'
BOB = "Bob & <b>"
WORDS = "my <kettle> leaks & 张 knows"
MEGABYTE = 1_048_576


def ago(**span: float) -> Any:
    return NOW - timedelta(**span)


def _customer(id: int, **about: Any) -> Customer:
    return Customer(id=id, name=ANN, language="en", created_at=NOW, updated_at=NOW, **about)


CUSTOMERS = [_customer(1, username="ann_3"), _customer(2, chat_id=2, reachable=False, blocked_at=NOW)]


def _staff(id: int, role: Role, on_duty: bool, username: str | None = None) -> Staff:
    return Staff(
        id=id, user_id=id, chat_id=id, name=BOB, username=username, role=role, language="en",
        on_duty=on_duty, joined_at=NOW,
    )  # fmt: skip


STAFF = [
    _staff(1, Role.AGENT, on_duty=True, username="bob_b"),
    _staff(2, Role.MANAGER, on_duty=False),
    _staff(3, Role.OWNER, on_duty=True),
]


def _ticket(id: int, kind: Kind, state: TicketState, opened: Any, **about: Any) -> Ticket:
    return Ticket(
        id=id, customer_id=1, kind=kind, kind_source=KindSource.MODEL, state=state, opened_at=opened,
        updated_at=opened, last_customer_at=opened, **about,
    )  # fmt: skip


TICKETS = [
    _ticket(1, Kind.UNSURE, TicketState.NEW, ago(hours=3), waiting_since=ago(hours=3), campaign_id=5),
    _ticket(2, Kind.INQUIRY, TicketState.NEW, ago(seconds=9), waiting_since=ago(seconds=9), priority="P1"),
    _ticket(3, Kind.COMPLAINT, TicketState.OPEN, ago(days=2), waiting_since=ago(minutes=5), parent_id=1),
    _ticket(4, Kind.ORDER_STATUS, TicketState.WAITING_CUSTOMER, ago(days=20), priority=Priority.P2),
    _ticket(5, Kind.FEEDBACK, TicketState.WAITING_INTERNAL, ago(minutes=90), priority=Priority.P4),
    _ticket(6, Kind.COMPLAINT, TicketState.RESOLVED, ago(days=3), resolution="<new> lid sent to 张"),
    _ticket(7, Kind.INQUIRY, TicketState.RESOLVED, ago(days=1)),
    _ticket(8, Kind.UNSURE, TicketState.CLOSED, ago(days=400), closed_at=ago(days=398)),
]


def message(id: int, kind: str = "text", text: str = WORDS, **about: Any) -> Message:
    about = {"direction": Direction.IN, "at": ago(hours=2), **about}
    return Message(
        id=id, customer_id=1, ticket_id=1, kind=kind, text=text, chat_id=1, telegram_id=id, **about
    )


PLACE = {"latitude": 31.2, "longitude": 121.4}
BARE = {
    "location": PLACE,
    "venue": {"title": "Tea <House>", "address": "1 Lane & Co", "location": PLACE},
    "contact": {"first_name": ANN, "last_name": "Li", "phone_number": "+8613800000000"},
    "poll": {"question": "Which <one>?", "options": [{"text": "red & green"}, {"text": "张"}]},
    "dice": {"emoji": "🎲", "value": 6},
    "sticker": {"emoji": "😀"},
    "story": None,
}
"""Kinds of message that hold neither text nor a file, and what of them is kept."""

BARE_MESSAGES = [message(20 + at, kind, "", data=data) for at, (kind, data) in enumerate(BARE.items())]
PHOTO = message(11, "photo", "")
MESSAGES = [
    message(10),
    PHOTO,
    message(12, at=ago(days=3), edited_at=NOW),
    message(13, direction=Direction.NOTE, author_id=1),
    message(14, direction=Direction.OUT, author_id=1, delivery=Delivery.WAITING),
    message(15, direction=Direction.OUT, author_id=1, delivery=Delivery.DELIVERED),
    message(16, direction=Direction.OUT, author_id=1, delivery=Delivery.REFUSED, delivery_error="blocked"),
    *BARE_MESSAGES,
]


def _file(kind: str, name: str | None, megabytes: int) -> Attachment:
    return Attachment(
        id=1, message_id=11, kind=kind, file_id="x", file_unique_id="x", file_name=name,
        size=megabytes * MEGABYTE, too_big=megabytes > 20,
    )  # fmt: skip


FILES = [_file("photo", None, 1), _file("document", "<lid>.pdf", 50), _file("sticker", None, 1)]


def _entry(one: Message) -> Entry:
    return Entry(
        message=one,
        who=ANN if one.direction == Direction.IN else BOB,
        files=FILES if one is PHOTO else [],
        versions=[MessageVersion(message_id=one.id, text="<old>", replaced_at=NOW)] if one.edited_at else [],
    )


ENTRIES = [_entry(one) for one in MESSAGES]
