"""/report (报表), 日报, 周报, 月报: a report now, of any span of time: 周报 上周, /report 2026-03 业绩"""

from datetime import timedelta
from functools import partial
from typing import Any

from crm_store.analysis.service_summary import Window
from crm_store.mailbox import jobs
from crm_store.moments import midnight
from crm_store.reports import runs, windows
from crm_store.reports.sections import DELIVERED
from crm_store.reports.tables import Period, ReportRun, Section
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.reports import contents, spans, telling
from handlers.manager.reports.buttons import FORMATS, ReportAgain, ReportBefore, ReportFile
from handlers.manager.reports.spans import Asked
from handlers.manager.reports.telling import Told

REPORT_JOB, FILE_JOB = "report", "report_file"
_GLUED = r"^\s*(?:\d|今|昨|前天|本|这|上|去|近|第|[一二三四下])"


def report(chat: Chat, *, period: Period | None = None) -> None:
    asked, rest = spans.read(chat, chat.arguments, period)
    choice, left = contents.read(chat.words, rest)
    if choice.period is not None:
        period = choice.period
        asked, _ = spans.read(chat, chat.arguments, period)
    if left:
        chat.say("manager/report/usage.html.j2", text=left)
        return
    ask(chat, asked or spans.plain(chat, period or Period.DAY), choice.sections or DELIVERED)


def again(chat: Chat, tapped: ReportAgain) -> None:
    """One that failed for good, once more; the message that said so becomes it."""
    run = runs.get(chat.session, run_id=tapped.run, by=chat.me)
    if run is None or not runs.reopen(chat.session, run=run):
        return chat.toast("old_button")
    failed = jobs.get(chat.session, job_id=run.job_id) if run.job_id is not None else None
    key = chat.turn_into("manager/report/asked.html.j2", period=run.period.value)
    arguments = failed.arguments if failed is not None else {"run": run.id}
    return _do(chat, run, arguments, key)


def ask(chat: Chat, asked: Asked, sections: tuple[Section, ...]) -> None:
    """It is computed beside the conversation, and takes the place of this message."""
    title = telling.title(asked.period, asked.window, so_far=asked.so_far, zone=chat.desk.timezone)
    key = chat.say("manager/report/asked.html.j2", period=title)
    run = runs.ask(
        chat.session,
        staff=chat.me,
        period=asked.period,
        sections=sections,
        window=asked.window,
        key=key,
        now=chat.now,
    )
    before = asked.before
    compared = [before.start.isoformat(), before.end.isoformat()]
    _do(chat, run, {"run": run.id, "so_far": asked.so_far, "before": compared}, key)


def _do(chat: Chat, run: ReportRun, arguments: dict[str, Any], key: str) -> None:
    job = jobs.ask(
        chat.session,
        kind=REPORT_JOB,
        arguments=arguments,
        asked_by=chat.me,
        chat_id=chat.me.chat_id,
        progress_key=key,
        now=chat.now,
    )
    run.job_id = job.id


def before(chat: Chat, tapped: ReportBefore) -> None:
    """The same of the period before."""
    run = runs.get(chat.session, run_id=tapped.run, by=chat.me)
    if run is None or run.figures is None:
        return chat.toast("old_button")
    told = Told.read(run.figures)
    window = told.window
    if told.so_far:
        first, last = (one.astimezone(told.zone).date() for one in (window.start, window.end))
        whole = Window(window.start, midnight(last + timedelta(days=1), zone=told.zone))
        window = whole if told.title == "other" else windows.of(told.period, day=first, zone=told.zone)
    asked = spans.whole(windows.previous(window, zone=told.zone), told.period, told.zone)
    if runs.is_under_way(chat.session, staff=chat.me, window=asked.window, sections=_sections(run)):
        return chat.toast("report_under_way")
    return ask(chat, asked, _sections(run))


def file(chat: Chat, tapped: ReportFile) -> None:
    """The figures as they were told, as a file."""
    run = runs.get(chat.session, run_id=tapped.run, by=chat.me)
    if run is None or run.figures is None or tapped.format not in FORMATS:
        return chat.toast("old_button")
    wanted = {"run": run.id, "format": tapped.format}
    if jobs.was_just_asked(chat.session, kind=FILE_JOB, by=chat.me, holding=wanted, now=chat.now):
        return chat.toast("file_under_way")
    jobs.ask(
        chat.session,
        kind=FILE_JOB,
        arguments=wanted,
        asked_by=chat.me,
        chat_id=chat.me.chat_id,
        now=chat.now,
    )
    return chat.toast("report_file")


def _sections(run: ReportRun) -> tuple[Section, ...]:
    return tuple(one for one in DELIVERED if one in run.sections)


_DAILY, _WEEKLY, _MONTHLY = (partial(report, period=one) for one in Period)

HANDLERS = [
    command("report", "报表", role=Role.MANAGER, run=report, glued=_GLUED),
    command(
        "daily", "日报", role=Role.MANAGER, run=partial(report, period=Period.DAY), glued=_GLUED, menu=False
    ),
    command(
        "weekly", "周报", role=Role.MANAGER, run=partial(report, period=Period.WEEK), glued=_GLUED, menu=False
    ),
    command(
        "monthly",
        "月报",
        role=Role.MANAGER,
        run=partial(report, period=Period.MONTH),
        glued=_GLUED,
        menu=False,
    ),
    tap(ReportAgain, role=Role.MANAGER, run=again),
    tap(ReportBefore, role=Role.MANAGER, run=before),
    tap(ReportFile, role=Role.MANAGER, run=file),
]
