"""/talks 30, 沟通, 沟通分析: how the desk and its customers talk, over so many days or a week or a month."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from sqlmodel import Session

from crm_store.analysis import talks
from crm_store.analysis.service_summary import Window
from crm_store.analysis.talks import Owed, Talks
from crm_store.customers import filter_values
from crm_store.mailbox import jobs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.buttons import OpenTicket
from handlers.agent.queue import OpenQueue
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Keyboard, Tap, button

JOB = "talks"
DAYS, MOST_DAYS = 30, 366
OFFERED = (7, 30, 90)
_DAYS = re.compile(r"^(\d{1,3})-?(?:d|days?|天|日)?$")
_GLUED = r"^\s*(?:\d|本|这|上|周|月)"


@dataclass(frozen=True)
class CountTalks(Tap, verb="talks"):
    days: int


class Work(Protocol):
    """What a job gives to show things with."""

    @property
    def arguments(self) -> Mapping[str, Any]: ...

    def asker(self, session: Session) -> Staff | None: ...

    def show(
        self, session: Session, template: str, *, buttons: Keyboard | None = None, **values: Any
    ) -> None: ...


def named(chat: Chat) -> None:
    window = _window(chat, chat.arguments or str(DAYS))
    if window is None:
        chat.say("manager/talks/usage.html.j2", most=MOST_DAYS, buttons=[_spans()])
        return
    _ask(chat, window)


def tapped(chat: Chat, tapped: CountTalks) -> None:
    _ask(chat, _last(chat, min(max(tapped.days, 1), MOST_DAYS)))


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


def _ask(chat: Chat, window: Window) -> None:
    now = chat.now + timedelta.resolution  # what was written in the same moment is no news of tomorrow's
    so_far, window = window.end > now, Window(window.start, min(window.end, now))
    key = chat.turn_into("manager/talks/counting.html.j2", window=window)
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments={
            "start": window.start.isoformat(),
            "end": window.end.isoformat(),
            "so_far": so_far,
            "in_hours": bool(chat.desk.hours.spans),
        },
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )


def _window(chat: Chat, said: str) -> Window | None:
    """The last so many days, a week or a month by its word, or a month, a day, a year; None for anything
    else, and for what has not begun."""
    text = "-".join(unicodedata.normalize("NFKC", said).casefold().split())
    today = chat.desk.local(chat.now).date()
    if found := _DAYS.match(text):
        days = int(found[1])
        return _last(chat, days) if 0 < days <= MOST_DAYS else None
    for name, (first, end) in _periods(today).items():
        if text in chat.words.listed("period_words", name):
            return _days(chat, first, end)
    span = filter_values.span(text, today=today)
    return _days(chat, span.first, span.end) if span is not None and span.first <= today else None


def _periods(today: date) -> dict[str, tuple[date, date]]:
    """By their keys in ``[period_words]``: from the first day until before the last."""
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    return {
        "this_week": (monday, monday + timedelta(days=7)),
        "last_week": (monday - timedelta(days=7), monday),
        "this_month": (first, (first + timedelta(days=31)).replace(day=1)),
        "last_month": ((first - timedelta(days=1)).replace(day=1), first),
    }


def _last(chat: Chat, days: int) -> Window:
    """So many days with today, which has not ended."""
    tomorrow = chat.desk.local(chat.now).date() + timedelta(days=1)
    return _days(chat, tomorrow - timedelta(days=days), tomorrow)


def _days(chat: Chat, first: date, end: date) -> Window:
    return Window(*(chat.desk.moment(day, time()).astimezone(UTC) for day in (first, end)))


HANDLERS = [
    command("talks", "沟通", "沟通分析", role=Role.MANAGER, run=named, glued=_GLUED),
    tap(CountTalks, role=Role.MANAGER, run=tapped),
]
