"""Members, arms and hold-out of a campaign to a hundred thousand written down by the real process, while
other customers write and want their answers."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from bot.demo.thread import ServerThread
from crm_store.engine import open_engine, transaction
from crm_store.marketing import campaigns, members
from crm_store.marketing.states import CampaignState
from tests.benchmarks.end_to_end import prepare
from tests.benchmarks.line import Line, at_most
from tests.benchmarks.writers import writing
from tests.crash.process import BotProcess, wait_until
from tests.crm_store.marketing import crowd

MEMBERS = 100_000
WRITERS = 5_300_000_000
WRITE_EVERY_SECONDS = 0.2
LEAD = timedelta(seconds=15)


def run() -> Iterator[Line]:
    with TemporaryDirectory(prefix="zhanggui-bench-") as name, ServerThread(limits=False) as running:
        with BotProcess(Path(name), running.server, pace=30) as bot:
            prepare(bot.store)
            store = open_engine(bot.store)
            now = datetime.now(UTC)
            with transaction(store) as session:
                crowd.gather(session, count=MEMBERS, now=now)
            now = datetime.now(UTC)
            with transaction(store) as session:
                campaign = crowd.campaign_at(session, send_at=now + LEAD, holdout=100, now=now)
            bot.start()
            waits = _listen(running, bot, store, campaign.id)
            with transaction(store) as session:
                found = campaigns.get(session, number=campaign.id)
                assert found.started_at is not None
                assert found.frozen_at is not None
                seconds = (found.frozen_at - found.started_at).total_seconds()
                total = members.progress(session, campaign=found).total
            store.dispose()
        yield at_most("freezing members, arms and hold-out", seconds, 60, "s", f"(of {total})")
        p95 = quantiles(sorted(waits), n=20)[-1]
        yield at_most("answer to a customer meanwhile, p95", p95, 1, "s", f"(of {len(waits)})")


def _listen(running: ServerThread, bot: BotProcess, store: Engine, campaign_id: int) -> list[float]:
    """Customers write while members are being written down."""
    wait_until(lambda: _state(store, campaign_id) == CampaignState.FREEZING, seconds=120, bots=(bot,))
    with writing(running, bot, first=WRITERS, every_seconds=WRITE_EVERY_SECONDS) as waits:
        wait_until(lambda: _state(store, campaign_id) == CampaignState.RUNNING, seconds=300, bots=(bot,))
    return waits


def _state(store: Engine, campaign_id: int) -> CampaignState:
    time.sleep(0.1)
    with transaction(store) as session:
        return campaigns.get(session, number=campaign_id).state
