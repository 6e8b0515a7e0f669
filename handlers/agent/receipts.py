"""What became of what was sent: told to whoever wrote it, or to the managers when a person must decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from sqlmodel import Session

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.marketing import waiting
from crm_store.service import tickets
from crm_store.service.tables import Delivery, Direction, Message, Ticket
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.chat import Chat
from handlers.commands import tap
from handlers.html import plain
from handlers.taps import Tap, button
from handlers.voice import Voice

PATIENCE = timedelta(seconds=3)
"""An answer that takes longer is shown as waiting."""

EXCERPT = 300
LISTED = 8
ON_THE_WAY = (OutboxState.PENDING, OutboxState.SENDING, OutboxState.UNKNOWN)
CHANGES = ("edit", "delete", "pin", "unpin", "set", "stop")
OWN_ALERTS = ("unsure:", "trouble:")
NEVER_AGAIN = (*OWN_ALERTS, waiting.KEY)
"""Nobody is asked whether to send these once more: a campaign's message goes out once, and its card lists
whom nobody can be sure of."""


@dataclass(frozen=True)
class SendAgain(Tap, verb="again"):
    """Messages of unknown fate, by the first and last of their rows."""

    first: int
    last: int


@dataclass(frozen=True)
class Lost:
    """A message as a person recognises it: to whom, and how it begins."""

    name: str
    text: str


def queued(chat: Chat, *, ticket: Ticket, message: Message) -> None:
    """The speaker's answer is on its way. Says so only when that takes a while: a quick delivery is told
    in one message."""
    key = _receipt(message.id)
    if outbox.by_key(chat.session, key=key) is not None:
        return
    Voice(chat.desk, chat.words).say(
        chat.session,
        "agent/receipt/waiting.html.j2",
        to=chat.me,
        key=key,
        priority=outbox.RECEIPT,
        ticket=ticket,
        customer=chat.session.get(Customer, ticket.customer_id),
        not_before=chat.now + PATIENCE,
        now=chat.now,
    )


def settled(session: Session, *, message_id: int, now: datetime, voice: Voice) -> None:
    """A part of a message was sent. When it was an answer's last, the answer is delivered."""
    message = session.get(Message, message_id)
    if message is None or message.direction != Direction.OUT or message.delivery != Delivery.WAITING:
        return
    ticket, customer, author = _about(session, message)
    parts = [
        row.state
        for row in outbox.of_message(session, message_id=message.id)
        if customer is not None and row.chat_id == customer.chat_id
    ]
    if any(state in ON_THE_WAY or state == OutboxState.FAILED for state in parts):
        return
    message.delivery = Delivery.DELIVERED
    if ticket is None or author is None:
        return
    outbox.amend(
        session,
        key=_receipt(message.id),
        params=voice.message(
            "agent/receipt/delivered.html.j2", to=author, ticket=ticket, customer=customer, now=now
        ),
        edit_key=f"{_receipt(message.id)}:delivered",
        now=now,
    )


def failed(session: Session, *, row: Outbox, alert: bool, now: datetime, voice: Voice) -> None:
    """A row will not be sent; ``row.error`` says why. Of an answer its author hears, of anything else that
    wants a person's eyes the managers."""
    reason, _, said = (row.error or "").partition(": ")
    message = session.get(Message, row.message_id) if row.message_id is not None else None
    if message is not None and message.direction == Direction.OUT:
        _refused(session, message, row, reason=reason, said=said, now=now, voice=voice)
    elif alert and not row.method.startswith(CHANGES):
        _trouble(session, row, reason=reason, said=said, now=now, voice=voice)


def _refused(
    session: Session, message: Message, row: Outbox, *, reason: str, said: str, now: datetime, voice: Voice
) -> None:
    ticket, customer, author = _about(session, message)
    if message.delivery == Delivery.REFUSED or customer is None or row.chat_id != customer.chat_id:
        return
    message.delivery, message.delivery_error = Delivery.REFUSED, reason
    if ticket is not None:
        tickets.undelivered(session, ticket=ticket, now=now)
    if ticket is None or author is None:
        return
    outbox.amend(
        session,
        key=_receipt(message.id),
        method="deleteMessage",
        params={},
        edit_key=f"{_receipt(message.id)}:gone",
        now=now,
    )
    voice.say(
        session,
        "agent/receipt/refused.html.j2",
        to=author,
        key=f"{_receipt(message.id)}:refused",
        ticket=ticket,
        customer=customer,
        reason=reason,
        said=said,
        text=_shortened(message.text),
        now=now,
    )


