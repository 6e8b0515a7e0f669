"""/sales 本月 按城市, 业绩: what was sold, in parts, beside the time before; and the same as a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.analysis import days, sales
from crm_store.analysis.measures import By
from crm_store.analysis.sales import PARTS
from crm_store.analysis.service_summary import Window
from crm_store.mailbox import jobs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers import windows
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.desk import Desk
from handlers.manager import sales_table
from handlers.taps import Keyboard, Tap, button
from handlers.windows import Asked
from handlers.words import Words
from handlers.work import Work

JOB = "sales"
TEMPLATE = "manager/sales/sales.html.j2"
LIGHT = 1000
"""Orders that may have to be counted for an answer at once; of more it is a process's work."""

SPANS = ("today", "yesterday", "this_week", "this_month", "last_month")
FORMATS = ("csv", "xlsx")
_BY = re.compile(r"^(?P<span>.*?)(?:^|\s)(?:by\s+|按\s*)(?P<by>\S+?)\s*$", re.IGNORECASE | re.DOTALL)
_GLUED = r"^\s*(?:\d|今|昨|前天|本|这|上|去|近|按|周|月)"


@dataclass(frozen=True)
class OpenSales(Tap, verb="sales"):
    """``by`` is a kind of parts, or - for none."""

    by: str
    span: str


@dataclass(frozen=True)
class SalesFile(Tap, verb="salesf"):
    format: str
    by: str
    span: str


def named(chat: Chat) -> None:
    typed = _BY.match(chat.arguments)
    span, wanted = (typed["span"], typed["by"]) if typed else (chat.arguments, "")
    if not typed and _part(chat.words, last := chat.arguments.rpartition(" ")[2]):
        span, wanted = chat.arguments.removesuffix(last), last
    by = _part(chat.words, wanted) if wanted else By.WHOLE
    asked = windows.read(span.strip() or "today", desk=chat.desk, words=chat.words, now=chat.now)
    if asked is None or by is None:
        chat.say("manager/sales/usage.html.j2", text=chat.arguments, buttons=[_spans(By.WHOLE)])
        return
    _answer(chat, asked, by)


def tapped(chat: Chat, tapped: OpenSales) -> None:
    if (found := _tapped(chat, tapped.span, tapped.by)) is not None:
        _answer(chat, *found)


def file(chat: Chat, tapped: SalesFile) -> None:
    """The table whole, every row of it, by a job: a workbook takes a while."""
    found = _tapped(chat, tapped.span, tapped.by)
    if found is None or tapped.format not in FORMATS:
        return chat.toast("old_button")
    asked, by = found
    wanted = {"name": asked.name, "by": by.value, "format": tapped.format}
    if jobs.was_just_asked(chat.session, kind=JOB, by=chat.me, holding=wanted, now=chat.now):
        return chat.toast("file_under_way")
    chat.toast("sales_file_soon")
    return ask(chat, asked, by, key=None, format=tapped.format)


def _tapped(chat: Chat, span: str, by: str) -> tuple[Asked, By] | None:
    asked = windows.read(span, desk=chat.desk, words=chat.words, now=chat.now)
    kind = By.WHOLE if by == "-" else By(by) if by in PARTS else None
    return (asked, kind) if asked is not None and kind is not None else None


def _part(words: Words, text: str) -> By | None:
    said = text.casefold()
    return next((by for by in PARTS if said == by or said in words.listed("sales_by_words", by)), None)


def _answer(chat: Chat, asked: Asked, by: By) -> None:
    if days.is_light(chat.session, windows=[asked.window, asked.before], zone=chat.desk.timezone, most=LIGHT):
        found = count(chat.session, asked=asked, by=by, desk=chat.desk)
        chat.show(
            TEMPLATE,
            buttons=_buttons(asked, by),
            **_values(chat.words, chat.language, found, asked, by, chat.desk),
        )
    else:
        key = chat.turn_into("manager/sales/counting.html.j2", window=asked.window)
        ask(chat, asked, by, key=key, format=None)


def count(session: Session, *, asked: Asked, by: By, desk: Desk) -> dict[str, Any]:
    """What the message says, as JSON."""
    about: dict[str, Any] = {"window": asked.window, "zone": desk.timezone, "currency": desk.currency}
    found = sales.summarise(
        session, before=asked.before, parts=[by] if by else [], percent=desk.margin_percent, **about
    )
    over_days = by == By.WHOLE and asked.window.length > sales.A_DAY
    shown, by_week = sales.day_by_day(session, **about) if over_days else ([], False)
    return found | {"days": shown, "by_week": by_week}


def show(session: Session, *, work: Work, found: dict[str, Any], words: Words, desk: Desk) -> None:
    """What a job counted, if whoever asked may still know."""
    who = work.asker(session)
    if who is None or not may(who):
        return
    asked, by = heard(work.arguments)
    values = _values(words, who.language, found, asked, by, desk)
    work.show(session, TEMPLATE, buttons=_buttons(asked, by), **values)


def may(who: Staff) -> bool:
    return who.role.includes(Role.MANAGER)


def heard(arguments: Mapping[str, Any]) -> tuple[Asked, By]:
    """What a job was asked for."""
    window, before = (
        Window(*(datetime.fromisoformat(edge) for edge in arguments[one])) for one in ("window", "before")
    )
    return Asked(arguments["name"], window, before, arguments["so_far"]), By(arguments["by"])


def ask(chat: Chat, asked: Asked, by: By, *, key: str | None, format: str | None) -> None:
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments={
            "name": asked.name,
            "window": _edges(asked.window),
            "before": _edges(asked.before),
            "so_far": asked.so_far,
            "by": by.value,
            "format": format,
        },
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )


def _edges(window: Window) -> list[str]:
    return [window.start.isoformat(), window.end.isoformat()]


def _values(
    words: Words, language: str, found: dict[str, Any], asked: Asked, by: By, desk: Desk
) -> dict[str, Any]:
    if by:
        table = sales_table.parts(words, language, found, by=by, currency=desk.currency)
    else:
        table = sales_table.by_time(
            words, language, found["days"], by_week=found["by_week"], currency=desk.currency
        )
    return {
        "sales": found,
        "table": table,
        "window": asked.window,
        "compared": asked.before,
        "so_far": asked.so_far,
        "currency": desk.currency,
    }


def _buttons(asked: Asked, by: By) -> Keyboard:
    others = [one for one in (By.WHOLE, *PARTS) if one != by]
    named = [button(f"sales_by_{one or 'whole'}", OpenSales(one or "-", asked.name)) for one in others]
    files = [button(f"file_{one}", SalesFile(one, by or "-", asked.name)) for one in FORMATS]
    return [_spans(by), named[:3], named[3:], files]


def _spans(by: By) -> list[Any]:
    return [button(f"span_{one}", OpenSales(by or "-", one)) for one in SPANS]


HANDLERS = [
    command("sales", "业绩", role=Role.MANAGER, run=named, glued=_GLUED),
    tap(OpenSales, role=Role.MANAGER, run=tapped),
    tap(SalesFile, role=Role.MANAGER, run=file),
]
