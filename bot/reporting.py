"""Reports at work: a process computes and draws, one commit tells it and keeps the figures as they were told.

A report is told once however often its job is taken up: its message, its pictures and the end of its run are
in the commit that ends the job.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session

from bot.work import Trouble, Work, send_picture
from crm_store.mailbox import outbox
from crm_store.mailbox.wake import OUTBOX, wake
from crm_store.reports import runs, schedules, windows
from crm_store.reports.sections import DELIVERED
from crm_store.reports.tables import ReportRun, ReportSchedule, RunState
from crm_store.staff.tables import Staff
from handlers import html
from handlers.manager.reports import telling
from handlers.manager.reports.buttons import ReportAgain
from handlers.manager.reports.telling import Told
from handlers.taps import button, inline

KIND, FILE_KIND = "report", "report_file"
LIMIT_SECONDS = 300.0
LATE = timedelta(minutes=2)
"""A report that comes this long after its time says so."""

MIME = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}

log = structlog.get_logger()


async def report(work: Work) -> None:
    """The job: ``run`` is the row it is for, ``so_far`` whether its window goes on, ``before`` what it is
    compared with where that does not follow from it."""
    plan = await work.writer.run(_plan, work=work)
    if plan is None:
        return
    told, language, staff = plan
    order = _order(work, told, language) | {
        "do": "report",
        "staff": staff,
        "sections": list(told.figures),
    }
    made = await work.answered("bot.reporter", order, limit_seconds=LIMIT_SECONDS)
    figures = {section: made["sections"][section] for section in told.figures}
    told = Told(**{**told.__dict__, "figures": figures})
    await work.finish(lambda session: _tell(session, work, told, language, made["pictures"]))


async def file(work: Work) -> None:
    """The job: the figures that a report kept, as a file. ``run`` is its row, ``format`` one of MIME."""
    found = await work.writer.run(_kept, work=work)
    if found is None:
        return
    told, language, text = found
    format = work.arguments["format"]
    order = _order(work, told, language) | {
        "do": "file",
        "format": format,
        "sections": dict(told.figures),
        "text": text,
    }
    made = await work.answered("bot.reporter", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _send(session, work, told, language, made["data"]))


def give_up(session: Session, work: Work) -> Trouble | None:
    """The run ends with its job, until who gets it wants it tried again."""
    run = session.get(ReportRun, work.arguments["run"])
    if run is None or run.state != RunState.DUE:
        return None
    runs.close(session, run=run, state=RunState.FAILED, now=work.now(), error=work.job.error)
    again = [[button("report_again", ReportAgain(run.id))]]
    return Trouble("manager/report/failed.html.j2", {"period": run.period.value, "due": run.due_at}, again)


def _plan(session: Session, *, work: Work) -> tuple[Told, str, int] | None:
    """What is to be computed, for whom; None when it has been told, or may not be any more."""
    run = session.get(ReportRun, work.arguments["run"])
    if run is None or run.state != RunState.DUE:
        return None
    staff = session.get(Staff, run.staff_id)
    if staff is None or not _is_wanted(session, run, staff):
        runs.close(session, run=run, state=RunState.SKIPPED, now=work.now())
        return None
    zone = _zone(session, work, run)
    window = runs.window_of(run)
    before = work.arguments.get("before")
    told = Told(
        period=run.period,
        window=window,
        before=runs.span(before) if before else windows.comparable(window, zone=zone),
        so_far=bool(work.arguments.get("so_far")),
        zone=zone,
        currency=work.voice.desk.currency,
        figures={section.value: {} for section in DELIVERED if section.value in run.sections},
    )
    return told, _language(session, run, staff), staff.id


def _is_wanted(session: Session, run: ReportRun, staff: Staff) -> bool:
    """Asked when it begins and when it is told: much can happen in between."""
    return schedules.may_read(staff) and not runs.is_stopped(session, run=run)


def _zone(session: Session, work: Work, run: ReportRun) -> ZoneInfo:
    schedule = _schedule(session, run)
    return ZoneInfo(schedule.zone) if schedule is not None else work.voice.desk.timezone


def _language(session: Session, run: ReportRun, staff: Staff) -> str:
    schedule = _schedule(session, run)
    return (schedule.language if schedule is not None else None) or staff.language


def _schedule(session: Session, run: ReportRun) -> ReportSchedule | None:
    return session.get(ReportSchedule, run.schedule_id) if run.schedule_id is not None else None


def _order(work: Work, told: Told, language: str) -> dict[str, Any]:
    store = work.settings.store
    return {
        "store_url": store.whole_url,
        "store_key": store.key,
        "zone": told.zone.key,
        "currency": told.currency,
        "margin_percent": work.voice.desk.margin_percent,
        "now": work.now().isoformat(),
        "window": [told.window.start.isoformat(), told.window.end.isoformat()],
        "before": [told.before.start.isoformat(), told.before.end.isoformat()],
        "language": language,
        "tongues": telling.tongues(work.voice, told, language=language, now=work.now()),
    }


def _tell(session: Session, work: Work, told: Told, language: str, pictures: list[Mapping[str, str]]) -> None:
    """The message, then its pictures; nothing where nothing happened and that was wished."""
    now = work.now()
    run = session.get_one(ReportRun, work.arguments["run"])
    staff = session.get_one(Staff, run.staff_id)
    if not _is_wanted(session, run, staff):
        runs.close(session, run=run, state=RunState.SKIPPED, now=now)
        return
    schedule = _schedule(session, run)
    if schedule is not None and schedule.skip_empty and told.is_empty:
        runs.close(session, run=run, state=RunState.EMPTY, now=now, figures=told.kept())
        return
    planned = run.due_at if schedule is not None and now - run.due_at >= LATE else None
    text = telling.text(
        work.voice,
        told,
        language=language,
        now=now,
        planned=planned,
        changed_since=_changed_since(session, run, told),
    )
    params = {
        "text": text,
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": inline(telling.buttons(run.id, told), work.voice.words, language),
    }
    key, edit = f"report:{run.id}", f"report:{run.id}:edit"
    asked = work.job.progress_key
    if asked is None or not outbox.amend(session, key=asked, params=params, edit_key=edit, now=now):
        outbox.put(session, key=key, chat_id=staff.chat_id, method="sendMessage", params=params, now=now)
    for number, one in enumerate(pictures, start=1):
        send_picture(
            session,
            key=f"{key}:picture:{number}",
            chat_id=staff.chat_id,
            name=one["name"],
            picture=one,
            now=now,
        )
    state = RunState.LATE if planned is not None else RunState.SENT
    runs.close(session, run=run, state=state, now=now, figures=told.kept())
    wake(session, OUTBOX)
    log.info("report", action="report_told", run=run.id, period=run.period.value, pictures=len(pictures))


def _changed_since(session: Session, run: ReportRun, told: Told) -> datetime | None:
    """When this window was last told otherwise: what is over should stay as it was, and where something was
    written down for it later, that is said."""
    for earlier in runs.told_before(session, run=run):
        former = Told.read(earlier.figures or {})
        if former.figures.keys() & told.figures.keys():
            return earlier.sent_at if told.differs(former) else None
    return None


def _kept(session: Session, *, work: Work) -> tuple[Told, str, dict[str, str]] | None:
    """A report's figures for who got it, with its words as they were, by language and without markup."""
    by = work.asker(session)
    run = runs.get(session, run_id=work.arguments["run"], by=by) if by is not None else None
    if by is None or run is None or run.figures is None or not schedules.may_read(by):
        return None
    told, language = Told.read(run.figures), _language(session, run, by)
    at = run.sent_at or run.due_at
    said = {one: telling.text(work.voice, told, language=one, now=at) for one in {language, "en"}}
    return told, language, {one: html.plain(text) for one, text in said.items()}


def _send(session: Session, work: Work, told: Told, language: str, data: str) -> None:
    format, words = work.arguments["format"], work.voice.words
    last = (told.window.end - timedelta.resolution).astimezone(told.zone).date()
    title = words.label(language, "report_titles", told.title)
    work.send_file(
        session,
        file_name=f"{title}-{last.isoformat()}.{format}".replace(" ", "-"),
        mime_type=MIME[format],
        data=base64.b64decode(data),
        template="manager/report/file.html.j2",
        **telling.about(told),
    )
