"""/export (导出): customers, orders or tickets as a file, with a reason, to nobody but who asks."""

from dataclasses import dataclass
from enum import StrEnum

from crm_store.customers import filters
from crm_store.customers.filter_terms import Filtered
from crm_store.exchange import exports
from crm_store.exchange.exports import Wanted
from crm_store.exchange.selection import Selection
from crm_store.exchange.tables import Subject
from crm_store.mailbox import jobs
from crm_store.mailbox.forms import TYPED
from crm_store.staff.roles import Role
from handlers import filtering
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.incoming import read as read_message
from handlers.manager import export_filter
from handlers.taps import Keyboard, Tap, button

JOB = "export"
FORM, REASON, FORMAT = "export", "reason", "format"
LONGEST_REASON = 500


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Export(Tap, verb="export"):
    """Of what was asked for last: the rest is in the form."""

    format: Format


@dataclass(frozen=True)
class DropExport(Tap, verb="export_no"):
    """Not after all."""


def export(chat: Chat) -> None:
    """``/export customers tag:VIP``, ``/export orders 2026-01 paid``"""
    subject, text = _subject(chat)
    if subject is None:
        chat.say("manager/export/usage.html.j2")
        return
    wanted = _wanted(chat, subject, text)
    rows = exports.count(chat.session, wanted=wanted) if _is_light(chat, wanted) else None
    if rows == 0:
        chat.say("manager/export/nothing.html.j2", subject=subject.value, filter=text)
        return
    chat.ask(FORM, REASON, subject=subject.value, filter=text, rows=rows)
    chat.say("manager/export/reason.html.j2", subject=subject.value, filter=text, rows=rows)


def _is_light(chat: Chat, wanted: Wanted) -> bool:
    """What takes long to count is counted while it is written."""
    return wanted.subject != Subject.CUSTOMERS or filters.is_light(chat.session, filtered=wanted.filtered)


def _subject(chat: Chat) -> tuple[Subject | None, str]:
    """What is to be exported, by its word, and what follows it."""
    for subject in Subject:
        called = {subject.value, *chat.words.listed("subject_words", subject.value)}
        for word in sorted(called, key=len, reverse=True):
            first, rest = chat.arguments[: len(word)], chat.arguments[len(word) :]
            if first.casefold() == word and (not rest or rest[0] in " \t\n\u3000:："):
                return subject, rest.strip(" \t\n\u3000:：")
    return None, ""


def _wanted(chat: Chat, subject: Subject, text: str) -> Wanted:
    """Raises BadFilter, BadFilterValue or BadSelection."""
    desk = chat.desk
    filtered, selection = Filtered(), Selection()
    if subject == Subject.CUSTOMERS:
        filtered = filtering.read(chat, text)
    else:
        selection = export_filter.read(chat.words, subject, text, zone=desk.timezone, now=chat.now)
    return Wanted(subject=subject, by=chat.me, filtered=filtered, selection=selection)


def reason_given(chat: Chat) -> None:
    assert chat.form is not None
    known, reason = chat.form.answers, read_message(chat.message).text.strip()
    if not reason:
        about = {key: known[key] for key in ("subject", "filter", "rows")}
        chat.say("manager/export/reason.html.j2", **about)
        return
    chat.ask(FORM, FORMAT, **{**known, "reason": reason[:LONGEST_REASON], TYPED: reason})
    _choose(chat)


def _choose(chat: Chat) -> None:
    assert chat.form is not None
    known = chat.form.answers
    chat.say(
        "manager/export/format.html.j2",
        reason=known["reason"],
        rows=known["rows"],
        subject=known["subject"],
        buttons=_buttons(),
    )


def _buttons() -> Keyboard:
    formats = [button(f"export_{one}", Export(one)) for one in Format]
    return [formats, [button("export_drop", DropExport())]]


def format_typed(chat: Chat) -> None:
    """Somebody types what the buttons offer; anything else is asked again."""
    typed = read_message(chat.message).text.strip().casefold()
    for one in Format:
        if typed in chat.words.listed("format_words", one.value):
            return _start(chat, one)
    return _choose(chat)


def format_tapped(chat: Chat, tapped: Export) -> None:
    if not _is_open(chat):
        return chat.toast("old_button")
    return _start(chat, tapped.format)


def drop(chat: Chat, _tapped: DropExport) -> None:
    if _is_open(chat):
        chat.leave_form()
    chat.edit("manager/export/dropped.html.j2")


def _is_open(chat: Chat) -> bool:
    return chat.form is not None and (chat.form.form, chat.form.step) == (FORM, FORMAT)


def _start(chat: Chat, format: Format) -> None:
    """The answers are read anew: a field may be gone since they were given."""
    assert chat.form is not None
    known = chat.form.answers
    subject = Subject(known["subject"])
    wanted = _wanted(chat, subject, known["filter"])
    chat.leave_form()
    if chat.update.callback_query is not None:
        chat.edit("manager/export/chosen.html.j2", reason=known["reason"], format=format.value)
    key = chat.say("manager/export/running.html.j2", subject=subject.value, rows=known["rows"])
    job = jobs.ask(
        chat.session,
        kind=JOB,
        arguments={
            "subject": subject.value,
            "filter": known["filter"] if subject == Subject.CUSTOMERS else "",
            "selection": wanted.selection.told(),
            "format": format.value,
        },
        asked_by=chat.me,
        chat_id=chat.me.chat_id,
        now=chat.now,
        progress_key=key,
    )
    facts = {"subject": subject.value, "filter": known["filter"], "reason": known["reason"]}
    exports.note(chat.session, job=job, by=chat.me, action="asked", facts=facts, now=chat.now)


HANDLERS = [
    command("export", "导出", role=Role.MANAGER, run=export, glued=r"^\s*(?:客户|订单|工单)"),
    tap(Export, role=Role.MANAGER, run=format_tapped),
    tap(DropExport, role=Role.MANAGER, run=drop),
]
FORMS = [
    answered(FORM, REASON, role=Role.MANAGER, run=reason_given),
    answered(FORM, FORMAT, role=Role.MANAGER, run=format_typed),
]
