"""/sched (定时): reports that come by themselves; /sched R3 暂停, /sched 每天9点, /sched R3 周一8:30 业绩"""

from dataclasses import replace
from zoneinfo import ZoneInfo

from crm_store.reports import runs, schedules
from crm_store.reports.schedules import Wanted
from crm_store.reports.sections import DELIVERED
from crm_store.reports.slots import Rhythm
from crm_store.reports.tables import ReportSchedule, Section
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.incoming import read as read_message
from handlers.manager.reports import contents, timing
from handlers.manager.reports.buttons import ChangeSchedule, NewSchedule, OpenSchedule, TakeOverSchedule
from handlers.numbers import REPORT, numbered
from handlers.taps import Button, Keyboard, button
from handlers.words import LANGUAGES

FORM, TIME = "sched", "time"
USUAL = ("daily 20:00", "mon 9:00", "monthly 1 9:00")
"""Offered where one has none of the kind; read as if typed."""

_GLUED = r"^\s*(?:[Rr]\s?\d|每|周|工作日|月底)"


def sched(chat: Chat) -> None:
    if not chat.arguments:
        return _list(chat)
    named = numbered(chat.arguments, REPORT) if chat.arguments.lstrip(" #＃")[:1] in "RrＲ" else None
    if named is None:
        return _start(chat, chat.arguments)
    number, rest = named
    schedule = schedules.get(chat.session, schedule_id=number, by=chat.me)
    if not rest:
        return _show(chat, schedule)
    for what in CHANGES:
        if rest.casefold() in chat.words.listed("sched_words", what):
            return _do(chat, schedule, what)
    return _change(chat, schedule, rest)


def _list(chat: Chat) -> None:
    mine = schedules.of_staff(chat.session, staff=chat.me)
    each = [button("schedule", OpenSchedule(one.id), number=one.number) for one in mine]
    rows: Keyboard = [each[at : at + 4] for at in range(0, len(each), 4)]
    rows += [[button(f"sched_{_key(one)}", NewSchedule(one))] for one in USUAL if not _has(mine, one)]
    lines = [(one, schedules.next_slot(one, now=chat.now).at) for one in mine]
    chat.show("manager/sched/list.html.j2", schedules=lines, buttons=rows)


def _start(chat: Chat, text: str) -> None:
    """A new one."""
    wanted = _read(chat, text)
    if wanted is not None:
        _make(chat, wanted, rare=timing.names_a_rare_day(text))
    else:
        chat.say("manager/sched/unclear.html.j2", text=text)


def _read(chat: Chat, text: str, *, old: Wanted | None = None) -> Wanted | None:
    """What is wanted; None where any of it is not understood."""
    timed = timing.read(text) or _time_alone(text, old)
    choice, rest = contents.read(chat.words, timed[1] if timed is not None else text)
    if rest or (timed is None and old is None):
        return None
    if old is None:
        assert timed is not None
        return contents.wanted(timed[0], choice)
    return Wanted(
        rhythm=timed[0] if timed is not None else old.rhythm,
        sections=choice.sections or old.sections,
        language=choice.language or old.language,
        skip_empty=old.skip_empty if choice.skip_empty is None else choice.skip_empty,
    )


def _time_alone(text: str, old: Wanted | None) -> tuple[Rhythm, str] | None:
    """9点: of a new one every day's, of an old one the days that it has."""
    found = timing.read_time(text)
    if found is None:
        return None
    at, rest = found
    return (replace(old.rhythm, at=at) if old is not None else Rhythm(at)), rest


def _make(chat: Chat, wanted: Wanted, *, rare: bool) -> None:
    zone = chat.desk.timezone
    given = [one for one in schedules.of_staff(chat.session, staff=chat.me) if one.from_settings]
    was_on = any(one.paused_at is None for one in given)
    made = schedules.start(chat.session, staff=chat.me, wanted=wanted, zone=zone, now=chat.now)
    replaced = was_on and any(one.paused_at is not None for one in given)
    _show(chat, made, done="started", replaced=replaced, rare=rare)


def _change(chat: Chat, schedule: ReportSchedule, text: str) -> None:
    wanted = _read(chat, text, old=schedules.wanted_of(schedule))
    if wanted is None:
        chat.say("manager/sched/unclear.html.j2", text=text)
        return
    schedules.change(
        chat.session, schedule=schedule, wanted=wanted, zone=chat.desk.timezone, by=chat.me, now=chat.now
    )
    _show(chat, schedule, done="changed", rare=timing.names_a_rare_day(text))


def _show(
    chat: Chat,
    schedule: ReportSchedule,
    *,
    done: str = "",
    replaced: bool = False,
    anew: bool = False,
    rare: bool = False,
) -> None:
    """``rare``: it was set to a day that not every month has, which became the last."""
    (chat.say if anew else chat.show)(
        "manager/sched/one.html.j2",
        schedule=schedule,
        covers=runs.covers(schedule),
        next_at=schedules.next_slot(schedule, now=chat.now).at,
        zone=ZoneInfo(schedule.zone),
        done=done,
        replaced=replaced,
        is_last=rare,
        buttons=_buttons(schedule),
    )


