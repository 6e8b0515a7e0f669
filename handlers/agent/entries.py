"""Messages of a ticket as staff read them: who, what, with which files, and what it said before."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_store.customers.tables import Customer
from crm_store.service import transcript
from crm_store.service.tables import Attachment, Direction, Message, MessageVersion
from crm_store.staff import staff as staff_verbs
from crm_store.staff.tables import Staff
from handlers.chat import Chat


@dataclass(frozen=True)
class Entry:
    message: Message
    who: str
    files: list[Attachment]
    versions: list[MessageVersion]


def entries(chat: Chat, messages: Sequence[Message], *, customer: Customer) -> list[Entry]:
    """The messages with all that a card shows of them, in their order."""
    files = transcript.attachments(chat.session, messages=messages)
    staff = staff_verbs.by_ids(chat.session, ids=[message.author_id for message in messages])
    return [
        Entry(
            message=message,
            who=customer.name if message.direction == Direction.IN else _author(message, staff),
            files=[one for one in files if one.message_id == message.id],
            versions=transcript.versions(chat.session, message=message) if message.edited_at else [],
        )
        for message in messages
    ]


def _author(message: Message, staff: dict[int, Staff]) -> str:
    return staff[message.author_id].name if message.author_id in staff else ""
