"""A segment of a large shop counted beside the conversation: in a process of its own, told to who asked. In a
small one the conversation counts it itself."""

from typing import Any

from sqlmodel import Session

from bot import child
from bot.freezer import order_of
from bot.work import Work
from crm_store.marketing import segments
from crm_store.marketing.segments import Looked, Reading
from crm_store.marketing.tables import Segment
from crm_store.staff.roles import Role
from handlers.agent.records.filtered_page import Setting
from handlers.manager.segments import listed

LIMIT_SECONDS = 120.0


async def count(work: Work) -> None:
    """The job: its arguments are those of ``handlers.manager.segments.listed``."""
    order = await work.writer.run(_order, work=work)
    told = await child.run("bot.segmenter", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _show(session, work, Looked.heard(told)))


def _order(session: Session, *, work: Work) -> dict[str, Any]:
    """Raises NoSuchSegment, and what ``segments.read`` does: they are told to who asked."""
    segment, desk, now = _segment(session, work), work.voice.desk, work.now()
    reading = Reading(desk.timezone, desk.currency, now)
    segments.read(session, text=segment.filter, reading=reading)
    return {
        "url": work.settings.store.whole_url,
        "key": work.settings.store.key,
        "filter": segment.filter,
        "rules": order_of(desk.campaigns),
        "zone": str(desk.timezone),
        "currency": desk.currency,
        "now": now.isoformat(),
        "most": listed.SAMPLE,
    }


def _show(session: Session, work: Work, looked: Looked) -> None:
    """What came of it, if whoever asked may still know."""
    me = work.asker(session)
    if me is None or not me.role.includes(Role.MANAGER):
        return
    at = Setting(session, work.voice.desk, me, work.now())
    made = bool(work.arguments["made"])
    values, buttons = listed.card(at, _segment(session, work), looked, made=made)
    work.show(session, listed.CARD, buttons=buttons, **values)


def _segment(session: Session, work: Work) -> Segment:
    return segments.get(session, named=f"S{work.arguments['segment']}")
