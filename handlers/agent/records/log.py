"""/call, /mail, /visit (记电话, 记邮件, 记拜访): what happened with a customer elsewhere, written down."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from crm_store.customers import interactions
from crm_store.customers.tables import Customer, Interaction, InteractionKind, Way
from crm_store.service import tasks
from crm_store.service.refusals import NoSuchTask
from crm_store.staff.roles import Role
from handlers import numbers
from handlers.agent.aim import TEXT, kept, put_aside
from handlers.agent.records import whom
from handlers.agent.records.buttons import Log, OpenCustomer, ShowTimeline
from handlers.agent.records.moments import past
from handlers.agent.todo_buttons import FinishTask
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.desk import Desk
from handlers.incoming import read
from handlers.taps import button

LOGGING = "log"
LONGEST_SECONDS = 24 * 3600

_WAY = re.compile(
    r"^(?:(?P<in>in|inbound|incoming|呼入|打入|打来|来电|来信|收到|来访|到店)"
    r"|(?P<out>out|outbound|outgoing|呼出|打出|拨出|去电|去信|发出|上门|外出))(?![A-Za-z])[\s:：,，]*",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"^(?:(?P<hours>\d{1,3}(?:\.\d)?)\s*(?:h(?:rs?|ours?)?|个?小时)\s*)?"
    r"(?:(?P<minutes>\d{1,4}(?:\.\d)?)\s*(?:m(?:ins?|inutes?)?|分钟?)\s*)?"
    r"(?:(?P<seconds>\d{1,5})\s*(?:s(?:ecs?|econds?)?|秒钟?))?"
    r"(?![A-Za-z0-9])[\s:：,，]*",
    re.IGNORECASE,
)
_HEAD = re.compile(r"^\s*(?:[/／][a-z]+(?:@\w+)?|[/／]{2}|记电话|记邮件|记拜访|备注)[\s:：]*", re.IGNORECASE)


@dataclass(frozen=True)
class Written:
    """What a line says of an interaction: which way, how long, what about, and when, if not just now."""

    way: Way | None
    duration_seconds: int | None
    text: str
    at: datetime | None = None


def understand(text: str, *, desk: Desk, now: datetime) -> Written:
    """``昨天15:00 in 5m 询价``: when, way and duration stand before the words, in any order, each at most
    once."""
    at: datetime | None = None
    way: Way | None = None
    seconds: int | None = None
    rest = text.strip()
    for _ in range(3):
        if at is None and (happened := past(rest, desk=desk, now=now)):
            at, rest = happened
        elif way is None and (found := _WAY.match(rest)):
            way, rest = (Way.IN if found["in"] else Way.OUT), rest[found.end() :]
        elif seconds is None and (lasting := _seconds(rest)):
            seconds, rest = lasting
    return Written(way, seconds, rest.strip(), at)


def _seconds(text: str) -> tuple[int, str] | None:
    found = _DURATION.match(text)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.group("hours", "minutes", "seconds"))
    total = round(hours * 3600 + minutes * 60 + seconds)
    return (total, text[found.end() :]) if 0 < total <= LONGEST_SECONDS else None


def _logger(kind: InteractionKind) -> Callable[[Chat], None]:
    def run(chat: Chat) -> None:
        found = whom.whom(chat, kind)
        take(chat, found.customer, kind, found.rest)

    return run


def take(chat: Chat, customer: Customer, kind: InteractionKind, text: str) -> None:
    """Write an interaction down; one that says nothing at all is asked for."""
    written = _understood(chat, kind, text)
    if not text.strip():
        return ask(chat, customer, kind)
    row = interactions.log(
        chat.session,
        customer=customer,
        kind=kind,
        way=written.way,
        duration_seconds=written.duration_seconds,
        text=written.text,
        by=chat.me,
        at=written.at or chat.now,
        now=chat.now,
        written=(chat.message.chat_id, chat.message.message_id),
    )
    return _kept(chat, customer, row)


def edited(chat: Chat) -> bool:
    """Staff changed a message that wrote something down: it says that now. False when it wrote nothing."""
    message = chat.message
    row = interactions.written_at(chat.session, chat_id=message.chat_id, telegram_id=message.message_id)
    if row is None or row.author_id != chat.me.id:
        return False
    written = _understood(chat, row.kind, _without_head(read(message).text))
    customer = whom.get(chat, row.customer_id)
    if interactions.rewrite(
        chat.session,
        interaction=row,
        way=written.way,
        duration_seconds=written.duration_seconds,
        text=written.text,
        at=written.at or row.at,
        by=chat.me,
        now=chat.now,
    ):
        chat.say("agent/log/rewritten.html.j2", customer=customer, interaction=row)
    return True


def _understood(chat: Chat, kind: InteractionKind, text: str) -> Written:
    """A note says all of it; before the words about a call may stand when it was, which way, and how long.
    An edited message still speaks of the day on which it was written."""
    if kind == InteractionKind.NOTE:
        return Written(None, None, text)
    return understand(text, desk=chat.desk, now=min(chat.message.date, chat.now))


def _without_head(text: str) -> str:
    """Without the command, and the number behind it, that a message began with."""
    head = _HEAD.match(text)
    if head is None:
        return text
    rest = text[head.end() :]
    found = numbers.number(rest) or numbers.numbered(rest, numbers.CUSTOMER)
    return found[-1] if found is not None else rest


def ask(chat: Chat, customer: Customer, kind: InteractionKind, *, task: int | None = None) -> None:
    """The next message says what it was about, and ends the ``task`` that asked for it."""
    chat.ask(LOGGING, TEXT, customer=customer.id, kind=kind, kept=kept(chat), task=task)
    chat.say("agent/log/ask.html.j2", customer=customer, kind=kind)


def _finish(chat: Chat, task_id: int) -> None:
    """Unless somebody else did meanwhile."""
    with suppress(NoSuchTask):
        task = tasks.get(chat.session, task_id=task_id, seen_by=chat.me)
        tasks.done(chat.session, task=task, by=chat.me, now=chat.now)


def _kept(chat: Chat, customer: Customer, row: Interaction) -> None:
    """A task that is open beside it may be done with that: whoever logged it knows."""
    task = None
    if row.kind != InteractionKind.NOTE:
        task = tasks.of_customer(chat.session, customer=customer)
    chat.say(
        "agent/log/kept.html.j2",
        customer=customer,
        interaction=row,
        task=task,
        buttons=[
            *([[button("todo_done", FinishTask(task.id))]] if task is not None else []),
            [
                button("timeline", ShowTimeline(customer.id, "all", "")),
                button("open_customer", OpenCustomer(customer.id), number=customer.number),
            ],
        ],
    )


def ask_tapped(chat: Chat, tapped: Log) -> None:
    kind = InteractionKind(tapped.kind) if tapped.kind in list(InteractionKind) else InteractionKind.NOTE
    ask(chat, whom.get(chat, tapped.customer), kind)


def given(chat: Chat) -> None:
    """The answer to ``ask``; the way and the length of it may stand before the words here too."""
    assert chat.form is not None
    customer = whom.get(chat, chat.form.answers["customer"])
    kind, task = InteractionKind(chat.form.answers["kind"]), chat.form.answers.get("task")
    incoming = read(chat.message)
    if incoming.files:
        chat.say("agent/log/no_files.html.j2", customer=customer, kind=kind)
    elif not incoming.text.strip():
        ask(chat, customer, kind, task=task)
    else:
        put_aside(chat)
        if task is not None:
            _finish(chat, task)
        take(chat, customer, kind, incoming.text)


_CUSTOMER = numbers.GLUED_CUSTOMER

HANDLERS = [
    command("call", "记电话", role=Role.AGENT, run=_logger(InteractionKind.CALL), glued=_CUSTOMER),
    command("mail", "记邮件", role=Role.AGENT, run=_logger(InteractionKind.MAIL), glued=_CUSTOMER),
    command("visit", "记拜访", role=Role.AGENT, run=_logger(InteractionKind.VISIT), glued=_CUSTOMER),
    tap(Log, role=Role.AGENT, run=ask_tapped),
]
FORMS = [answered(LOGGING, TEXT, role=Role.AGENT, run=given)]
