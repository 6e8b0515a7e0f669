"""/stats 本月, 统计: what orders and customers come to (sum, mean, median, the largest and the smallest), who
comes again, and who was sent by others."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from crm_store.analysis import amounts, brand, days
from crm_store.analysis.measures import By
from crm_store.analysis.service_summary import Window
from crm_store.staff.roles import Role
from handlers import windows
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.desk import Desk
from handlers.manager import sales
from handlers.taps import Keyboard, Tap, button
from handlers.windows import Asked
from handlers.work import Work

TEMPLATE = "manager/sales/stats.html.j2"
STATS = "stats"
SPANS = ("7", "30", "this_month", "last_month", "this_year")
_GLUED = r"^\s*(?:\d|今|昨|前天|本|这|上|去|近|周|月)"


@dataclass(frozen=True)
class OpenStats(Tap, verb="stats"):
    span: str


def named(chat: Chat) -> None:
    asked = windows.read(chat.arguments or "30", desk=chat.desk, words=chat.words, now=chat.now)
    if asked is None:
        chat.say("manager/sales/stats_usage.html.j2", text=chat.arguments, buttons=_buttons())
    else:
        _answer(chat, asked)


def tapped(chat: Chat, tapped: OpenStats) -> None:
    asked = windows.read(tapped.span, desk=chat.desk, words=chat.words, now=chat.now)
    if asked is not None:
        _answer(chat, asked)


def _answer(chat: Chat, asked: Asked) -> None:
    both = Window(min(asked.before.start, asked.window.start), asked.window.end)
    few = brand.is_light(chat.session, windows=[asked.window, asked.before])
    if few and amounts.is_light(chat.session, window=both, most=sales.LIGHT):
        found = count(chat.session, asked=asked, desk=chat.desk)
        chat.show(TEMPLATE, buttons=_buttons(), **_values(found, asked, chat.desk))
    else:
        key = chat.turn_into("manager/sales/counting.html.j2", window=asked.window)
        sales.ask(chat, asked, By.WHOLE, key=key, format=STATS)


def count(session: Session, *, asked: Asked, desk: Desk) -> dict[str, Any]:
    """What the message says, as JSON."""
    about: dict[str, Any] = {"window": asked.window, "before": asked.before, "zone": desk.timezone}
    return {
        **asdict(amounts.spent(session, window=asked.window, currency=desk.currency)),
        "brand": brand.brand(session, currency=desk.currency, **about),
        "left_out": days.left_out(session, window=asked.window, zone=desk.timezone, currency=desk.currency),
    }


def show(session: Session, *, work: Work, found: Mapping[str, Any], desk: Desk) -> None:
    """What a job counted, if whoever asked may still know."""
    who = work.asker(session)
    if who is not None and sales.may(who):
        asked, _ = sales.heard(work.arguments)
        work.show(session, TEMPLATE, buttons=_buttons(), **_values(found, asked, desk))


def _values(found: Mapping[str, Any], asked: Asked, desk: Desk) -> dict[str, Any]:
    return {
        "spent": found,
        "window": asked.window,
        "so_far": asked.so_far,
        "currency": desk.currency,
    }


def _buttons() -> Keyboard:
    named = [
        button("last_days", OpenStats(one), count=one)
        if one.isdigit()
        else button(f"span_{one}", OpenStats(one))
        for one in SPANS
    ]
    return [named]


HANDLERS = [
    command("stats", "统计", role=Role.MANAGER, run=named, glued=_GLUED),
    tap(OpenStats, role=Role.MANAGER, run=tapped),
]
