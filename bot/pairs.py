"""Every night: which customers may be one person? Found in a process of its own, written down in batches."""

from datetime import datetime, time

from sqlmodel import Session

from bot import child
from bot.work import Work
from crm_store.customers import pairs
from crm_store.customers.pairing import Pair
from crm_store.mailbox import jobs

KIND = "pairs"
AT = time(3)
"""By the desk's clocks, when hardly anybody writes."""

BATCH = 200
LIMIT_SECONDS = 3600.0


def ask(session: Session, *, slot: str, due_at: datetime, now: datetime) -> bool:
    """Ask for this night's look, once whoever asks. Nobody is told: /pairs and the summary of the day are."""
    return jobs.ask_once(session, kind=KIND, slot=slot, due_at=due_at, now=now)


async def look(work: Work) -> None:
    """The job. Taken up again after a kill it finds the same pairs, and decisions stand."""
    begun = work.now()
    store = work.settings.store
    order = {"url": store.whole_url, "key": store.key}
    told = await child.run("bot.pairer", order, limit_seconds=LIMIT_SECONDS)
    found = [Pair(*one) for one in told]
    for start in range(0, len(found), BATCH):
        await work.writer.run(pairs.keep, found=found[start : start + BATCH], now=begun)
        await work.progress(start, len(found))
    await work.finish(lambda session: pairs.drop_old(session, before=begun))
