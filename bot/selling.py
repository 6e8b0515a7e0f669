"""Sales at work: counted in a process of its own, told to who asked, or sent to them as a file."""

import base64
from typing import Any

from sqlmodel import Session

from bot import child
from bot.exporting import MIME
from bot.work import Work
from handlers.manager import brief, sales, stats, targets

LIMIT_SECONDS = 300.0


async def count(work: Work) -> None:
    """The job: its arguments are those of ``handlers.manager.sales``."""
    language = await work.writer.run(_language, work=work)
    if language is None:
        return
    settings = work.settings
    order = {
        "url": settings.store.whole_url,
        "key": settings.store.key,
        "templates": str(settings.templates.override) if settings.templates.override else None,
        "zone": settings.desk.timezone,
        "currency": settings.desk.currency,
        "margin_percent": settings.orders.margin_percent,
        "language": language,
        "asked": dict(work.arguments),
    }
    told = await child.run("bot.seller", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _tell(session, work, told))


def _language(session: Session, *, work: Work) -> str | None:
    by = work.asker(session)
    return by.language if by is not None else None


def _tell(session: Session, work: Work, told: dict[str, Any]) -> None:
    desk, words = work.voice.desk, work.voice.words
    if work.arguments["format"] == stats.STATS:
        stats.show(session, work=work, found=told, desk=desk)
        return
    if work.arguments["format"] == brief.BRIEF:
        brief.show(session, work=work, found=told, desk=desk, now=work.now())
        return
    if work.arguments["format"] == targets.TARGETS:
        targets.show(session, work=work, found=told, words=words, desk=desk, now=work.now())
        return
    if not work.arguments["format"]:
        sales.show(session, work=work, found=told, words=words, desk=desk)
        return
    who = work.asker(session)
    if who is None or not sales.may(who):
        return
    asked, _ = sales.heard(work.arguments)
    work.send_file(
        session,
        file_name=told["name"],
        mime_type=MIME[f".{work.arguments['format']}"],
        data=base64.b64decode(told["data"]),
        template="manager/sales/file.html.j2",
        window=asked.window,
        currency=desk.currency,
    )
