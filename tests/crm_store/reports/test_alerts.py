"""Alerts: told once until it was in order again, to those who may see it, whichever worker looks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.reports import alerts, readings
from crm_store.reports.readings import Books, Metric
from crm_store.reports.refusals import NoSuchAlert, NotByDay, TooManyAlerts
from crm_store.reports.tables import Alert, AlertEvent, AlertKind
from crm_store.sales import payments, refunds
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.service.states import TicketState
from crm_store.service.tables import Ticket
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW, customer, staff, ticket, trail
from tests.crm_store.sales.shop import order

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = timedelta(weeks=1)


def watch(
    session: Session,
    by: Staff,
    metric: Metric = Metric.SALES,
    sign: str = ">",
    level: float = 20_000,
    kind: AlertKind = AlertKind.THRESHOLD,
    cool_down: int = 60,
) -> Alert:
    return alerts.create(
        session,
        staff=by,
        metric=metric,
        kind=kind,
        sign=sign,
        level=level,
        cool_down_minutes=cool_down,
        now=NOW,
    )


def values(session: Session, now: datetime) -> list[float]:
    """What is raised at a moment."""
    return [one.reading.value for one in alerts.check(session, zone=ZONE, currency="CNY", now=now)]


def sell(session: Session, amount: int, at: datetime) -> Order:
    by = session.scalars(select(Staff).order_by(col(Staff.id)).limit(1)).one()
    ann = session.scalars(select(Customer)).first() or customer(session)
    return order(session, ann, by, [NewLine("tea", amount, 1_000)], placed_at=at, now=at)


def test_it_is_told_once_and_again_only_after_it_was_in_order(engine: Engine) -> None:
    """Tickets waiting: up, still up, down, up within the cool-down, up after it."""
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        alert = watch(session, mary, Metric.BACKLOG, level=0, cool_down=30)
        told = []
        for minute, waiting in ((0, 1), (1, 1), (2, 0), (3, 1), (29, 1), (30, 1), (31, 1), (40, 0), (61, 1)):
            _wait(session, waiting)
            told.append(values(session, NOW + timedelta(minutes=minute)))

        assert told == [[1.0], [], [], [], [], [1.0], [], [], [1.0]]
        events = session.scalars(select(AlertEvent).where(col(AlertEvent.alert_id) == alert.id)).all()
        assert len(events) == 3


def _wait(session: Session, tickets: int) -> None:
    found = session.scalars(select(Ticket)).first() or ticket(session, customer(session))
    found.state = TicketState.OPEN if tickets else TicketState.CLOSED
    session.add(found)
    session.flush()


def test_it_is_looked_at_once_a_minute(engine: Engine) -> None:
    with transaction(engine) as session:
        alert = watch(session, staff(session, "Mary", Role.MANAGER))
        looked = []
        for seconds in (0, 15, 59, 60):
            alerts.check(session, zone=ZONE, currency="CNY", now=NOW + timedelta(seconds=seconds))
            assert alert.checked_at is not None
            looked.append((alert.checked_at - NOW).seconds)

        assert looked == [0, 0, 0, 60]


def test_what_was_read_beside_the_conversation_is_not_read_again(engine: Engine) -> None:
    about: dict[str, Any] = {"zone": ZONE, "currency": "CNY"}
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        watch(session, mary)
        sell(session, 30_000, NOW - timedelta(hours=1))
    with transaction(engine) as session:
        read = alerts.read_due(session, now=NOW, **about)
        watch(session, mary, Metric.ORDERS, level=0)  # set since
        statements: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        raised = alerts.check(session, now=NOW, read=read, **about)

    assert [one.reading.value for one in raised] == [30_000, 1]
    assert sum("sum(sales_order.total)" in one for one in statements) == 1


def test_two_workers_tell_it_once(postgres: Engine) -> None:
    with transaction(postgres) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        for level in range(10):
            watch(session, mary, level=level)
        sell(session, 30_000, NOW - timedelta(hours=1))

    def look(_: int) -> int:
        with transaction(postgres) as session:
            return len(alerts.check(session, zone=ZONE, currency="CNY", now=NOW))

    with ThreadPoolExecutor(4) as workers:
        raised = list(workers.map(look, range(8)))

    with transaction(postgres) as session:
        events = session.scalars(select(col(AlertEvent.alert_id))).all()
    assert (sum(raised), sorted(events)) == (10, sorted(set(events)))


def test_a_day_above_its_level_is_told_at_once_and_the_next_day_anew(engine: Engine) -> None:
    with transaction(engine) as session:
        watch(session, staff(session, "Mary", Role.MANAGER))
        sell(session, 15_000, NOW)
        told = [values(session, NOW + timedelta(minutes=1))]
        sell(session, 15_000, NOW + timedelta(minutes=1))
        told += [values(session, NOW + timedelta(minutes=minute)) for minute in (2, 3)]
        tomorrow = NOW + timedelta(days=1)
        told.append(values(session, tomorrow))
        sell(session, 25_000, tomorrow)
        told.append(values(session, tomorrow + timedelta(minutes=1)))

        assert told == [[], [30_000.0], [], [], [25_000.0]]


def test_a_day_below_its_level_is_told_when_it_is_over(engine: Engine) -> None:
    """No shop has sold enough by one in the morning."""
    with transaction(engine) as session:
        watch(session, staff(session, "Mary", Role.MANAGER), sign="<")
        sell(session, 25_000, NOW - timedelta(days=1))
        sell(session, 15_000, NOW)
        midnight = datetime(2026, 11, 20, 16, tzinfo=UTC)

        told = [
            values(session, at)
            for at in (NOW, midnight - timedelta(minutes=1), midnight, midnight + timedelta(hours=9))
        ]

        assert told == [[], [], [15_000.0], []]


def test_a_change_is_against_the_same_weekday_until_the_same_time(engine: Engine) -> None:
    with transaction(engine) as session:
        watch(session, staff(session, "Mary", Role.MANAGER), sign="<", level=-0.3, kind=AlertKind.CHANGE)
        for n in range(20):
            sell(session, 1_000, NOW - WEEK - timedelta(minutes=n + 1))
        sell(session, 500_000, NOW - WEEK + timedelta(minutes=1))  # later that day
        for n in range(10):
            sell(session, 1_000, NOW - timedelta(minutes=n + 1))

        [raised] = alerts.check(session, zone=ZONE, currency="CNY", now=NOW)

        assert (raised.reading.value, raised.reading.base, raised.event.usual) == (-0.5, 20_000, 20_000)


def test_a_change_from_a_handful_is_none(engine: Engine) -> None:
    with transaction(engine) as session:
        watch(session, staff(session, "Mary", Role.MANAGER), sign="<", level=-0.3, kind=AlertKind.CHANGE)
        for n in range(9):
            sell(session, 1_000, NOW - WEEK - timedelta(minutes=n + 1))

        assert values(session, NOW) == []


def test_a_difference_in_numbers_that_may_be_chance_is_none(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        watch(session, mary, Metric.ORDERS, sign="<", level=-0.3, kind=AlertKind.CHANGE)
        for n in range(12):
            sell(session, 1_000, NOW - WEEK - timedelta(minutes=n + 1))
        for n in range(8):
            sell(session, 1_000, NOW - timedelta(minutes=n + 1))

        assert values(session, NOW) == []


def refunded(session: Session, amount: int, at: datetime) -> None:
    found = sell(session, amount, at)
    about = {"order": found, "amount": amount, "actor": "test", "now": at}
    payments.pay(session, method="cash", reference=None, **about)
    refunds.record(session, reason="", **about)


def test_refunds_far_beyond_the_weekdays_usual_are_told_on_the_day(engine: Engine) -> None:
    with transaction(engine) as session:
        watch(session, staff(session, "Mary", Role.MANAGER), Metric.REFUNDS, kind=AlertKind.ANOMALY, level=0)
        for week in range(1, 9):
            for n in range(4):
                refunded(session, 1_000 + week * 20, NOW - WEEK * week + timedelta(minutes=n))
                refunded(session, 1_000 + week * 20, NOW - WEEK * week - timedelta(days=1))
        refunded(session, 4_000, NOW - timedelta(days=1))
        quiet = values(session, NOW)

        refunded(session, 200_000, NOW)

        assert (quiet, values(session, NOW + timedelta(minutes=1))) == ([], [200_000.0])
        assert values(session, NOW + timedelta(days=1)) == []  # the same day, told already


def test_a_day_without_anything_is_unusual_where_there_always_is_much(engine: Engine) -> None:
    with transaction(engine) as session:
        watch(session, staff(session, "Mary", Role.MANAGER), kind=AlertKind.ANOMALY, level=0)
        yesterday = NOW - timedelta(days=1)
        for week in range(1, 9):
            for n in range(12):
                sell(session, 1_000 + n, yesterday - WEEK * week + timedelta(minutes=n))

        assert values(session, NOW) == [0.0]


def test_too_few_weeks_say_nothing(engine: Engine) -> None:
    with transaction(engine) as session:
        alert = watch(session, staff(session, "Mary", Role.MANAGER), kind=AlertKind.ANOMALY, level=0)
        for week in range(1, 6):
            sell(session, 1_000, NOW - WEEK * week)
        sell(session, 900_000, NOW)

        assert (values(session, NOW), alert.is_over) == ([], True)


def test_who_may_not_see_it_any_more_is_told_nothing(engine: Engine) -> None:
    with transaction(engine) as session:
        olga = staff(session, "Olga", Role.OWNER)
        mary, bob = staff(session, "Mary", Role.MANAGER), staff(session, "Bob", Role.MANAGER)
        found = [watch(session, one, level=1) for one in (mary, bob)]
        sell(session, 30_000, NOW)
        staff_verbs.revoke(session, staff=mary, by=olga, now=NOW)
        bob.role = Role.AGENT
        session.flush()

        assert values(session, NOW + timedelta(minutes=1)) == []
        assert [one.ended_at is not None for one in found] == [True, True]


def test_paused_is_quiet_and_resumed_is_news_again(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        alert = watch(session, mary, level=1, cool_down=1)
        sell(session, 30_000, NOW)
        told = [values(session, NOW + timedelta(minutes=1))]
        alerts.pause(session, alert=alert, by=mary, now=NOW)
        told.append(values(session, NOW + timedelta(minutes=9)))
        alerts.resume(session, alert=alert, by=mary, now=NOW)
        told.append(values(session, NOW + timedelta(minutes=10)))

        assert told == [[30_000.0], [], [30_000.0]]
        assert [action for _, action, _, _ in trail(session, "alert")] == ["created", "paused", "resumed"]


def test_what_was_seen_is_seen_once_and_only_by_who_was_told(engine: Engine) -> None:
    with transaction(engine) as session:
        mary, bob = staff(session, "Mary", Role.MANAGER), staff(session, "Bob", Role.MANAGER)
        watch(session, mary, level=1)
        sell(session, 30_000, NOW)
        [raised] = alerts.check(session, zone=ZONE, currency="CNY", now=NOW + timedelta(minutes=1))
        seen = {"event_id": raised.event.id, "now": NOW + timedelta(minutes=5)}

        with pytest.raises(NoSuchAlert):
            alerts.acknowledge(session, by=bob, **seen)
        alerts.acknowledge(session, by=mary, **seen)
        alerts.acknowledge(session, by=mary, event_id=raised.event.id, now=NOW + timedelta(hours=1))

        assert (raised.event.acknowledged_at, raised.event.acknowledged_by) == (seen["now"], mary.id)


def test_the_same_alert_twice_is_one_and_there_is_an_end_to_them(engine: Engine) -> None:
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        first = watch(session, mary, level=1)
        again = watch(session, mary, level=1, cool_down=5)
        for level in range(2, alerts.MOST + 1):
            watch(session, mary, level=level)

        with pytest.raises(TooManyAlerts):
            watch(session, mary, level=999)

        assert (again is first, first.cool_down_minutes, len(alerts.of(session, staff=mary))) == (True, 5, 20)


def test_what_is_of_this_moment_has_no_day_to_be_compared_with(engine: Engine) -> None:
    with transaction(engine) as session:
        with pytest.raises(NotByDay):
            watch(session, staff(session, "Mary", Role.MANAGER), Metric.BACKLOG, kind=AlertKind.ANOMALY)

        assert session.scalars(select(Alert)).all() == []


def test_what_several_alerts_watch_is_counted_once(engine: Engine) -> None:
    """Of a large shop's day that takes a while."""
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with transaction(engine) as session:
        books = Books(session, ZONE, "CNY", NOW)
        readings.today(books, metric=Metric.SALES)
        event.listen(engine, "before_cursor_execute", note)
        try:
            readings.today(books, metric=Metric.ORDERS)
        finally:
            event.remove(engine, "before_cursor_execute", note)

    assert asked == []


def test_every_metric_can_be_read_of_an_empty_shop(engine: Engine) -> None:
    with transaction(engine) as session:
        books = Books(session, ZONE, "CNY", NOW)
        told = {one: readings.today(books, metric=one) for one in Metric}

        assert told == {one: None if one == Metric.RATING else 0 for one in Metric}
