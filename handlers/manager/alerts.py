"""/alert backlog > 20, 预警: what to be told of at once; the list, pauses, and that it was seen."""

from dataclasses import dataclass
from typing import Any

from crm_store.analysis import days
from crm_store.reports import alerts, readings
from crm_store.reports.alerts import Raised
from crm_store.reports.readings import OF_A_DAY, Books, Metric, unit_of
from crm_store.reports.tables import Alert
from crm_store.staff.roles import Role
from handlers.agent.queue import OpenQueue
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.desk import Desk
from handlers.manager import alert_line
from handlers.manager.alert_line import NotAnAlert
from handlers.numbers import ALERT, numbered
from handlers.taps import Keyboard, Tap, button

CHANGES = ("pause", "resume", "end")
OF_QUEUE = (Metric.BACKLOG, Metric.WAITING, Metric.LONGEST, Metric.TICKETS, Metric.COMPLAINTS)
"""Who hears of one of these looks at the queue next."""

LIGHT = 10_000
"""Orders of today that are added up while a conversation waits: about 6 ms."""

IN_A_ROW = 4
RAISED = "manager/alert/raised.html.j2"
_GLUED = r"^\s*(?:[#＃]?[AaＡａ]\d|[^\s，。？！]{1,8}(?:[<>＜＞]|超过|高于|低于|少于|异常$))"


@dataclass(frozen=True)
class OpenAlert(Tap, verb="alert"):
    alert: int


@dataclass(frozen=True)
class PauseAlert(Tap, verb="alertp"):
    alert: int


@dataclass(frozen=True)
class ResumeAlert(Tap, verb="alertr"):
    alert: int


@dataclass(frozen=True)
class DeleteAlert(Tap, verb="alertd"):
    alert: int


@dataclass(frozen=True)
class SeenAlert(Tap, verb="alerts"):
    event: int


@dataclass(frozen=True)
class OpenAlerts(Tap, verb="alertl"):
    pass


def named(chat: Chat) -> None:
    if not chat.arguments.strip():
        _list(chat)
    elif (found := numbered(chat.arguments, ALERT)) and (what := _what(chat, found[1])) is not None:
        _do(chat, found[0], what)
    else:
        _set(chat)


def _what(chat: Chat, said: str) -> str | None:
    """What is typed behind a number (A1 pause), one of ``CHANGES``; nothing is to see it."""
    known = (one for one in CHANGES if said.casefold() in chat.words.listed("sched_words", one))
    return next(known, None if said else "")


def _do(chat: Chat, number: int, what: str) -> None:
    alert = alerts.get(chat.session, alert_id=number, by=chat.me)
    match what:
        case "pause":
            alerts.pause(chat.session, alert=alert, by=chat.me, now=chat.now)
        case "resume":
            alerts.resume(chat.session, alert=alert, by=chat.me, now=chat.now)
        case "end":
            alerts.end(chat.session, alert=alert, by=chat.me, now=chat.now)
            return _list(chat)
    return _one(chat, alert)


def _set(chat: Chat) -> None:
    try:
        line = alert_line.read(chat.arguments, words=chat.words, currency=chat.desk.currency)
    except NotAnAlert as error:
        chat.say("manager/alert/usage.html.j2", problem=error.problem, text=error.text, **_metrics(chat))
        return
    alert = alerts.create(
        chat.session,
        staff=chat.me,
        metric=line.metric,
        kind=line.kind,
        sign=line.sign,
        level=line.level,
        cool_down_minutes=line.cool_down_minutes,
        now=chat.now,
    )
    _one(chat, alert)


def _list(chat: Chat) -> None:
    mine = alerts.of(chat.session, staff=chat.me)
    named = [button("open_alert", OpenAlert(one.id), number=one.number) for one in mine]
    chat.show(
        "manager/alert/list.html.j2",
        buttons=[named[at : at + IN_A_ROW] for at in range(0, len(named), IN_A_ROW)],
        alerts=[_shown(one) for one in mine],
        **_metrics(chat),
    )


