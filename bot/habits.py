"""Every night: how are customers best reached? Concluded in a process of its own, written down in batches."""

from datetime import datetime, time

from sqlmodel import Session

from bot import child
from bot.work import Work
from crm_store.customers import habits
from crm_store.customers.habits import Conclusion, Guess
from crm_store.mailbox import jobs

KIND = "habits"
AT = time(4)
"""By the desk's clocks, an hour after the look for pairs."""

ACTOR = "clock"
BATCH = 10
"""Conclusions in one unit of work: about 20 ms."""
LIMIT_SECONDS = 3600.0


def ask(session: Session, *, slot: str, due_at: datetime, now: datetime) -> bool:
    """Ask for this night's conclusions, once whoever asks. Nobody is told: the customers' cards are."""
    return jobs.ask_once(session, kind=KIND, slot=slot, due_at=due_at, now=now)


async def conclude(work: Work) -> None:
    """The job. Taken up again after a kill it finds what is left to write."""
    settings, now = work.settings, work.now()
    order = {
        "url": settings.store.whole_url,
        "key": settings.store.key,
        "zone": settings.desk.timezone,
        "now": now.isoformat(),
    }
    told = await child.run("bot.observer", order, limit_seconds=LIMIT_SECONDS)
    found = [Conclusion(id, topic, Guess(*guess) if guess else None) for id, topic, guess in told]
    for start in range(0, len(found), BATCH):
        await work.writer.run(habits.keep, found=found[start : start + BATCH], actor=ACTOR, now=now)
        await work.progress(start, len(found))