def _buttons(schedule: ReportSchedule) -> Keyboard:
    def do(what: str, label: str) -> Button:
        return button(label, ChangeSchedule(schedule.id, what))

    each = [
        button(
            f"section_{'on' if one in schedule.sections else 'off'}_{one}",
            ChangeSchedule(schedule.id, one.value),
        )
        for one in DELIVERED
    ]
    return [
        *(each[at : at + 3] for at in range(0, len(each), 3)),
        [do("time", "sched_time"), do("language", "sched_language")],
        [do("empty", f"sched_empty_{'on' if schedule.skip_empty else 'off'}")],
        [
            do("resume", "sched_resume") if schedule.paused_at else do("pause", "sched_pause"),
            do("end", "sched_end"),
        ],
    ]


def opened(chat: Chat, tapped: OpenSchedule) -> None:
    _show(chat, schedules.get(chat.session, schedule_id=tapped.schedule, by=chat.me))


def usual(chat: Chat, tapped: NewSchedule) -> None:
    """Tapped twice, the one there is."""
    mine = schedules.of_staff(chat.session, staff=chat.me)
    if tapped.usual not in USUAL:
        return chat.toast("old_button")
    if _has(mine, tapped.usual):
        return _list(chat)
    return _start(chat, tapped.usual)


def do(chat: Chat, tapped: ChangeSchedule) -> None:
    schedule = schedules.get(chat.session, schedule_id=tapped.schedule, by=chat.me)
    if tapped.what not in (*CHANGES, "time", "language", "empty", *DELIVERED):
        return chat.toast("old_button")
    return _do(chat, schedule, tapped.what)


def _do(chat: Chat, schedule: ReportSchedule, what: str) -> None:
    by, now = chat.me, chat.now
    match what:
        case "pause":
            schedules.pause(chat.session, schedule=schedule, by=by, now=now)
        case "resume":
            schedules.resume(chat.session, schedule=schedule, by=by, now=now)
        case "end":
            schedules.end(chat.session, schedule=schedule, by=by, now=now)
            return chat.show("manager/sched/ended.html.j2", schedule=schedule)
        case "time":
            chat.ask(FORM, TIME, schedule=schedule.id)
            chat.say("manager/sched/time.html.j2", schedule=schedule)
            return None
        case _:
            wanted = _other(schedule, what)
            zone = ZoneInfo(schedule.zone)
            schedules.change(chat.session, schedule=schedule, wanted=wanted, zone=zone, by=by, now=now)
    _show(chat, schedule, done={"pause": "paused", "resume": "resumed"}.get(what, "changed"))
    return None


def _other(schedule: ReportSchedule, what: str) -> Wanted:
    """With one choice turned to the next; the last section stays."""
    wanted = schedules.wanted_of(schedule)
    match what:
        case "language":
            choices = (None, *LANGUAGES)
            return replace(wanted, language=choices[(choices.index(wanted.language) + 1) % len(choices)])
        case "empty":
            return replace(wanted, skip_empty=not wanted.skip_empty)
        case _:
            chosen = set(wanted.sections) ^ {Section(what)}
            sections = tuple(one for one in DELIVERED if one in chosen) or wanted.sections
            return replace(wanted, sections=sections)


def time_given(chat: Chat) -> None:
    assert chat.form is not None
    typed = read_message(chat.message).text.strip()
    schedule = schedules.get(chat.session, schedule_id=chat.form.answers["schedule"], by=chat.me)
    if _read(chat, typed, old=schedules.wanted_of(schedule)) is None:
        chat.say("manager/sched/unclear.html.j2", text=typed)
        return
    chat.leave_form()
    _change(chat, schedule, typed)


def taken_over(chat: Chat, tapped: TakeOverSchedule) -> None:
    """What a colleague had comes to who taps, from now on."""
    made = schedules.take_over(
        chat.session, schedule_id=tapped.schedule, by=chat.me, zone=chat.desk.timezone, now=chat.now
    )
    _show(chat, made, done="started", anew=True)


def _key(usual: str) -> str:
    return usual.split()[0]


def _has(mine: list[ReportSchedule], usual: str) -> bool:
    """One of the same period, that has not ended."""
    read = timing.read(usual)
    assert read is not None
    period = Wanted(read[0], ()).period
    return any(one.period == period for one in mine)


CHANGES = ("pause", "resume", "end")
"""What may be said behind a number: /sched R3 暂停."""

HANDLERS = [
    command("sched", "定时", role=Role.MANAGER, run=sched, glued=_GLUED),
    tap(OpenSchedule, role=Role.MANAGER, run=opened),
    tap(NewSchedule, role=Role.MANAGER, run=usual),
    tap(ChangeSchedule, role=Role.MANAGER, run=do),
    tap(TakeOverSchedule, role=Role.MANAGER, run=taken_over),
]
FORMS = [answered(FORM, TIME, role=Role.MANAGER, run=time_given)]
