"""The night's analyses, asked for by day: a button where there is nothing to show yet."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlmodel import Session

from crm_store.mailbox import jobs
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import tap
from handlers.desk import Desk
from handlers.manager.segments.buttons import AnalyseNow, ShowSegments, ShowTiers
from handlers.taps import button
from handlers.work import Work

JOB = "analysis"


def arguments(desk: Desk, now: datetime) -> dict[str, Any]:
    """Of the job: all that was sold before the desk's midnight."""
    return {"as_of": desk.moment(desk.local(now).date(), time()).isoformat()}


def now(chat: Chat, _: AnalyseNow) -> None:
    if jobs.is_under_way(chat.session, kind=JOB):
        chat.toast("analysis_under_way")
        return
    key = chat.turn_into("manager/segments/analysing.html.j2")
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments=arguments(chat.desk, chat.now),
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )


def not_yet(chat: Chat, template: str, **values: Any) -> None:
    """Nothing is known yet: it is being worked out, or ``template`` says so over a button to have it now."""
    if jobs.is_under_way(chat.session, kind=JOB):
        return chat.show("manager/segments/under_way.html.j2")
    chat.show(template, buttons=[[button("analyse_now", AnalyseNow())]], **values)


def show(session: Session, *, work: Work, failed: Sequence[str]) -> None:
    """It is done; who asked may look now, if they still may. ``failed``: the kinds that did not go."""
    by = work.asker(session)
    if by is None or not by.role.includes(Role.MANAGER):
        return
    work.show(
        session,
        "manager/segments/analysed.html.j2",
        as_of=datetime.fromisoformat(work.arguments["as_of"]),
        failed=failed,
        buttons=[[button("tiers", ShowTiers()), button("segments", ShowSegments(0))]],
    )


HANDLERS = [tap(AnalyseNow, role=Role.MANAGER, run=now)]
