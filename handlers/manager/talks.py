"""/talks 30, 沟通, 沟通分析: how the desk and its customers talk, over any span of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from crm_store.analysis import talks
from crm_store.analysis.service_summary import Window
from crm_store.analysis.talks import Owed, Talks
from crm_store.mailbox import jobs
from crm_store.staff.roles import Role
from handlers import windows
from handlers.agent.buttons import OpenTicket
from handlers.agent.queue import OpenQueue
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Keyboard, Tap, button
from handlers.work import Work

JOB = "talks"
DAYS, MOST = 30, timedelta(days=366)
OFFERED = (7, 30, 90)
_GLUED = r"^\s*[\d今昨本这上近最周月]"


@dataclass(frozen=True)
class CountTalks(Tap, verb="talks"):
    days: int


def named(chat: Chat) -> None:
    _count(chat, chat.arguments or str(DAYS))


def tapped(chat: Chat, tapped: CountTalks) -> None:
    _count(chat, str(tapped.days))


def show(session: Session, *, work: Work, counted: Talks) -> None:
    """What came of it, if whoever asked may still know."""
    by = work.asker(session)
    if by is None or not by.role.includes(Role.MANAGER):
        return
    owed = talks.owed(session)
    work.show(
        session,
        "manager/talks/talks.html.j2",
        window=Window(*(datetime.fromisoformat(work.arguments[edge]) for edge in ("start", "end"))),
        so_far=work.arguments["so_far"],
        in_hours=work.arguments["in_hours"],
        talks=counted,
        owed=owed,
        buttons=_buttons(owed),
    )


def _buttons(owed: Owed) -> Keyboard:
    rows: Keyboard = [_spans()]
    if owed.longest is not None:
        first = button("oldest", OpenTicket(owed.longest.id), number=owed.longest.number)
        rows.append([first, button("whole_queue", OpenQueue())])
    return rows


def _spans() -> list[Any]:
    return [button("last_days", CountTalks(days), count=days) for days in OFFERED]


def _count(chat: Chat, said: str) -> None:
    asked = windows.read(said, desk=chat.desk, words=chat.words, now=chat.now)
    if asked is None or asked.window.length > MOST:
        chat.show("manager/talks/usage.html.j2", most=MOST.days, buttons=[_spans()])
        return
    window = asked.window
    key = chat.turn_into("manager/talks/counting.html.j2", window=window)
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments={
            "start": window.start.isoformat(),
            "end": window.end.isoformat(),
            "so_far": asked.so_far,
            "in_hours": bool(chat.desk.hours.spans),
        },
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )


HANDLERS = [
    command("talks", "沟通", "沟通分析", role=Role.MANAGER, run=named, glued=_GLUED),
    tap(CountTalks, role=Role.MANAGER, run=tapped),
]
