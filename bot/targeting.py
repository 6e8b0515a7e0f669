"""The picture of the targets at work: a process draws what was told, one commit sends it to who asked."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot import child
from bot.work import Work, send_picture
from crm_store.mailbox import outbox
from handlers.manager import sales, targets
from handlers.manager.reports.telling import PICTURED
from handlers.pictured import tongues

KIND = targets.PICTURE_JOB
LIMIT_SECONDS = 60.0


async def draw(work: Work) -> None:
    """The job: ``rows`` are the targets as they were told, ``until`` when that was."""
    order = await work.writer.run(_order, work=work)
    if order is not None:
        picture = await child.run("bot.targeter", order, limit_seconds=LIMIT_SECONDS)
        await work.finish(lambda session: _send(session, work, picture))


def _order(session: Session, *, work: Work) -> dict[str, Any] | None:
    by = work.asker(session)
    if by is None or not sales.may(by):
        return None
    desk, words = work.voice.desk, work.voice.words
    about = {"until": datetime.fromisoformat(work.arguments["until"]), "desk": desk, "now": work.now()}
    return {
        "rows": work.arguments["rows"],
        "currency": desk.currency,
        "language": by.language,
        "tongues": tongues(
            words,
            by.language,
            sections=PICTURED,
            currency=desk.currency,
            about=lambda language: words.render(language, "manager/target/about.html.j2", **about),
        ),
    }


def _send(session: Session, work: Work, picture: dict[str, str]) -> None:
    by, key = work.asker(session), f"job:{work.job.id}:picture"
    if by is None or not sales.may(by) or outbox.by_key(session, key=key) is not None:
        return
    send_picture(session, key=key, chat_id=by.chat_id, name="targets", picture=picture, now=work.now())
