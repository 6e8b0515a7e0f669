"""The clock: each day's summary once, whatever happens, and everything else that time brings."""

import asyncio
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event, select
from sqlmodel import Session

from bot import clock
from bot.clock import Clock, latest_slot
from bot.writer import Writer
from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import forms, inbox, job_runs
from crm_store.mailbox.inbox import Arrived
from crm_store.mailbox.tables import Form, Inbox, Job, Outbox
from crm_store.reports.slots import Rhythm
from crm_store.reports.tables import ReportRun, ReportSchedule, RunState
from crm_store.service import conversation, ratings, tickets
from crm_store.service.states import Kind, KindSource, TicketState
from crm_store.service.tables import Ticket
from crm_store.service.transcript import Incoming
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit, Staff
from handlers.desk import Desk
from handlers.manager.reports.due import DAILY, Due
from handlers.manager.reports.due import START as START_SLOT
from handlers.voice import Voice
from handlers.words import Words
from tests.talk import START, WORDS

EVENING = time(20)


def desk_in(zone: str) -> Desk:
    return Desk(name="Tea & <Co>", timezone=ZoneInfo(zone))


SHANGHAI = desk_in("Asia/Shanghai")


def at(desk: Desk, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=desk.timezone).astimezone(UTC)


@dataclass
class Shop:
    """A store whose clock is looked at when the test says so; each look may be a fresh process."""

    engine: Engine
    desk: Desk = SHANGHAI
    daily: time | None = EVENING
    words: Words = WORDS
    queued: int = 0
    writer: Writer = field(init=False)
    _messages: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.writer = Writer(self.engine)

    def clock(self) -> Clock:
        return Clock(
            self.writer,
            desk=self.desk,
            words=self.words,
            daily=self.daily,
            queued=self._count,
            on_model=lambda _: None,
        )

    def _count(self) -> None:
        self.queued += 1

    def tick(self, now: datetime) -> None:
        """What a process that has just started does first."""
        self.clock().tick(now)

    def ticks(self, *moments: str) -> list[str]:
        """Tick at these local times; the reports that were asked for meanwhile, and the keys of what was
        queued."""
        reports, messages = len(self.reports()), len(self.outbox())
        for moment in moments:
            self.tick(at(self.desk, moment))
        asked = [f"report:daily:{one.slot}:{one.staff_id}" for one in self.reports()[reports:]]
        return asked + [row.key for row in self.outbox()[messages:]]

    def reports(self) -> list[ReportRun]:
        with transaction(self.engine) as session:
            return list(session.scalars(select(ReportRun).order_by(ReportRun.id)))

    def windows(self) -> list[tuple[str, str]]:
        """From when to when each report is, by the desk's clocks."""
        return [
            tuple(f"{self.desk.local(one):%d %b %H:%M}" for one in (run.window_start, run.window_end))  # type: ignore[misc]
            for run in self.reports()
        ]

    def joins(self, name: str, role: Role, *, language: str = "en", when: datetime) -> Staff:
        with transaction(self.engine) as session:
            count = len(session.scalars(select(Staff)).all())
            staff = Staff(
                user_id=count + 1, chat_id=count + 1, name=name, role=role, language=language, joined_at=when
            )
            session.add(staff)
            session.flush()
        return staff

    def customer(self, session: Session, now: datetime, language: str = "en") -> Customer:
        number = next(self._messages)
        return customers.meet(
            session,
            user_id=7_000_000_000 + number,
            chat_id=7_000_000_000 + number,
            name='Ann <3 & "张"',
            username=None,
            language=language,
            now=now,
        )

    def opens(self, now: datetime, language: str = "en") -> Ticket:
        with transaction(self.engine) as session:
            return tickets.open_ticket(
                session,
                customer=self.customer(session, now, language),
                kind=Kind.INQUIRY,
                source=KindSource.MODEL,
                confidence=1.0,
                now=now,
            )

    def resolved(self, now: datetime, language: str = "en") -> Ticket:
        """A ticket that was answered and resolved at once, and whose rating was asked for."""
        by = self.joins("Bob", Role.AGENT, when=now)
        ticket = self.opens(now, language)
        with transaction(self.engine) as session:
            ticket = session.merge(ticket)
            incoming = Incoming(chat_id=1, telegram_id=next(self._messages), kind="text", text="yes")
            conversation.answer(session, ticket=ticket, by=by, incoming=incoming, now=now)
            tickets.resolve(session, ticket=ticket, by=by, reason="", now=now)
            ratings.ask(session, ticket=ticket, now=now)
        return ticket

    def ask(self, now: datetime) -> None:
        """Only the reports, in one transaction."""
        with transaction(self.engine) as session:
            Due(Voice(self.desk, self.words), self.daily).ask(session, now)

    def asked(self) -> list[Job]:
        with transaction(self.engine) as session:
            return list(session.scalars(select(Job).where(Job.kind == "report").order_by(Job.id)))

    def change(self, verb: Callable[[Session], object]) -> None:
        with transaction(self.engine) as session:
            verb(session)

    def outbox(self) -> list[Outbox]:
        with transaction(self.engine) as session:
            return list(session.scalars(select(Outbox).order_by(Outbox.id)))

    def texts(self) -> list[str]:
        return [row.params["text"] for row in self.outbox()]

    def states(self) -> list[TicketState]:
        with transaction(self.engine) as session:
            return list(session.scalars(select(Ticket.state).order_by(Ticket.id)))


