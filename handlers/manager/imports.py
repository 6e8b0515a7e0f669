"""/import (导入): a file is tried first, then taken in; /import_undo (撤销导入) takes it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlmodel import Session
from telegram import Document, Message

from crm_store.customers import fields
from crm_store.exchange import headers, imports, undoing
from crm_store.exchange.bad_files import BadFile, Why
from crm_store.exchange.cells_in import told
from crm_store.exchange.deciding import Policy
from crm_store.exchange.tables import Fate, Import, Subject
from crm_store.mailbox import jobs
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.taps import Button, Keyboard, Tap, button

JOB = "import"
FORM, FILE = "import", "file"
MOST_MEGABYTES = 20
COLUMNS_A_PAGE = 8
FIELDS_A_ROW = 3
SHOWN_LEFT = 5
LONGEST_HEADING = 24


@dataclass(frozen=True)
class RunImport(Tap, verb="imp_run"):
    number: int


@dataclass(frozen=True)
class CheckImport(Tap, verb="imp_chk"):
    number: int


@dataclass(frozen=True)
class ShowColumns(Tap, verb="imp_cols"):
    number: int
    page: int


@dataclass(frozen=True)
class ShowFields(Tap, verb="imp_col"):
    number: int
    column: int


@dataclass(frozen=True)
class SetField(Tap, verb="imp_set"):
    number: int
    column: int
    field: str


@dataclass(frozen=True)
class SetPolicy(Tap, verb="imp_pol"):
    number: int
    policy: Policy


@dataclass(frozen=True)
class SetSubject(Tap, verb="imp_sub"):
    number: int
    subject: Subject


@dataclass(frozen=True)
class DropImport(Tap, verb="imp_no"):
    number: int


@dataclass(frozen=True)
class UndoImport(Tap, verb="imp_undo"):
    number: int


@dataclass(frozen=True)
class KeepImport(Tap, verb="imp_keep"):
    """Not undone after all."""

    number: int


@dataclass(frozen=True)
class Column:
    """A column as it is shown: its heading (or its first cell, where it has none), and the field it fills."""

    place: int
    heading: str
    sample: str
    field: str
    own: str | None = None


class Work(Protocol):
    """What a job gives to show things with."""

    def label(self, session: Session, section: str, key: str) -> str: ...

    def show(
        self, session: Session, template: str, *, buttons: Keyboard | None = None, **values: Any
    ) -> None: ...

    def send_file(
        self,
        session: Session,
        *,
        file_name: str,
        mime_type: str,
        data: bytes,
        template: str,
        buttons: Keyboard | None = None,
        **values: Any,
    ) -> None: ...


class Checked(Protocol):
    """What a dry run found."""

    @property
    def counts(self) -> dict[str, int] | None: ...
    @property
    def examples(self) -> list[list[Any]]: ...
    @property
    def problems(self) -> bytes | None: ...


def start(chat: Chat) -> None:
    """``/import`` under a file, as a reply to one, or alone: then the file is asked for."""
    document = _document(chat.message) or _document(chat.message.reply_to_message)
    if document is not None:
        _take(chat, document)
    else:
        chat.ask(FORM, FILE)
        chat.say("manager/import/ask.html.j2", most=MOST_MEGABYTES)


def given(chat: Chat) -> None:
    """The file that was asked for; anything else is no answer, and the question stays."""
    document = _document(chat.message)
    if document is None:
        chat.say("manager/import/ask.html.j2", most=MOST_MEGABYTES)
    else:
        chat.leave_form()
        _take(chat, document)


def _document(message: Message | None) -> Document | None:
    return message.document if message is not None else None


def _take(chat: Chat, document: Document) -> None:
    if (document.file_size or 0) > MOST_MEGABYTES << 20:
        raise BadFile(Why.TOO_LARGE, most=MOST_MEGABYTES)
    name = document.file_name or "file"
    row = imports.start(chat.session, name=name, started_by=chat.me, now=chat.now)
    key = chat.say("manager/import/reading.html.j2", name=row.name)
    _ask(chat, row, "look", key, file_id=document.file_id)


def _ask(chat: Chat, row: Import, step: str, key: str, **more: Any) -> None:
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments={"import": row.id, "step": step, **more},
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )


def run(chat: Chat, tapped: RunImport) -> None:
    row = imports.get(chat.session, import_id=tapped.number)
    imports.begin(chat.session, import_=row, actor=chat.me, now=chat.now)
    _ask(chat, row, "run", chat.turn_into("manager/import/running.html.j2", name=row.name))


def check(chat: Chat, tapped: CheckImport) -> None:
    _try(chat, imports.get(chat.session, import_id=tapped.number))


def set_policy(chat: Chat, tapped: SetPolicy) -> None:
    row = imports.get(chat.session, import_id=tapped.number)
    imports.choose(chat.session, import_=row, policy=tapped.policy)
    _try(chat, row)


def set_subject(chat: Chat, tapped: SetSubject) -> None:
    row = imports.get(chat.session, import_id=tapped.number)
    if tapped.subject not in (Subject.CUSTOMERS, Subject.ORDERS):
        return
    imports.choose(chat.session, import_=row, subject=tapped.subject)
    _try(chat, row)


def _try(chat: Chat, row: Import) -> None:
    imports.choose(chat.session, import_=row)
    _ask(chat, row, "check", chat.turn_into("manager/import/trying.html.j2", name=row.name))


def show_columns(chat: Chat, tapped: ShowColumns) -> None:
    _columns_page(chat, imports.get(chat.session, import_id=tapped.number), tapped.page)


def _columns_page(chat: Chat, row: Import, page: int) -> None:
    columns = _columns(chat.session, row)
    first = max(0, min(page, (len(columns) - 1) // COLUMNS_A_PAGE)) * COLUMNS_A_PAGE
    shown = columns[first : first + COLUMNS_A_PAGE]
    buttons = [[_column_button(chat, row, one)] for one in shown]
    turn = [button("previous", ShowColumns(row.id, first // COLUMNS_A_PAGE - 1))] if first else []
    if first + COLUMNS_A_PAGE < len(columns):
        turn.append(button("following", ShowColumns(row.id, first // COLUMNS_A_PAGE + 1)))
    buttons += [turn] if turn else []
    buttons.append([button("import_check", CheckImport(row.id)), button("import_drop", DropImport(row.id))])
    chat.edit("manager/import/columns.html.j2", name=row.name, columns=shown, buttons=buttons)


def show_fields(chat: Chat, tapped: ShowFields) -> None:
    """What the column may be."""
    row = imports.get(chat.session, import_id=tapped.number)
    column = next((one for one in _columns(chat.session, row) if one.place == tapped.column), None)
    if column is None:
        return
    of = tapped.column
    each = [
        button(
            "named",
            SetField(row.id, of, field),
            name=chat.words.label(chat.language, "import_fields", field),
        )
        for field in headers.fields_of(row.subject)
    ]
    if row.subject == Subject.CUSTOMERS:
        each += [
            button("named", SetField(row.id, of, f"{headers.OWN}{one.id}"), name=one.name)
            for one in fields.all(chat.session)
        ]
    rows = [each[at : at + FIELDS_A_ROW] for at in range(0, len(each), FIELDS_A_ROW)]
    rows.append([button("import_leave_out", SetField(row.id, of, "-"))])
    rows.append([button("back", ShowColumns(row.id, of // COLUMNS_A_PAGE))])
    chat.edit("manager/import/column.html.j2", column=column, buttons=rows)


def set_field(chat: Chat, tapped: SetField) -> None:
    row = imports.get(chat.session, import_id=tapped.number)
    own = {f"{headers.OWN}{one.id}" for one in fields.all(chat.session)}
    if tapped.field != "-" and tapped.field not in (*headers.fields_of(row.subject), *own):
        return
    field = "" if tapped.field == "-" else tapped.field
    imports.map_column(chat.session, import_=row, column=tapped.column, field=field)
    _columns_page(chat, row, tapped.column // COLUMNS_A_PAGE)


def drop(chat: Chat, tapped: DropImport) -> None:
    row = imports.get(chat.session, import_id=tapped.number)
    imports.drop(chat.session, import_=row)
    chat.edit("manager/import/dropped.html.j2", name=row.name)


def ask_undo(chat: Chat) -> None:
    """``/import_undo``: the last import, after a question."""
    row = imports.last_written(chat.session)
    yes, no = UndoImport(row.id), KeepImport(row.id)
    chat.say(
        "manager/import/undo.html.j2",
        **_facts(row),
        at=row.finished_at or row.created_at,
        buttons=[[button("import_undo_yes", yes), button("import_undo_no", no)]],
    )


def undo(chat: Chat, tapped: UndoImport) -> None:
    row = imports.get(chat.session, import_id=tapped.number)
    undoing.begin(chat.session, import_=row, by=chat.me, now=chat.now)
    _ask(chat, row, "undo", chat.turn_into("manager/import/undoing.html.j2", name=row.name))


def keep(chat: Chat, tapped: KeepImport) -> None:
    row = imports.get(chat.session, import_id=tapped.number)
    chat.edit("manager/import/kept.html.j2", name=row.name)


def show_checked(session: Session, *, work: Work, import_id: int, checked: Checked) -> None:
    """What the dry run found, and what can be done with it."""
    row = imports.get(session, import_id=import_id)
    columns = _columns(session, row)
    used = [one for one in columns if one.field]
    unused = [one for one in columns if not one.field]
    if checked.counts is None:
        buttons = [*_other_buttons(row)]
        work.show(
            session, "manager/import/unclear.html.j2", name=row.name, subject=row.subject, buttons=buttons
        )
        return
    left = checked.counts[Fate.REFUSED] + checked.counts[Fate.DUPLICATE]
    work.show(
        session,
        "manager/import/checked.html.j2",
        **_facts(row),
        sheet=(row.about or {}).get("sheet"),
        sheets_left=(row.about or {}).get("left") or [],
        columns=used,
        unused=unused,
        examples=[(line, *_reason(kept)) for line, _, kept in checked.examples],
        more=left - len(checked.examples),
        policy=row.policy,
        buttons=_buttons(row, checked.counts),
    )
    if checked.problems is not None and left > len(checked.examples):
        send_file(session, work=work, import_=row, key="problems", data=checked.problems)


def show_done(session: Session, *, work: Work, import_: Import, counts: Mapping[str, int]) -> None:
    written = counts[Fate.NEW] + counts[Fate.CHANGED]
    buttons = [[button("import_undo", UndoImport(import_.id))]] if written else []
    work.show(session, "manager/import/done.html.j2", **_facts(import_), buttons=buttons)


def show_undone(session: Session, *, work: Work, import_id: int) -> None:
    row = imports.get(session, import_id=import_id)
    counts = undoing.count_undone(session, import_=row)
    letter = "O" if row.subject == Subject.ORDERS else "C"
    left = [
        (one.line, f"{letter}{one.entity_id}") for one in undoing.left(session, import_=row, limit=SHOWN_LEFT)
    ]
    work.show(
        session,
        "manager/import/undone.html.j2",
        name=row.name,
        undone=counts[True],
        count_left=counts[False],
        left=left,
    )


def send_file(session: Session, *, work: Work, import_: Import, key: str, data: bytes) -> None:
    """``key``: "result" (every row) or "problems" (those that were not taken)."""
    stem = import_.name.rsplit(".", 1)[0][:60]
    kind = work.label(session, "import_files", key)
    work.send_file(
        session,
        file_name=f"{stem}-{kind}.csv",
        mime_type="text/csv",
        data=data,
        template=f"manager/import/{key}.html.j2",
        name=import_.name,
    )


def _facts(row: Import) -> dict[str, Any]:
    return {"name": row.name, "subject": row.subject, "counts": row.counts or {}}


def _reason(kept: str | None) -> tuple[str, str]:
    return told(kept) if kept else ("", "")


def _columns(session: Session, row: Import) -> list[Column]:
    about, mapping = row.about or {}, row.mapping or {}
    names = {f"{headers.OWN}{one.id}": one.name for one in fields.all(session)}
    found = []
    for place, heading in enumerate(about.get("headings", [])):
        field, sample = mapping.get(str(place), ""), about["samples"][place]
        shown = " ".join((heading or sample).split())[:LONGEST_HEADING]
        own = names.get(field)
        known = field if own is not None or not field.startswith(headers.OWN) else ""
        found.append(Column(place, shown, " ".join(sample.split())[:LONGEST_HEADING], known, own))
    return found


def _column_button(chat: Chat, row: Import, one: Column) -> Button:
    name = one.own or chat.words.label(chat.language, "import_fields", one.field or "-")
    return button("import_column", ShowFields(row.id, one.place), heading=one.heading or "…", field=name)


def _buttons(row: Import, counts: Mapping[str, int]) -> Keyboard:
    keyboard: Keyboard = []
    written = counts[Fate.NEW] + counts[Fate.CHANGED]
    if written:
        keyboard.append([button("import_run", RunImport(row.id), count=written)])
    if counts[Fate.DUPLICATE] or row.policy != Policy.LEAVE:
        keyboard += [
            [button(f"import_policy_{one}", SetPolicy(row.id, one))] for one in Policy if one != row.policy
        ]
    return keyboard + _other_buttons(row)


def _other_buttons(row: Import) -> Keyboard:
    other = Subject.ORDERS if row.subject == Subject.CUSTOMERS else Subject.CUSTOMERS
    return [
        [button("import_columns", ShowColumns(row.id, 0)), button("import_drop", DropImport(row.id))],
        [button(f"import_subject_{other}", SetSubject(row.id, other))],
    ]


HANDLERS = [
    command("import", "导入", role=Role.MANAGER, run=start, captions=True, glued=None),
    command("import_undo", "撤销导入", role=Role.MANAGER, run=ask_undo, glued=None),
    tap(RunImport, role=Role.MANAGER, run=run),
    tap(CheckImport, role=Role.MANAGER, run=check),
    tap(ShowColumns, role=Role.MANAGER, run=show_columns),
    tap(ShowFields, role=Role.MANAGER, run=show_fields),
    tap(SetField, role=Role.MANAGER, run=set_field),
    tap(SetPolicy, role=Role.MANAGER, run=set_policy),
    tap(SetSubject, role=Role.MANAGER, run=set_subject),
    tap(DropImport, role=Role.MANAGER, run=drop),
    tap(UndoImport, role=Role.MANAGER, run=undo),
    tap(KeepImport, role=Role.MANAGER, run=keep),
]
FORMS = [answered(FORM, FILE, role=Role.MANAGER, run=given)]
