"""What could not be said to a customer becomes a call task, and somebody hears of it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox
from crm_store.service import tasks
from crm_store.service.tables import Direction, Message, Task
from crm_store.staff import staff as staff_verbs
from crm_store.staff.tables import Staff
from handlers.agent.todo_lines import todo, under
from handlers.html import plain
from handlers.voice import Voice

SAYS = ("send", "copy")
REMINDS = "remind:"
"""Keys of reminders of a question: nobody is called for those."""


def of_rows(
    session: Session, *, rows: Sequence[Outbox], customer: Customer, reason: str, now: datetime, voice: Voice
) -> None:
    """These will not be sent. Those about a ticket or an order were worth saying; marketing never is."""
    customer = customers.get(session, customer_id=customer.id)
    meant = [row for row in rows if _is_worth_a_call(row)]
    if customer.reachable or not meant:
        return
    ids = dict.fromkeys(row.message_id for row in meant if row.message_id is not None)
    messages = {id: session.get(Message, id) for id in ids}
    answers = [one for one in messages.values() if one is not None and one.direction == Direction.OUT]
    spoken = [one.text for one in answers]
    spoken += [_words(row) for row in meant if messages.get(row.message_id or 0) is None]
    keep(
        session,
        customer=customer,
        reason=reason,
        text="\n\n".join(dict.fromkeys(filter(None, (one.strip() for one in spoken)))),
        ticket_id=next((row.ticket_id for row in reversed(meant) if row.ticket_id is not None), None),
        order_id=next((row.order_id for row in reversed(meant) if row.order_id is not None), None),
        knows=[one.author_id for one in answers],
        now=now,
        voice=voice,
    )


def keep(
    session: Session,
    *,
    customer: Customer,
    reason: str,
    text: str,
    now: datetime,
    voice: Voice,
    ticket_id: int | None = None,
    order_id: int | None = None,
    knows: Collection[int | None] = (),
) -> Task:
    """Somebody has to tell the customer ``text``. Who is to do it hears of a new task, else everybody on
    duty; but not where it is theirs, or nobody's, who ``knows`` (ids of staff) because they see it happen."""
    task, is_new = tasks.open_call(
        session,
        customer=customer,
        reason=reason,
        text=text,
        ticket_id=ticket_id,
        order_id=order_id,
        actor="sender",
        now=now,
    )
    known = any(knows) if task.for_staff_id is None else task.for_staff_id in knows
    if is_new and not known:
        tell(session, task, template="agent/todo/new.html.j2", key=f"task:{task.id}", now=now, voice=voice)
    return task


def tell(session: Session, task: Task, *, template: str, key: str, now: datetime, voice: Voice) -> None:
    """A notice about a task, to whom it is for, else to everybody on duty."""
    for one in _audience(session, task):
        shown = todo(session, task, to=one)
        voice.say(
            session,
            template,
            to=one,
            key=f"{key}:{one.id}",
            priority=outbox.NOTICE,
            buttons=under(shown, to=one),
            todo=shown,
            now=now,
        )


def _audience(session: Session, task: Task) -> list[Staff]:
    holder = session.get(Staff, task.for_staff_id) if task.for_staff_id is not None else None
    if holder is not None and holder.revoked_at is None:
        return [holder]
    return staff_verbs.on_duty(session)


def _is_worth_a_call(row: Outbox) -> bool:
    about_something = row.ticket_id is not None or row.order_id is not None
    speaks = row.method.startswith(SAYS) and row.priority in (outbox.CONVERSATION, outbox.NOTICE)
    return about_something and speaks and not row.key.startswith(REMINDS)


def _words(row: Outbox) -> str:
    words = str(row.params.get("text") or row.params.get("caption") or "")
    return plain(words) if "parse_mode" in row.params else words
