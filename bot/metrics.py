"""What Prometheus may ask for: counts and waits, never words or names."""

import asyncio
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter, Gauge
from sqlmodel import Session

from bot.writer import Writer
from crm_store.mailbox import inbox, outbox

EVERY_SECONDS = 15.0

updates = Counter("zhanggui_updates", "Updates run", ["outcome"])
waiting = Gauge("zhanggui_waiting", "Rows that wait", ["box"])
oldest_seconds = Gauge("zhanggui_outbox_oldest_seconds", "Age of the oldest message that waits to be sent")

log = structlog.get_logger()


async def watch(writer: Writer) -> None:
    """Look at the boxes now and then, until cancelled."""
    while True:
        try:
            await writer.run(_look, now=datetime.now(UTC))
        except Exception:
            log.exception("metrics could not be read", action="metrics_failed")
        await asyncio.sleep(EVERY_SECONDS)


def _look(session: Session, *, now: datetime) -> None:
    waiting.labels("inbox").set(inbox.count_waiting(session))
    waiting.labels("outbox").set(outbox.count_waiting(session))
    oldest = outbox.oldest_waiting(session)
    oldest_seconds.set((now - oldest).total_seconds() if oldest else 0.0)
