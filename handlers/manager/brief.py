"""/brief, 简报: sales, service and risks of today in one card."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_store.analysis import days, risks, service_summary
from crm_store.analysis import sales as sales_figures
from crm_store.analysis.measures import By
from crm_store.staff.roles import Role
from handlers import windows
from handlers.agent.buttons import OpenTicket
from handlers.agent.queue import OpenQueue
from handlers.chat import Chat
from handlers.commands import command
from handlers.desk import Desk
from handlers.manager import sales
from handlers.manager.sales import OpenSales
from handlers.taps import Keyboard, button
from handlers.windows import Asked
from handlers.work import Work

TEMPLATE = "manager/sales/brief.html.j2"
BRIEF = "brief"


def brief(chat: Chat) -> None:
    asked = windows.read("today", desk=chat.desk, words=chat.words, now=chat.now)
    assert asked is not None
    if days.is_light(
        chat.session, windows=[asked.window, asked.before], zone=chat.desk.timezone, most=sales.LIGHT
    ):
        found = count(chat.session, asked=asked, desk=chat.desk)
        values, buttons = _told(chat.session, found, asked, chat.desk, chat.now)
        chat.say(TEMPLATE, buttons=buttons, **values)
    else:
        key = chat.turn_into("manager/sales/counting.html.j2", window=asked.window)
        sales.ask(chat, asked, By.WHOLE, key=key, format=BRIEF)


def count(session: Session, *, asked: Asked, desk: Desk) -> dict[str, Any]:
    """The part that may be work for a process: sales, as JSON."""
    return sales_figures.summarise(
        session,
        window=asked.window,
        before=asked.before,
        zone=desk.timezone,
        currency=desk.currency,
        explain=False,
    )


def show(session: Session, *, work: Work, found: Mapping[str, Any], desk: Desk, now: datetime) -> None:
    """What a job counted, if whoever asked may still know."""
    who = work.asker(session)
    if who is not None and sales.may(who):
        asked, _ = sales.heard(work.arguments)
        values, buttons = _told(session, found, asked, desk, now)
        work.show(session, TEMPLATE, buttons=buttons, **values)


def _told(
    session: Session, found: Mapping[str, Any], asked: Asked, desk: Desk, now: datetime
) -> tuple[dict[str, Any], Keyboard]:
    risk = risks.of_now(session, now=now)
    values = {
        "sales": found,
        "service": service_summary.summarise(session, window=asked.window),
        "risks": risk,
        "window": asked.window,
        "currency": desk.currency,
    }
    rows: Keyboard = [[button("open_sales", OpenSales("-", "today")), button("whole_queue", OpenQueue())]]
    if risk.oldest is not None:
        rows.append([button("oldest", OpenTicket(risk.oldest.id), number=risk.oldest.number)])
    return values, rows


HANDLERS = [command("brief", "简报", "今日简报", role=Role.MANAGER, run=brief, glued=None)]