def _metrics(chat: Chat) -> dict[str, Any]:
    """Each that may be watched, with what it is now where little must be counted for that."""
    books, found = _books(chat), []
    is_light = days.is_light(chat.session, windows=[books.today], zone=books.zone, most=LIGHT)
    for one in Metric:
        is_read = is_light or one not in OF_A_DAY
        value = readings.today(books, metric=one) if is_read else None
        found.append({"metric": one, "unit": unit_of(one), "value": value, "is_read": is_read})
    return {"metrics": found, "currency": chat.desk.currency}


def _books(chat: Chat) -> Books:
    return Books(chat.session, chat.desk.timezone, chat.desk.currency, chat.now)


def _one(chat: Chat, alert: Alert) -> None:
    event = alerts.last_event(chat.session, alert=alert)
    reading = readings.read(_books(chat), metric=Metric(alert.metric), kind=alert.kind, sign=alert.sign)
    turn = ResumeAlert(alert.id) if alert.paused_at is not None else PauseAlert(alert.id)
    label = "resume_alert" if alert.paused_at is not None else "pause_alert"
    chat.show(
        "manager/alert/one.html.j2",
        buttons=[
            [button(label, turn), button("delete_alert", DeleteAlert(alert.id))],
            [button("all_alerts", OpenAlerts())],
        ],
        alert=_shown(alert),
        event=event,
        reading=reading,
        currency=chat.desk.currency,
    )


def _shown(alert: Alert) -> dict[str, Any]:
    return {
        "number": alert.number,
        "metric": alert.metric,
        "unit": unit_of(Metric(alert.metric)),
        "kind": alert.kind,
        "sign": alert.sign,
        "level": alert.level,
        "cool_down": alert.cool_down_minutes * 60,
        "is_paused": alert.paused_at is not None,
    }


def listed(chat: Chat, _tapped: OpenAlerts) -> None:
    _list(chat)


def opened(chat: Chat, tapped: OpenAlert) -> None:
    _do(chat, tapped.alert, "")


def paused(chat: Chat, tapped: PauseAlert) -> None:
    _do(chat, tapped.alert, "pause")


def resumed(chat: Chat, tapped: ResumeAlert) -> None:
    _do(chat, tapped.alert, "resume")


def deleted(chat: Chat, tapped: DeleteAlert) -> None:
    _do(chat, tapped.alert, "end")
    chat.toast("alert_deleted", number=f"A{tapped.alert}")


def seen(chat: Chat, tapped: SeenAlert) -> None:
    """The message says that it was seen, and asks for nothing any more."""
    alert, event = alerts.acknowledge(chat.session, event_id=tapped.event, by=chat.me, now=chat.now)
    chat.toast("alert_seen")
    chat.edit(
        "manager/alert/seen.html.j2",
        buttons=[[button("open_alert", OpenAlert(alert.id), number=alert.number)]],
        alert=_shown(alert),
        event=event,
        currency=chat.desk.currency,
    )


def told(raised: Raised, *, desk: Desk) -> dict[str, Any]:
    """What the template of a raised alert needs."""
    return {"alert": _shown(raised.alert), "reading": raised.reading, "currency": desk.currency}


def ways(raised: Raised) -> Keyboard:
    """What may be done about it."""
    seen = [
        button("seen_alert", SeenAlert(raised.event.id)),
        button("open_alert", OpenAlert(raised.alert.id), number=raised.alert.number),
    ]
    queue = [[button("whole_queue", OpenQueue())]] if raised.alert.metric in OF_QUEUE else []
    return [seen, *queue]


HANDLERS = [
    command("alert", "预警", role=Role.MANAGER, run=named, glued=_GLUED),
    tap(OpenAlert, role=Role.MANAGER, run=opened),
    tap(OpenAlerts, role=Role.MANAGER, run=listed),
    tap(PauseAlert, role=Role.MANAGER, run=paused),
    tap(ResumeAlert, role=Role.MANAGER, run=resumed),
    tap(DeleteAlert, role=Role.MANAGER, run=deleted),
    tap(SeenAlert, role=Role.MANAGER, run=seen),
]
