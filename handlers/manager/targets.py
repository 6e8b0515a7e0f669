"""/target sales 200000, 目标 销售额 20万: what a month is to bring, how far it is, and where it will end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from crm_store.analysis import days
from crm_store.analysis.calendar import begins
from crm_store.analysis.measures import By
from crm_store.analysis.service_summary import Window
from crm_store.mailbox import jobs
from crm_store.reports import targets
from crm_store.reports.tables import TargetMeasure
from crm_store.reports.targets import Books, month_after, month_before
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.desk import Desk
from handlers.manager import sales, target_line, target_table
from handlers.manager.target_line import NotATarget
from handlers.taps import Button, Keyboard, Tap, button
from handlers.windows import Asked
from handlers.words import Words, shown_month
from handlers.work import Work

TEMPLATE = "manager/target/targets.html.j2"
TARGETS = "targets"
PICTURE_JOB = "target_picture"
_GLUED = r"^\s*(?:销售额|净收|毛利|利润|新客户|新客|本月|这个月|[上下]个?月|\d)"


@dataclass(frozen=True)
class OpenTargets(Tap, verb="targets"):
    """``month``: its first day, 2026-11-01."""

    month: str


@dataclass(frozen=True)
class DropTarget(Tap, verb="targetd"):
    measure: str
    month: str


def named(chat: Chat) -> None:
    today = chat.desk.local(chat.now).date()
    try:
        line = target_line.read(chat.arguments, words=chat.words, currency=chat.desk.currency, today=today)
    except NotATarget as error:
        chat.say("manager/target/usage.html.j2", problem=error.problem, text=error.text)
        return
    if line.measure is None:
        _show(chat, line.month, pictured=True)
    elif line.amount is None:
        _drop(chat, line.measure, line.month)
    else:
        targets.set(
            chat.session,
            measure=line.measure,
            month=line.month,
            amount=line.amount,
            by=chat.me,
            now=chat.now,
        )
        _show(chat, line.month)


def opened(chat: Chat, tapped: OpenTargets) -> None:
    if (month := _month(tapped.month)) is not None:
        _show(chat, month)


def dropped(chat: Chat, tapped: DropTarget) -> None:
    month = _month(tapped.month)
    if month is not None and tapped.measure in list(TargetMeasure):
        chat.toast("target_dropped")
        _drop(chat, TargetMeasure(tapped.measure), month)


def _drop(chat: Chat, measure: TargetMeasure, month: date) -> None:
    targets.drop(chat.session, measure=measure, month=month, by=chat.me, now=chat.now)
    _show(chat, month)


def _show(chat: Chat, month: date, *, pictured: bool = False) -> None:
    """At once, where little must be counted, and with a picture where one is wished; else by a process."""
    zone = chat.desk.timezone
    # What was written in the same moment as the question is no news of tomorrow's.
    until = min(begins(month_after(month), zone), chat.now + timedelta.resolution)
    window = Window(min(begins(targets.earliest(month), zone), until), until)
    asked = Asked(month.isoformat(), window, window, so_far=True)
    if days.is_light(chat.session, windows=[window], zone=zone, most=sales.LIGHT):
        found = count(chat.session, asked=asked, desk=chat.desk)
        values, buttons = _told(chat.words, chat.language, found, chat.desk, chat.now)
        chat.show(TEMPLATE, buttons=buttons, **values)
        if pictured and any(one["has_begun"] for one in found["rows"]):
            wanted = {"rows": found["rows"], "until": until.isoformat()}
            jobs.ask(
                chat.session,
                kind=PICTURE_JOB,
                arguments=wanted,
                asked_by=chat.me,
                chat_id=chat.chat_id,
                now=chat.now,
            )
    else:
        key = chat.turn_into("manager/sales/counting.html.j2", window=window)
        sales.ask(chat, asked, By.WHOLE, key=key, format=TARGETS)


def count(session: Session, *, asked: Asked, desk: Desk) -> dict[str, Any]:
    """The targets of a month and of those before it, as JSON."""
    month = date.fromisoformat(asked.name)
    books = Books(desk.timezone, desk.currency, desk.margin_percent, asked.window.end)
    return {
        "month": asked.name,
        "rows": [one.plain() for one in targets.standing(session, month=month, books=books)],
        "past": [one.plain() for one in targets.past(session, month=month, books=books)],
    }


def show(
    session: Session, *, work: Work, found: Mapping[str, Any], words: Words, desk: Desk, now: datetime
) -> None:
    """What a job counted, if whoever asked may still know."""
    who = work.asker(session)
    if who is not None and sales.may(who):
        values, buttons = _told(words, who.language, found, desk, now)
        work.show(session, TEMPLATE, buttons=buttons, **values)


def _told(
    words: Words, language: str, found: Mapping[str, Any], desk: Desk, now: datetime
) -> tuple[dict[str, Any], Keyboard]:
    month, today = date.fromisoformat(found["month"]), desk.local(now).date()
    values = {
        "month": month,
        "targets": found["rows"],
        "table": target_table.past(words, language, found["past"], currency=desk.currency),
        "currency": desk.currency,
        "percent": desk.margin_percent,
    }

    def turn(label: str, to: date) -> Button:
        return button(label, OpenTargets(to.isoformat()), month=shown_month(language, to, today=today))

    drops = [
        button(
            "target_drop",
            DropTarget(one["measure"], found["month"]),
            name=words.label(language, "target_measures", one["measure"]),
        )
        for one in found["rows"]
    ]
    turns = [turn("target_before", month_before(month)), turn("target_after", month_after(month))]
    return values, [row for row in (drops, turns) if row]


def _month(text: str) -> date | None:
    """What a button holds; None for what none of ours does."""
    try:
        month = date.fromisoformat(text)
    except ValueError:
        return None
    return month if month.day == 1 and target_line.EARLIEST <= month.year <= target_line.LATEST else None


HANDLERS = [
    command("target", "目标", role=Role.MANAGER, run=named, glued=_GLUED),
    tap(OpenTargets, role=Role.MANAGER, run=opened),
    tap(DropTarget, role=Role.MANAGER, run=dropped),
]
