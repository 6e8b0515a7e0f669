"""How the machine speaks by itself, where nobody wrote: the sender, the clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox
from crm_store.service.tables import Ticket
from crm_store.staff.tables import Staff
from handlers.desk import Desk
from handlers.taps import Keyboard, inline
from handlers.words import Words


@dataclass(frozen=True)
class Voice:
    desk: Desk
    words: Words

    def say(
        self,
        session: Session,
        template: str,
        *,
        to: Staff | Customer,
        key: str,
        now: datetime,
        buttons: Keyboard | None = None,
        priority: int = outbox.CONVERSATION,
        ticket: Ticket | None = None,
        not_before: datetime | None = None,
        silent: bool = False,
        **values: Any,
    ) -> Outbox:
        """Queue one message under a key that must be new; ``silent``: no telephone rings."""
        params = self.message(template, to=to, now=now, buttons=buttons, ticket=ticket, **values)
        return outbox.put(
            session,
            key=key,
            chat_id=cast(int, to.chat_id),
            method="sendMessage",
            params=params | ({"disable_notification": True} if silent else {}),
            priority=priority,
            ticket_id=ticket.id if ticket else None,
            not_before=not_before,
            now=now,
        )

    def message(
        self,
        template: str,
        *,
        to: Staff | Customer,
        now: datetime,
        buttons: Keyboard | None = None,
        **values: Any,
    ) -> dict[str, Any]:
        """The parameters of a message: to send it, or to make another into it."""
        html = self.words.render(to.language, template, desk=self.desk, now=now, **values)
        params: dict[str, Any] = {
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if buttons:
            params["reply_markup"] = inline(buttons, self.words, to.language)
        return params
