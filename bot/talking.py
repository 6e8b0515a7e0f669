"""The report of contacts at work: counted in a process of its own, told to who asked."""

from bot import child
from bot.work import Work
from crm_store.analysis.talks import Talks
from handlers.manager import talks

LIMIT_SECONDS = 900.0


async def count(work: Work) -> None:
    """The job: its arguments are those of ``handlers.manager.talks``."""
    settings, asked = work.settings, work.arguments
    order = {
        "url": settings.store.whole_url,
        "key": settings.store.key,
        "templates": str(settings.templates.override) if settings.templates.override else None,
        "zone": settings.desk.timezone,
        "hours": settings.desk.hours,
        "start": asked["start"],
        "end": asked["end"],
    }
    told = await child.run("bot.talker", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: talks.show(session, work=work, counted=Talks.heard(told)))