@pytest.fixture
def shop(engine: Engine) -> Iterator[Shop]:
    made = Shop(engine)
    yield made
    made.writer.close()


@pytest.fixture
def small(sqlite: Engine) -> Iterator[Shop]:
    """A shop where the database makes no difference."""
    made = Shop(sqlite)
    yield made
    made.writer.close()


@pytest.fixture
def managed(shop: Shop) -> Shop:
    """A shop with a manager, whose clock has been running since the 18th."""
    shop.joins("Mia", Role.MANAGER, when=at(SHANGHAI, "2026-11-01 12:00"))
    shop.tick(at(SHANGHAI, "2026-11-18 12:00"))
    return shop


@pytest.mark.parametrize(
    ("zone", "day", "daily", "expected"),
    [
        ("Asia/Shanghai", date(2026, 11, 20), time(20), "2026-11-20T12:00"),  # no clock changes at all
        ("Europe/Berlin", date(2026, 3, 28), time(2, 30), "2026-03-28T01:30"),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00"),  # 02:00 → 03:00: after the gap
        ("Europe/Berlin", date(2026, 3, 29), time(2), "2026-03-29T01:00"),
        ("Europe/Berlin", date(2026, 3, 29), time(3), "2026-03-29T01:00"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # twice: the first
        ("Europe/Berlin", date(2026, 10, 25), time(3), "2026-10-25T02:00"),
        ("America/New_York", date(2026, 3, 8), time(2, 15), "2026-03-08T07:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 15), "2026-11-01T05:15"),
        ("Africa/Cairo", date(2026, 4, 24), time(0), "2026-04-23T22:00"),  # midnight itself is skipped
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30"),  # half an hour
        ("Pacific/Apia", date(2011, 12, 30), time(20), "2011-12-30T10:00"),  # the whole day is skipped
    ],
)
def test_a_slot_is_one_moment_also_where_the_clocks_change(
    zone: str, day: date, daily: time, expected: str
) -> None:
    assert desk_in(zone).moment(day, daily) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Pacific/Apia"])
@pytest.mark.parametrize("daily", [time(0), time(2, 30), time(23, 59)])
def test_every_moment_lies_between_its_latest_slot_and_the_next(zone: str, daily: time) -> None:
    desk, rhythm = desk_in(zone), Rhythm(daily)
    moment = datetime(2011, 12, 27, 17, 23, tzinfo=UTC) if zone == "Pacific/Apia" else None
    for start in [moment] if moment else [datetime(2026, month, 5, tzinfo=UTC) for month in (3, 10)]:
        for hours in range(24 * 28):
            now = start + timedelta(hours=hours)
            latest = rhythm.latest(now, zone=desk.timezone)
            following = rhythm.next(now, zone=desk.timezone)
            assert latest.at <= now < following.at
            assert rhythm.latest(following.at, zone=desk.timezone).at == following.at


@pytest.mark.parametrize(
    ("zone", "daily", "now", "key", "at"),
    [
        ("Asia/Shanghai", time(3, 30), "2026-11-19T19:29", "2026-11-19", "2026-11-18T19:30"),
        ("Asia/Shanghai", time(3, 30), "2026-11-19T19:30", "2026-11-20", "2026-11-19T19:30"),
        ("Asia/Shanghai", time(3, 30), "2026-11-20T02:00", "2026-11-20", "2026-11-19T19:30"),
        ("America/New_York", time(1, 15), "2026-11-01T05:14", "2026-10-31", "2026-10-31T05:15"),
        ("America/New_York", time(1, 15), "2026-11-01T06:20", "2026-11-01", "2026-11-01T05:15"),  # 1:20 again
    ],
)
def test_a_nights_work_stands_for_the_desks_date_from_its_hour_on(
    zone: str, daily: time, now: str, key: str, at: str
) -> None:
    slot = latest_slot(desk_in(zone), daily, datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert (slot.key, slot.at) == (key, datetime.fromisoformat(at).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "daily", "around"),
    [
        ("Europe/Berlin", time(2, 30), date(2026, 3, 29)),
        ("Europe/Berlin", time(2, 30), date(2026, 10, 25)),
        ("America/New_York", time(1, 30), date(2026, 11, 1)),
        ("America/New_York", time(2), date(2026, 3, 8)),
        ("Asia/Shanghai", time(20), date(2026, 3, 29)),
        ("Pacific/Apia", time(20), date(2011, 12, 31)),
    ],
)
def test_over_a_clock_change_there_is_one_summary_a_day_and_the_windows_meet(
    small: Shop, zone: str, daily: time, around: date
) -> None:
    small.desk, small.daily = desk_in(zone), daily
    start = datetime.combine(around, time(11), tzinfo=UTC) - timedelta(days=3)
    small.joins("Mia", Role.MANAGER, when=start)

    for quarters in range(5 * 24 * 4):  # five days, each tick a new process
        small.ask(start + timedelta(minutes=15 * quarters))

    days = [around + timedelta(days=offset) for offset in range(-5, 5)]
    due = [day for day in days if start < small.desk.moment(day, daily) < start + timedelta(days=5)]
    runs = small.reports()
    assert [run.slot for run in runs] == [str(day) for day in due]
    assert [run.due_at for run in runs] == [small.desk.moment(day, daily) for day in due]
    assert len(due) >= 5
    assert [run.window_end for run in runs[:-1]] == [run.window_start for run in runs[1:]]


def test_each_manager_and_owner_gets_one_and_nobody_else(shop: Shop) -> None:
    early = at(SHANGHAI, "2026-11-01 12:00")
    shop.joins("Olga", Role.OWNER, language="zh", when=early)
    shop.joins("Mia", Role.MANAGER, language="en", when=early)
    shop.joins("Bob", Role.AGENT, when=early)
    gone = shop.joins("Max", Role.MANAGER, when=early)
    shop.change(lambda session: setattr(session.merge(gone), "revoked_at", early))

    keys = shop.ticks("2026-11-20 10:00", "2026-11-20 20:00", "2026-11-20 20:00:15")

    assert keys == ["report:daily:2026-11-20:1", "report:daily:2026-11-20:2"]
    assert [(job.kind, job.asked_by, job.chat_id, job.arguments) for job in shop.asked()] == [
        ("report", 1, 1, {"run": 1}),
        ("report", 2, 2, {"run": 2}),
    ]


def test_a_tick_just_before_the_slot_sends_nothing_and_one_on_the_dot_does(managed: Shop) -> None:
    assert managed.ticks("2026-11-18 19:59:59.999999") == []
    assert managed.ticks("2026-11-18 20:00") == ["report:daily:2026-11-18:1"]


@pytest.mark.parametrize("restarts", [["19:59:59", "20:00:01"], ["20:00", "20:00"], ["20:00:01", "23:59"]])
def test_a_restart_around_the_slot_changes_nothing(managed: Shop, restarts: list[str]) -> None:
    assert managed.ticks(*(f"2026-11-18 {one}" for one in restarts)) == ["report:daily:2026-11-18:1"]
    assert managed.ticks("2026-11-19 19:00") == []


def test_nothing_is_sent_for_a_slot_before_the_first_start(shop: Shop) -> None:
    shop.joins("Mia", Role.MANAGER, when=at(SHANGHAI, "2026-11-01 12:00"))

    assert shop.ticks("2026-11-18 21:00", "2026-11-19 08:00", "2026-11-19 19:59") == []
    assert shop.ticks("2026-11-19 20:00") == ["report:daily:2026-11-19:1"]


def test_after_three_hours_down_it_is_made_up_for_once(managed: Shop) -> None:
    keys = managed.ticks("2026-11-18 18:00", "2026-11-18 21:07", "2026-11-18 21:08")

    assert keys == ["report:daily:2026-11-18:1"]
    assert managed.windows() == [("17 Nov 20:00", "18 Nov 20:00")]
    assert [run.due_at for run in managed.reports()] == [at(SHANGHAI, "2026-11-18 20:00")]


def test_after_five_days_down_only_the_latest_comes_over_its_own_day(managed: Shop) -> None:
    keys = managed.ticks("2026-11-18 18:00", "2026-11-23 19:00", "2026-11-23 20:00")

    assert keys == ["report:daily:2026-11-22:1", "report:daily:2026-11-23:1"]
    assert managed.windows() == [("21 Nov 20:00", "22 Nov 20:00"), ("22 Nov 20:00", "23 Nov 20:00")]


def test_who_joins_after_the_slot_gets_the_next_one(managed: Shop) -> None:
    managed.joins("Olga", Role.OWNER, when=at(SHANGHAI, "2026-11-18 20:00:01"))

    assert managed.ticks("2026-11-18 20:05") == ["report:daily:2026-11-18:1"]
    assert managed.ticks("2026-11-19 20:00") == [
        "report:daily:2026-11-19:1",
        "report:daily:2026-11-19:2",
    ]


def test_a_later_time_on_the_same_day_neither_doubles_nor_loses(managed: Shop) -> None:
    managed.ticks("2026-11-18 20:00")
    managed.daily = time(22)

    keys = managed.ticks("2026-11-18 21:00", "2026-11-18 22:00", "2026-11-19 20:00", "2026-11-19 22:00")

    assert keys == ["report:daily:2026-11-19:1"]
    assert managed.windows()[1] == ("18 Nov 20:00", "19 Nov 22:00")


def test_an_earlier_time_takes_up_where_the_last_window_ended(managed: Shop) -> None:
    managed.ticks("2026-11-18 20:00")
    managed.daily = time(8)

    keys = managed.ticks("2026-11-18 21:00", "2026-11-19 08:00", "2026-11-20 08:00")

    assert keys == ["report:daily:2026-11-19:1", "report:daily:2026-11-20:1"]
    assert managed.windows()[1:] == [("18 Nov 20:00", "19 Nov 08:00"), ("19 Nov 08:00", "20 Nov 08:00")]


def test_a_time_that_is_over_when_it_is_set_counts_from_the_next_day_and_nothing_is_left_out(
    managed: Shop,
) -> None:
    managed.ticks("2026-11-18 20:00")
    managed.daily = time(8)

    assert managed.ticks("2026-11-19 15:00", "2026-11-19 20:00") == []
    assert managed.ticks("2026-11-20 08:00") == ["report:daily:2026-11-20:1"]
    assert managed.windows()[1] == ("18 Nov 20:00", "20 Nov 08:00")


def test_a_time_set_for_later_on_the_day_of_the_first_start_counts(shop: Shop) -> None:
    shop.joins("Mia", Role.MANAGER, when=at(SHANGHAI, "2026-11-01 12:00"))
    shop.ticks("2026-11-18 21:00")
    shop.daily = time(21, 30)

    assert shop.ticks("2026-11-18 21:10", "2026-11-18 21:30") == ["report:daily:2026-11-18:1"]


def test_another_time_zone_gives_no_second_summary_of_a_date(managed: Shop) -> None:
    managed.ticks("2026-11-18 20:00")
    managed.desk = desk_in("America/New_York")

    keys = managed.ticks("2026-11-18 08:00", "2026-11-18 20:00", "2026-11-19 20:00")

    assert keys == ["report:daily:2026-11-19:1"]
    assert managed.windows()[1] == ("18 Nov 07:00", "19 Nov 20:00")


def test_switched_off_and_on_again_it_makes_up_for_nothing(managed: Shop) -> None:
    managed.daily = None
    assert managed.ticks("2026-11-18 20:00", "2026-11-19 20:00") == []
    managed.daily = EVENING
    assert managed.ticks("2026-11-20 21:00") == []
    assert managed.ticks("2026-11-21 20:00") == ["report:daily:2026-11-21:1"]


def test_a_machine_whose_clock_ran_ahead_takes_up_the_present_again(managed: Shop) -> None:
    managed.ticks("2030-01-01 20:00")

    assert managed.ticks("2026-11-19 20:00") == ["report:daily:2026-11-19:1"]


@pytest.mark.parametrize("threads", [4])
def test_workers_racing_for_200_slots_send_each_once(managed: Shop, threads: int) -> None:
    """Two engines, as two processes have them; every thread tries every slot."""
    first = at(SHANGHAI, "2026-11-18 20:00")
    other = open_engine(managed.engine.url.render_as_string(hide_password=False), workers=2)
    started = threading.Barrier(threads)
    failed: list[Exception] = []

    def work(shop: Shop) -> None:
        started.wait()
        for day in range(200):
            try:
                shop.ask(first + timedelta(days=day, seconds=1))
            except Exception as error:
                failed.append(error)

    shops = [managed, Shop(other)] * (threads // 2)
    workers = [threading.Thread(target=work, args=(shop,)) for shop in shops]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    shops[1].writer.close()
    other.dispose()

    days = [date(2026, 11, 18) + timedelta(days=day) for day in range(200)]
    assert failed == []
    assert sorted(run.slot for run in managed.reports()) == [str(day) for day in days]
    assert sorted(job.arguments["run"] for job in managed.asked()) == sorted(
        run.id for run in managed.reports()
    )


def test_a_job_that_fails_stops_no_other_and_is_made_up_for(managed: Shop) -> None:
    managed.resolved(at(SHANGHAI, "2026-11-16 12:00"))
    managed.change(lambda session: setattr(session.get(ReportSchedule, 1), "cron", "no cron at all"))
    managed.change(lambda session: setattr(session.get(ReportSchedule, 1), "from_settings", False))

    assert managed.ticks("2026-11-18 20:00") == ["remind:1:0"]
    assert managed.states() == [TicketState.CLOSED]
    managed.change(lambda session: setattr(session.get(ReportSchedule, 1), "cron", "0 20 * * *"))
    assert managed.ticks("2026-11-18 20:01") == ["report:daily:2026-11-18:1"]


def test_a_resolved_ticket_is_closed_when_it_can_no_longer_reopen(shop: Shop) -> None:
    ticket = shop.resolved(START)

    shop.tick(START + tickets.REOPEN_WINDOW)
    assert (shop.states(), tickets.may_reopen(ticket, now=START + tickets.REOPEN_WINDOW)) == (
        [TicketState.RESOLVED],
        True,
    )
    shop.tick(START + tickets.REOPEN_WINDOW + timedelta(seconds=1))
    assert shop.states() == [TicketState.CLOSED]

    shop.tick(START + timedelta(days=5))
    with transaction(shop.engine) as session:
        closed = session.scalars(select(Audit.actor).where(Audit.action == "closed")).all()
    assert closed == ["clock"]


def test_many_are_closed_in_short_units_and_the_clock_comes_back_at_once(small: Shop) -> None:
    small.change(
        lambda session: [
            session.add(
                Ticket(
                    customer_id=small.customer(session, START).id,
                    kind=Kind.INQUIRY,
                    kind_source=KindSource.MODEL,
                    state=TicketState.RESOLVED,
                    opened_at=START,
                    updated_at=START,
                    last_customer_at=START,
                    resolved_at=START + timedelta(seconds=number),
                )
            )
            for number in range(clock.BATCH + 1)
        ]
    )
    later = START + timedelta(days=9)

    more = small.clock().tick(later)
    closed = small.states().count(TicketState.CLOSED)
    small.clock().tick(later)

    assert (more, closed) == (True, clock.BATCH)
    assert set(small.states()) == {TicketState.CLOSED}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # SQLite has one writer
def test_while_one_worker_closes_a_ticket_the_other_neither_waits_nor_fails(shop: Shop) -> None:
    shop.resolved(START)
    later = START + timedelta(days=3)

    with transaction(shop.engine) as session:
        [ticket] = tickets.overdue_resolved(session, now=later)
        shop.tick(later)
        tickets.close(session, ticket=ticket, actor="clock", now=later)

    with transaction(shop.engine) as session:
        assert session.scalars(select(Audit.actor).where(Audit.action == "closed")).all() == ["clock"]


def test_a_customer_who_did_not_rate_is_reminded_once(shop: Shop) -> None:
    shop.resolved(START, language="zh")

    assert shop.ticks("2026-11-21 09:59") == []
    assert shop.ticks("2026-11-21 10:00", "2026-11-21 10:01", "2026-11-22 10:00") == ["remind:1:0"]
    [row] = shop.outbox()
    assert row.params["text"] == "<b>T1</b> 处理得怎么样？点一下就行，只提醒这一次。"
    buttons = row.params["reply_markup"]["inline_keyboard"]
    assert [one["callback_data"] for line in buttons for one in line] == [
        f"rate:1:0:{n}" for n in range(1, 6)
    ]
    assert (row.chat_id, row.ticket_id) == (7_000_000_001, 1)


@pytest.mark.parametrize(
    ("first_try", "sent"),
    [
        ("2026-11-21 08:59", False),
        ("2026-11-21 09:00", True),
        ("2026-11-21 20:59", True),
        ("2026-11-21 21:00", False),
    ],
)
def test_nobody_is_reminded_at_night(small: Shop, first_try: str, sent: bool) -> None:
    small.resolved(at(SHANGHAI, "2026-11-20 01:00"))

    assert bool(small.ticks(first_try)) == sent
    assert len(small.ticks("2026-11-22 09:00")) == (not sent)


def test_a_customer_who_blocked_the_bot_is_not_reminded_and_holds_up_nobody(small: Shop) -> None:
    small.resolved(START)
    small.resolved(START)
    small.change(lambda session: customers.lose(session, customer=session.get(Customer, 1), now=START))

    assert small.ticks("2026-11-21 12:00") == ["remind:2:0"]


def test_a_customer_who_rated_or_wrote_again_is_not_reminded(small: Shop) -> None:
    rated, reopened = small.resolved(START), small.resolved(START)
    small.change(
        lambda session: ratings.rate(
            session, ticket=session.merge(rated), cycle=0, score=4, actor="customer", now=START
        )
    )
    small.change(
        lambda session: tickets.reopen(session, ticket=session.merge(reopened), actor="x", now=START)
    )

    assert small.ticks("2026-11-21 12:00") == []


class TestForms:
    def ask(self, shop: Shop, **answers: str) -> Customer:
        with transaction(shop.engine) as session:
            ann = shop.customer(session, START)
            forms.ask(
                session,
                chat_id=ann.chat_id,
                user_id=ann.user_id,
                form="rating",
                step="comment",
                answers=answers,
                now=START,
            )
        return ann

    def left(self, shop: Shop) -> int:
        with transaction(shop.engine) as session:
            return len(session.scalars(select(Form)).all())

    def test_a_question_nobody_answered_goes_silently(self, shop: Shop) -> None:
        self.ask(shop, kind="unsure")

        shop.tick(START + forms.LIFETIME - timedelta(seconds=1))
        assert self.left(shop) == 1
        shop.tick(START + forms.LIFETIME)
        assert (self.left(shop), shop.outbox()) == (0, [])

    def test_words_somebody_wrote_are_given_back(self, shop: Shop) -> None:
        ann = self.ask(shop, typed='it is <b>broken</b> & "坏了"')

        shop.tick(START + forms.LIFETIME)
        shop.tick(START + forms.LIFETIME)

        [row] = shop.outbox()
        assert (self.left(shop), row.chat_id) == (0, ann.chat_id)
        assert row.params["text"] == (
            "We asked you something a while ago and did not hear back, so we have put it aside. "
            "This is what you had written so far:\n"
            "<blockquote>it is &lt;b&gt;broken&lt;/b&gt; &amp; &#34;坏了&#34;</blockquote>\n"
            "Just send it again if you still need it."
        )

    def test_of_somebody_who_blocked_the_bot_it_goes_silently(self, small: Shop) -> None:
        ann = self.ask(small, typed="hello")
        small.change(lambda session: customers.lose(session, customer=session.merge(ann), now=START))

        small.tick(START + forms.LIFETIME)

        assert (self.left(small), small.outbox()) == (0, [])


def test_done_updates_are_forgotten_after_a_week_and_others_never(shop: Shop) -> None:
    with transaction(shop.engine) as session:
        for number, days in enumerate([0, 0, 0, 5], start=1):
            arrived = [Arrived(update_id=number, lane=number, raw="{}")]
            inbox.store(session, bot_id=1, arrived=arrived, now=START + timedelta(days=days))
        rows = session.scalars(select(Inbox).order_by(Inbox.id)).all()
        inbox.mark_done(session, ids=[rows[0].id, rows[3].id], now=START)
        inbox.bury(session, row=rows[1], error="unreadable", now=START)

    shop.tick(START + timedelta(days=inbox.KEEP_DAYS, seconds=1))

    with transaction(shop.engine) as session:
        assert session.scalars(select(Inbox.update_id).order_by(Inbox.id)).all() == [2, 3, 4]


def test_all_old_updates_may_be_forgotten(shop: Shop) -> None:
    with transaction(shop.engine) as session:
        arrived = [Arrived(update_id=number, lane=number, raw="{}") for number in range(3)]
        inbox.store(session, bot_id=1, arrived=arrived, now=START)
        inbox.mark_done(session, ids=session.scalars(select(Inbox.id)).all(), now=START)

    shop.tick(START + timedelta(days=30))

    with transaction(shop.engine) as session:
        assert session.scalars(select(Inbox.id)).all() == []


def test_no_tick_reads_all_tickets_or_ratings(small: Shop) -> None:
    """With nothing due, a tick over a million tickets costs what it costs over none."""
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

    event.listen(small.engine, "before_cursor_execute", explain)
    small.tick(at(SHANGHAI, "2026-11-20 12:00"))

    reads = [plan for plan in plans if re.match(r"(SCAN|SEARCH) (ticket|rating|message|outbox)\b", plan)]
    assert "SEARCH rating USING INDEX ix_rating_to_remind (asked_at>? AND asked_at<?)" in reads
    assert [plan for plan in reads if plan.startswith("SCAN")] == []


def test_the_clock_sleeps_to_the_slot_and_never_past_it(managed: Shop) -> None:
    ticking = managed.clock()
    ticking.tick(at(SHANGHAI, "2026-11-20 10:00"))

    pauses = [ticking._pause(at(SHANGHAI, f"2026-11-20 {one}")) for one in ("12:00", "19:59:57")]

    assert pauses == [clock.TICK_SECONDS, 3.0]


def test_it_runs_until_it_is_cancelled(small: Shop) -> None:
    small.resolved(datetime.now(UTC) - timedelta(days=3))

    async def a_moment() -> None:
        running = asyncio.create_task(small.clock().run())
        for _ in range(100):
            await asyncio.sleep(0.05)
            if small.queued:
                break
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(a_moment())

    assert (small.states(), small.queued) == ([TicketState.CLOSED], 1)


def test_each_run_is_written_down_with_the_moment_it_stood_for(managed: Shop) -> None:
    managed.ticks("2026-11-18 20:05")

    [run], [job] = managed.reports(), managed.asked()
    assert (run.schedule_id, run.slot, run.state, run.job_id) == (1, "2026-11-18", RunState.DUE, job.id)
    assert run.due_at == at(SHANGHAI, "2026-11-18 20:00")


def test_a_store_of_an_older_release_gets_no_second_report_of_a_day(shop: Shop) -> None:
    shop.joins("Mia", Role.MANAGER, when=at(SHANGHAI, "2026-11-01 12:00"))
    sent = at(SHANGHAI, "2026-11-18 20:00")
    for slot, due in ((START_SLOT, at(SHANGHAI, "2026-11-10 12:00")), ("2026-11-18", sent)):
        shop.change(
            lambda session, slot=slot, due=due: job_runs.claim(  # type: ignore[misc]
                session, job=DAILY, slot=slot, due_at=due, now=due
            )
        )

    assert shop.ticks("2026-11-18 21:00") == []
    assert shop.ticks("2026-11-19 20:00") == ["report:daily:2026-11-19:1"]
