"""The night's analyses: once a night, in a process of its own, written in small batches."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from bot import analysing
from bot.clock import Clock
from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.analysis import scores
from crm_store.analysis.tables import AnalysisKind, CustomerScore, Snapshot
from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, Customer, Purpose
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job
from handlers.voice import Voice
from tests.crm_store.analysis.buying import customers, sale
from tests.talk import DESK, WORDS

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


def analyse(engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job, done by the real loop and the real process."""

    async def run() -> None:
        writer = Writer(engine)
        settings = Settings.model_construct(store=Store(url=url))
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


def test_scores_and_snapshots_are_kept_and_replaced(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "BATCH", 7)
    with transaction(sqlite) as session:
        ids = shop(session)
        stale = customers(session, 2, at=NOW)
        session.add_all(CustomerScore(customer_id=id, as_of=NOW - timedelta(days=1)) for id in stale)
        ann = session.get_one(Customer, ids[7])
        consents.record(
            session, customer=ann, purpose=Purpose.PROFILING, state=ConsentState.WITHDRAWN, source="chat",
            actor="cli", now=NOW,
        )  # fmt: skip
    url = f"sqlite:///{Path(sqlite.url.database or '')}"

    for _ in range(2):
        analyse(sqlite, url, monkeypatch)

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
