"""A campaign in real time: the real process sends to a stand-in that enforces Telegram's limits, with jitter
on the line, while other customers write and want their answers."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from bot.demo.thread import ServerThread
from bot.settings import Telegram
from crm_store.engine import open_engine, transaction
from crm_store.marketing import campaigns
from crm_store.marketing.states import CampaignState
from tests.benchmarks.end_to_end import prepare
from tests.benchmarks.line import Line, at_least, at_most
from tests.benchmarks.writers import writing
from tests.crash.process import BotProcess, wait_until
from tests.crm_store.marketing import crowd

MEMBERS = 3000
JITTER_MS = 100
WRITERS = 5_200_000_000
WRITE_EVERY_SECONDS = 2.0
LEAD = timedelta(seconds=6)
"""Until the campaign begins: the process starts meanwhile."""


def run() -> Iterator[Line]:
    with TemporaryDirectory(prefix="zhanggui-bench-") as name, ServerThread() as running:
        folder = Path(name)
        pace = Telegram().messages_per_second
        with BotProcess(folder, running.server, pace=pace) as bot:
            prepare(bot.store)
            store = open_engine(bot.store)
            campaign_id = plan(store, running, MEMBERS)
            running.server.faults.set(jitter_ms=JITTER_MS)
            bot.start()
            waits = _listen(running, bot, store, campaign_id)
            yield from _lines(running, waits)
            store.dispose()


def plan(
    store: Engine, running: ServerThread, count: int, *, lead: timedelta = LEAD, holdout: int = 0
) -> int:
    """Customers who agreed, known to the stand-in, and a campaign for them that begins in a moment."""
    now = datetime.now(UTC)
    with transaction(store) as session:
        crowd.gather(session, count=count, now=now)
        campaign = crowd.campaign_at(session, send_at=now + lead, holdout=holdout, now=now)

    def arrive() -> None:
        for manager in (crowd.AUTHOR, crowd.APPROVER):
            running.world.user(manager, "Olga", started=True)
        for number in range(count):
            running.world.user(crowd.FIRST + number, f"Ann {number}", started=True)

    running.call(arrive)
    return campaign.id


def _listen(running: ServerThread, bot: BotProcess, store: Engine, campaign_id: int) -> list[float]:
    """Somebody writes now and then until the campaign is over."""
    sends = running.world.sends
    assert sends is not None
    wait_until(lambda: any(one.chat_id >= crowd.FIRST for one in list(sends)), seconds=60, bots=(bot,))
    with writing(running, bot, first=WRITERS, every_seconds=WRITE_EVERY_SECONDS) as waits:
        wait_until(lambda: _is_over(store, campaign_id), seconds=300, bots=(bot,))
    return waits


def _is_over(store: Engine, campaign_id: int) -> bool:
    time.sleep(0.5)
    with transaction(store) as session:
        campaign = campaigns.get(session, number=campaign_id)
        return campaign.state in (CampaignState.MEASURING, CampaignState.PAUSED)


def _lines(running: ServerThread, waits: list[float]) -> Iterator[Line]:
    sends = running.world.sends
    assert sends is not None
    times = sorted(one.at for one in sends if one.chat_id >= crowd.FIRST)
    span = times[-1] - times[0]
    among = sum(times[0] <= one.at <= times[-1] for one in sends)
    refused = running.call(lambda: running.world.counters.refused[429])
    note = f"({len(times)} members in {span:.0f} s, {len(times) / span:.1f}/s of the campaign)"
    what = "during a campaign with 100 ms of jitter: messages"
    yield at_least(what, among / span, 27, "/s", note)
    yield at_most("campaign: refused by Telegram for being too fast", refused, 0, "")
    p95 = quantiles(sorted(waits), n=20)[-1]
    yield at_most("answer to a customer during a campaign, p95", p95, 2, "s", f"(of {len(waits)})")