def unsure(session: Session, *, rows: Sequence[Outbox], now: datetime, voice: Voice) -> None:
    """Nobody can know whether these were delivered, and twice would be worse: the managers decide."""
    rows = [row for row in rows if not row.key.startswith(NEVER_AGAIN)]
    if not rows:
        return
    lost = [_lost(session, row) for row in rows[:LISTED]]
    again = button("send_again", SendAgain(min(row.id for row in rows), max(row.id for row in rows)))
    for manager in staff_verbs.of_role(session, role=Role.MANAGER):
        voice.say(
            session,
            "agent/receipt/unsure.html.j2",
            to=manager,
            key=f"unsure:{rows[0].id}:{now.timestamp():.3f}:{manager.id}",
            priority=outbox.NOTICE,
            buttons=[[again]],
            lost=lost,
            count=len(rows),
            now=now,
        )


def unreachable(session: Session, *, staff: Staff, reason: str, now: datetime, voice: Voice) -> None:
    """One of the desk's own people cannot be written to any more: the others must know."""
    for manager in staff_verbs.of_role(session, role=Role.MANAGER):
        key = f"trouble:staff:{staff.id}:{now:%Y%m%d}:{manager.id}"
        if manager.id != staff.id and outbox.by_key(session, key=key) is None:
            voice.say(
                session,
                "agent/receipt/unreachable.html.j2",
                to=manager,
                key=key,
                priority=outbox.NOTICE,
                name=staff.name,
                reason=reason,
                now=now,
            )


def _trouble(session: Session, row: Outbox, *, reason: str, said: str, now: datetime, voice: Voice) -> None:
    """At most one notice an hour for each thing that goes wrong: a broken template breaks every message."""
    if row.key.startswith(OWN_ALERTS):
        return
    what = f"trouble:{reason}:{crc32(said.encode()):08x}:{now:%Y%m%d%H}"
    for manager in staff_verbs.of_role(session, role=Role.MANAGER):
        if outbox.by_key(session, key=f"{what}:{manager.id}") is None:
            voice.say(
                session,
                "agent/receipt/trouble.html.j2",
                to=manager,
                key=f"{what}:{manager.id}",
                priority=outbox.NOTICE,
                lost=_lost(session, row),
                reason=reason,
                said=said,
                now=now,
            )


def send_again(chat: Chat, tapped: SendAgain) -> None:
    """A manager decided that twice is better than never."""
    count = outbox.send_again(chat.session, first=tapped.first, last=tapped.last)
    chat.toast("sent_again" if count else "sent_again_before")
    chat.edit("agent/receipt/sent_again.html.j2", count=count)


def _about(session: Session, message: Message) -> tuple[Ticket | None, Customer | None, Staff | None]:
    """The ticket, who was to read it, and who wrote it, if they still belong to the desk."""
    ticket = session.get(Ticket, message.ticket_id) if message.ticket_id is not None else None
    author = session.get(Staff, message.author_id) if message.author_id is not None else None
    present = author if author is not None and author.revoked_at is None else None
    return ticket, session.get(Customer, message.customer_id), present


def _lost(session: Session, row: Outbox) -> Lost:
    person = customers.by_user_id(session, user_id=row.chat_id) or staff_verbs.by_user_id(
        session, user_id=row.chat_id
    )
    words = row.params.get("text") or row.params.get("caption") or ""
    if "parse_mode" in row.params:
        words = plain(words)
    return Lost(name=person.name if person else str(row.chat_id), text=_shortened(words))


def _shortened(text: str) -> str:
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def _receipt(message_id: int) -> str:
    return f"receipt:{message_id}"


HANDLERS = [tap(SendAgain, role=Role.MANAGER, run=send_again)]
