"""Every night, and when a manager asks: what each customer is to the shop, found out in a process of its own.

Scores are written a few hundred at a time with as long a rest after each as it took, so that conversations
come first; what was found is kept in the last commit, with the job.
"""

import asyncio
from datetime import datetime, time
from functools import partial
from typing import Any

import structlog
from sqlmodel import Session

from bot import child
from bot.work import Work
from crm_store.analysis import scores, snapshots
from crm_store.analysis.tables import AnalysisKind
from crm_store.mailbox import jobs
from handlers.desk import Desk
from handlers.manager.segments import analysed

KIND = analysed.JOB
AT = time(3, 30)
"""By the desk's clocks; the night's look for doubles is over then."""

LIMIT_SECONDS = 4 * 3600.0

log = structlog.get_logger()


def ask(session: Session, *, slot: str, due_at: datetime, desk: Desk, now: datetime) -> bool:
    """Ask for this night's analyses, once whoever asks. Nobody is told: commands and reports show them."""
    arguments = analysed.arguments(desk, now)
    return jobs.ask_once(session, kind=KIND, slot=slot, arguments=arguments, due_at=due_at, now=now)


async def analyse(work: Work) -> None:
    """The job. Taken up again after a kill it begins anew and writes the same."""
    settings, as_of = work.settings, datetime.fromisoformat(work.arguments["as_of"])
    order = {
        "url": settings.store.whole_url,
        "key": settings.store.key,
        "zone": settings.desk.timezone,
        "currency": settings.desk.currency,
        "as_of": as_of.isoformat(),
        "now": work.now().isoformat(),
        "margin": settings.orders.margin,
    }
    after = 0
    async with asyncio.timeout(LIMIT_SECONDS), child.talk("bot.analyst", order) as talk:
        while "rows" in (told := await talk.hear()):
            await _write(work, told["rows"], after, as_of)
            after = told["rows"][-1][0]
            await talk.say("go on")
    for kind, error in told["failed"].items():
        log.error("an analysis failed", action="analysis_failed", kind=kind, error=error)
    await work.finish(partial(_keep, work=work, told=told, after=after, as_of=as_of))


async def _write(work: Work, rows: list[scores.Row], after: int, as_of: datetime) -> None:
    began = asyncio.get_running_loop().time()
    await work.writer.run(scores.write, rows=rows, after=after, as_of=as_of)
    await asyncio.sleep(asyncio.get_running_loop().time() - began)
    await work.progress(0, 0)


def _keep(session: Session, *, work: Work, told: dict[str, Any], after: int, as_of: datetime) -> None:
    scores.drop(session, after=after)
    desk = work.settings.desk
    for one in told["found"]:
        begun = one.pop("window_start")
        snapshots.keep(
            session,
            **{**one, "kind": AnalysisKind(one["kind"])},
            window_start=datetime.fromisoformat(begun) if begun else None,
            as_of=as_of,
            zone=desk.timezone,
            currency=desk.currency,
            now=work.now(),
        )
    analysed.show(session, work=work, failed=sorted(told["failed"]))
