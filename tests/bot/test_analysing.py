"""The night's analyses: once a night, in a process of its own, written in small batches."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, delete, select
from sqlmodel import Session, col

from bot import analysing
from bot.clock import Clock
from bot.jobs import Jobs
from bot.settings import Orders, Settings, Store
from bot.writer import Writer
from crm_store.analysis import nightly, rfm, scores
from crm_store.analysis.night import Night
from crm_store.analysis.tables import AnalysisKind, CustomerScore, Snapshot
from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, Customer, Purpose
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job
from crm_store.sales.tables import Order
from handlers.voice import Voice
from tests.crm_store.analysis.buying import customers, sale
from tests.talk import DESK, WORDS

pytestmark = pytest.mark.usefixtures("warm")

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def clock(engine: Engine) -> Clock:
    return Clock(
        Writer(engine), desk=DESK, words=WORDS, daily=None, queued=lambda: None, on_model=lambda _: None
    )


def asked(engine: Engine) -> list[Any]:
    with transaction(engine) as session:
        jobs = session.scalars(select(Job).where(col(Job.kind) == analysing.KIND).order_by(col(Job.id)))
        return [one.arguments["as_of"] for one in jobs]


def analyse(engine: Engine, *, margin_percent: int = 0) -> None:
    """The job, done by the real loop and the real process."""
    url = f"sqlite:///{Path(engine.url.database or '')}"

    async def run() -> None:
        writer = Writer(engine)
        settings = Settings(store=Store(url=url), orders=Orders(margin_percent=margin_percent))
        jobs = Jobs(
            writer, bot=cast(Any, None), settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None
        )
        assert await jobs.step()
        writer.close()

    with transaction(engine) as session:
        analysing.ask(session, slot=f"{datetime.now(UTC)}", due_at=NOW, desk=DESK, now=NOW)
    asyncio.run(run())


def test_it_is_asked_for_once_a_night_for_what_was_sold_before_midnight(engine: Engine) -> None:
    ticking, due = clock(engine), DESK.moment(TODAY, time(3, 30))

    for moment in (due, due + timedelta(hours=5), due + timedelta(hours=23), due + timedelta(days=1)):
        ticking.tick(moment)

    midnight = DESK.moment(TODAY, time())
    assert asked(engine) == [midnight.isoformat(), (midnight + timedelta(days=1)).isoformat()]


def shop(session: Session) -> list[int]:
    """Forty customers: the first bought often and lately, the last once and long ago."""
    ids = customers(session, 40, at=NOW)
    for place, id in enumerate(ids):
        for n in range(8 - place // 5):
            sale(session, id, TODAY - timedelta(days=2 + 5 * place + 10 * n), 100_000 - 2_000 * place)
    return ids


def test_scores_and_snapshots_are_kept_and_replaced(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        ids = shop(session)
        stale = customers(session, 2, at=NOW)
        session.add_all(CustomerScore(customer_id=id, as_of=NOW - timedelta(days=1)) for id in stale)
        ann = session.get_one(Customer, ids[7])
        consents.record(
            session, customer=ann, purpose=Purpose.PROFILING, state=ConsentState.WITHDRAWN, source="chat",
            actor="cli", now=NOW,
        )  # fmt: skip

    for _ in range(2):
        analyse(sqlite)

    midnight = DESK.moment(TODAY, time())
    with transaction(sqlite) as session:
        rows = session.scalars(select(CustomerScore).order_by(col(CustomerScore.customer_id))).all()
        kept = session.scalars(select(Snapshot).where(col(Snapshot.kind) == AnalysisKind.RFM)).all()

        assert [one.customer_id for one in rows] == [id for id in ids if id != ids[7]]
        best, last = rows[0], rows[-1]
        assert (best.as_of, best.recency_days, best.orders, best.net) == (midnight, 2, 8, 800_000)
        assert (best.r, best.f, best.m, best.rfm) == (5, 5, 5, "champions")
        assert (last.r, last.f, last.m, last.rfm) == (1, 1, 1, "hibernating")
        assert [(one.as_of, one.n, one.currency, one.zone) for one in kept] == [
            (midnight, 39, "CNY", "Asia/Shanghai")
        ] * 2
        assert kept[0].result == kept[1].result


def test_written_a_few_at_a_time_the_scores_are_the_same(sqlite: Engine) -> None:
    """Of whoever is not among them any more nothing stays, wherever in the order they are."""
    with transaction(sqlite) as session:
        ids = shop(session)
    gone = [ids[6], ids[20], ids[39]]
    night = tiers_of(sqlite)
    with transaction(sqlite) as session:
        session.execute(delete(Order).where(col(Order.customer_id).in_(gone)))
    again = tiers_of(sqlite)

    written = []
    for size in (500, 7):
        with transaction(sqlite) as session:
            write(session, night, 500)
        with transaction(sqlite) as session:
            write(session, again, size)
            columns = CustomerScore.__table__.c  # type: ignore[attr-defined]
            written.append(session.execute(select(*columns).order_by(columns.customer_id)).all())

    assert written[0] == written[1]
    assert [row.customer_id for row in written[1]] == [one for one in ids if one not in gone]


def tiers_of(engine: Engine) -> Night:
    with Session(engine) as session:
        night = nightly.begin(session, as_of=NOW, zone=DESK.timezone, currency="CNY", now=NOW)
        rfm.nightly(night)
    return night


def write(session: Session, night: Night, size: int) -> None:
    after = 0
    for rows in scores.batches(night, size):
        scores.write(session, rows=rows, after=after, as_of=NOW)
        after = rows[-1][0]
    scores.drop(session, after=after)


@pytest.mark.parametrize(("percent", "margin"), [(0, None), (30, 0.3)])
def test_the_shops_margin_reaches_the_night(sqlite: Engine, percent: int, margin: float | None) -> None:
    with transaction(sqlite) as session:
        shop(session)

    analyse(sqlite, margin_percent=percent)

    with transaction(sqlite) as session:
        [kept] = session.scalars(select(Snapshot).where(col(Snapshot.kind) == AnalysisKind.VALUE)).all()
        assert kept.result["margin"] == margin
