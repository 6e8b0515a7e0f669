"""A filter of a large shop's customers looked through beside the conversation, and its page shown."""

from typing import Any

from sqlmodel import Session

from bot import child
from bot.work import Work
from crm_store.customers import filters
from handlers.agent.records import filtered_page
from handlers.agent.records.filtered_page import Found, Setting

LIMIT_SECONDS = 120.0


async def find(work: Work) -> None:
    """The job: its arguments are those of ``handlers.agent.records.filtered_page``."""
    order = await work.writer.run(_order, work=work)
    if order is None:
        return
    told = await child.run("bot.finder", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _show(session, work, Found.heard(told)))


def _order(session: Session, *, work: Work) -> dict[str, Any] | None:
    """None when who asked has left. Raises what ``filters.read`` does: it is told to who asked."""
    me, desk, now = work.asker(session), work.voice.desk, work.now()
    if me is None:
        return None
    about: dict[str, Any] = {"zone": desk.timezone, "currency": desk.currency, "now": now}
    filters.read(session, work.arguments["text"], by=me, **about)
    return {
        "url": work.settings.store.whole_url,
        "key": work.settings.store.key,
        "staff": me.id,
        "text": work.arguments["text"],
        "cursor": work.arguments["cursor"],
        "zone": str(desk.timezone),
        "currency": desk.currency,
        "now": now.isoformat(),
    }


def _show(session: Session, work: Work, found: Found) -> None:
    me = work.asker(session)
    if me is None:
        return
    at = Setting(session, work.voice.desk, me, work.now())
    template, values, buttons = filtered_page.shown(at, work.arguments["text"], found)
    work.show(session, template, buttons=buttons, **values)
