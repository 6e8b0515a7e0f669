"""Figures by day of a large ledger: counting a day, keeping all of them, and what is read from them.

``python -m tests.benchmarks.day_figures sqlite:////tmp/shop.db`` measures a store that ``ledger`` filled, and
keeps its days; it is left as it is otherwise.
"""

import argparse
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlmodel import Session

from crm_store.analysis import day_keeping, day_marks, days, sales
from crm_store.analysis.calendar import ONE_DAY, span
from crm_store.analysis.measures import By, Measure
from crm_store.analysis.service_summary import Window
from crm_store.analysis.tables import DayFigure
from crm_store.engine import open_engine, transaction
from crm_store.reports import readings
from crm_store.reports.readings import Books, Metric
from crm_store.reports.tables import AlertKind
from crm_store.sales.tables import Order
from crm_store.tables import metadata
from tests.benchmarks.ledger import UNTIL

ZONE = ZoneInfo("Asia/Shanghai")
CURRENCY = "CNY"
NOW = UNTIL + timedelta(days=3)
"""The last cancellations of the ledger come some days after its last orders."""
LATER = NOW + day_keeping.AGAIN
TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure figures by day on a filled store.")
    parser.add_argument("url")
    engine = open_engine(parser.parse_args().url)
    _bring_up(engine)
    with Session(engine) as session:
        print(f"{session.scalar(select(func.count()).select_from(Order)):,} orders")
    yesterday = UNTIL.astimezone(ZONE).date() - ONE_DAY
    day = span(yesterday, ZONE)
    with transaction(engine) as session:
        orders = days.total(session, measure=Measure.SALES, window=day, zone=ZONE, currency=CURRENCY).n
        print(f"yesterday: {orders:,} orders")
    say("live: sales of yesterday", engine, lambda one: figure(one, Measure.SALES, day))
    say("live: refunds of yesterday", engine, lambda one: figure(one, Measure.REFUNDED, day))
    say("live: sales of yesterday by city", engine, lambda one: parts(one, By.CITY, day))
    say("live: the same by product", engine, lambda one: parts(one, By.PRODUCT, day))
    say("counting yesterday, all measures", engine, lambda one: counted(one, yesterday))
    keep_all(engine)
    say("kept: sales of yesterday", engine, lambda one: figure(one, Measure.SALES, day))
    year = Window(span(yesterday - timedelta(days=364), ZONE).start, UNTIL)
    month = Window(span(yesterday - timedelta(days=29), ZONE).start, UNTIL)
    before = Window(month.start - timedelta(days=30), month.start)
    say("kept: a year of sales", engine, lambda one: figure(one, Measure.SALES, year))
    say("kept: a year by product", engine, lambda one: parts(one, By.PRODUCT, year))
    say("kept: a month beside the one before, explained", engine, lambda one: summary(one, month, before))
    odd = Window(UNTIL - timedelta(hours=28), UNTIL - timedelta(hours=4))
    odd_before = Window(odd.start - ONE_DAY, odd.end - ONE_DAY)
    say(
        "a day from 20:00 to 20:00, explained, by all parts",
        engine,
        lambda one: summary(one, odd, odd_before),
    )
    say(
        "alert: sales of today so far, at its end",
        engine,
        lambda one: alert(one, Metric.SALES, AlertKind.THRESHOLD),
    )
    say("alert: change of sales", engine, lambda one: alert(one, Metric.SALES, AlertKind.CHANGE))
    say("alert: refunds unusual", engine, lambda one: alert(one, Metric.REFUNDS, AlertKind.ANOMALY))
    engine.dispose()


def _bring_up(engine: Engine) -> None:
    """Indexes that a store filled by an older version has not."""
    metadata.create_all(engine)
    for table in metadata.sorted_tables:
        for index in table.indexes:
            index.create(engine, checkfirst=True)


def say(what: str, engine: Engine, read: Callable[[Session], Any]) -> None:
    """Milliseconds, the middle of some times; the first is left out."""
    taken = []
    for _ in range(TIMES + 1):
        with transaction(engine) as session:
            began = time.perf_counter()
            read(session)
            taken.append(time.perf_counter() - began)
    print(f"{what}: {sorted(taken[1:])[TIMES // 2] * 1000:,.1f} ms")


def keep_all(engine: Engine) -> None:
    with transaction(engine) as session:
        while day_marks.go_through(session, zone=ZONE, now=NOW) >= day_marks.PAGE:
            pass
        due = day_keeping.due(session, zone=ZONE, now=LATER)
    counting, writing = 0.0, []
    for day in due:
        began = time.perf_counter()
        with Session(engine) as session:
            found = day_keeping.count(session, day=day, zone=ZONE)
        between = time.perf_counter()
        with transaction(engine) as session:
            day_keeping.keep(session, counted=found, zone=ZONE, now=LATER)
        counting += between - began
        writing.append(time.perf_counter() - between)
    if not due:
        return
    with Session(engine) as session:
        rows = session.scalar(select(func.count()).select_from(DayFigure))
    at = sorted(writing)
    print(
        f"keeping {len(due)} days: {counting:,.0f} s counting, {sum(writing):,.0f} s writing "
        f"(median {at[len(at) // 2] * 1000:.0f} ms, most {at[-1] * 1000:.0f} ms); {rows:,} rows"
    )


def figure(session: Session, measure: Measure, window: Window) -> Any:
    return days.total(session, measure=measure, window=window, zone=ZONE, currency=CURRENCY)


def parts(session: Session, by: By, window: Window) -> Any:
    return days.figures(session, measure=Measure.SALES, by=by, window=window, zone=ZONE, currency=CURRENCY)


def counted(session: Session, day: date) -> Any:
    return day_keeping.count(session, day=day, zone=ZONE)


def summary(session: Session, window: Window, before: Window) -> Any:
    return sales.summarise(
        session, window=window, before=before, zone=ZONE, currency=CURRENCY, parts=sales.PARTS
    )


def alert(session: Session, metric: Metric, kind: AlertKind) -> Any:
    now = UNTIL - timedelta(seconds=1)
    return readings.read(Books(session, ZONE, CURRENCY, now), metric=metric, kind=kind, sign=">")


if __name__ == "__main__":
    main()
