"""What all campaigns did together, by the shop's own hold-out: asked for below the list of /camp_report, and
counted by a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from crm_store.mailbox import jobs
from crm_store.marketing import holdout
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import tap
from handlers.taps import Keyboard, Tap, button
from handlers.work import Work

JOB = "camp_together"
TEMPLATE = "manager/campaign/together.html.j2"


@dataclass(frozen=True)
class ShowTogether(Tap, verb="camp_all"):
    pass


def way_in(chat: Chat) -> Keyboard:
    """The button, where the shop keeps anybody out."""
    return [[button("camp_together", ShowTogether())]] if chat.desk.campaigns.holdout else []


def ask(chat: Chat, _tapped: ShowTogether) -> None:
    """Before there is a whole month to look at it says from when there will be."""
    desk, share = chat.desk, chat.desk.campaigns.holdout
    if not share:
        return chat.toast("old_button")
    begun = holdout.since(chat.session, thousandths=share)
    window = holdout.months(begun, zone=desk.timezone, now=chat.now) if begun is not None else None
    if window is None:
        return chat.show(
            "manager/campaign/together_later.html.j2",
            share=share / 1000,
            begun=begun,
            day=holdout.first_told(begun, zone=desk.timezone, now=chat.now),
        )
    key = chat.turn_into("manager/campaign/together_soon.html.j2", share=share / 1000)
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments={"start": window.start.isoformat(), "end": window.end.isoformat(), "share": share},
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )
    return None


def show(session: Session, *, work: Work, found: Mapping[str, Any]) -> None:
    """What the job counted, if whoever asked may still know."""
    by = work.asker(session)
    if by is not None and by.role.includes(Role.MANAGER):
        work.show(session, TEMPLATE, **values(found))


def values(found: Mapping[str, Any]) -> dict[str, Any]:
    """``until`` is the last moment that was counted."""
    start, end = (datetime.fromisoformat(one) for one in found["window"])
    return {"found": found, "start": start, "until": end - timedelta.resolution}


HANDLERS = [tap(ShowTogether, role=Role.MANAGER, run=ask)]
