"""The picture of the next weeks at work: a process draws it, one commit sends it to who asked."""

from typing import Any

from sqlmodel import Session

from bot import child
from bot.work import Work, send_picture
from crm_store.analysis.tables import Snapshot
from crm_store.mailbox import outbox
from handlers.manager.goods import ahead
from handlers.pictured import tongues

KIND = ahead.PICTURE_JOB
LIMIT_SECONDS = 60.0
SECTIONS = ("charts", "forecasts")
"""Of labels.toml, what the picture takes its words from."""


async def draw(work: Work) -> None:
    """The job: its argument is the ``snapshot``, which never changes."""
    order = await work.writer.run(_order, work=work)
    if order is None:
        return
    picture = await child.run("bot.foreteller", order, limit_seconds=LIMIT_SECONDS)
    if picture is not None:
        await work.finish(lambda session: _send(session, work, picture))


def _order(session: Session, *, work: Work) -> dict[str, Any] | None:
    by, kept = work.asker(session), session.get(Snapshot, work.arguments["snapshot"])
    if by is None or kept is None or not ahead.may(by):
        return None
    return {
        "forecast": kept.result,
        "currency": kept.currency,
        "language": by.language,
        "tongues": tongues(
            work.voice.words,
            by.language,
            sections=SECTIONS,
            currency=kept.currency,
            about=lambda language: _about(work, kept, language),
        ),
    }


def _about(work: Work, kept: Snapshot, language: str) -> str:
    words, desk = work.voice.words, work.voice.desk
    return words.render(language, "manager/goods/ahead_about.html.j2", kept=kept, desk=desk, now=work.now())


def _send(session: Session, work: Work, picture: dict[str, str]) -> None:
    by, key = work.asker(session), f"job:{work.job.id}:picture"
    if by is None or not ahead.may(by) or outbox.by_key(session, key=key) is not None:
        return
    send_picture(session, key=key, chat_id=by.chat_id, name="forecast", picture=picture, now=work.now())
