"""A message that could not be processed: nobody may miss it, so staff are told what it said."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Inbox
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers import raw
from handlers.desk import Desk
from handlers.words import Words


def tell(session: Session, *, row: Inbox, now: datetime, desk: Desk, words: Words) -> None:
    """Queue a notice to everybody on duty and every manager. Reads the raw update as far as it can be."""
    name, text = _who_and_what(row.raw)
    people = {one.id: one for one in staff_verbs.on_duty(session)}
    people |= {one.id: one for one in staff_verbs.of_role(session, role=Role.MANAGER)}
    for one in people.values():
        html = words.render(
            one.language, "agent/dead/notice.html.j2", desk=desk, now=now, name=name, text=text, number=row.id
        )
        outbox.put(
            session,
            key=f"dead:{row.id}:{now.timestamp():.0f}:{one.id}",
            chat_id=one.chat_id,
            method="sendMessage",
            params={"text": html, "parse_mode": "HTML"},
            priority=outbox.NOTICE,
            now=now,
        )


def _who_and_what(text: str) -> tuple[str, str]:
    try:
        update = raw.loads(text)
    except (ValueError, RecursionError):
        return "", text[:500]
    found: dict[str, Any] = {}
    for content in update.values() if isinstance(update, dict) else ():
        if isinstance(content, dict):
            found = content
            break
    sender = found.get("from") if isinstance(found.get("from"), dict) else {}
    assert isinstance(sender, dict)
    name = " ".join(str(sender[key]) for key in ("first_name", "last_name") if sender.get(key))
    said = found.get("text") or found.get("caption") or found.get("data") or ""
    return name[:200], str(said)[:3000]
