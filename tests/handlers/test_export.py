"""A manager takes data out of the house: with a reason, written down, to their own chat."""

import asyncio
import csv
import io
import re
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from bot import exporting
from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.customers import fields, records
from crm_store.customers.tables import ContactKind, Customer, FieldKind
from crm_store.engine import transaction
from crm_store.exchange import orders_out
from crm_store.exchange.csv_out import restored
from crm_store.exchange.tables import Subject
from crm_store.mailbox.tables import Job, JobState, Outbox, OutboxFile
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit
from handlers.manager import export_filter
from handlers.voice import Voice
from tests.handlers import shop
from tests.talk import DESK, WORDS, Person, Talk, texts

pytestmark = pytest.mark.usefixtures("warm")

ANN = 'Ann <3 & "张"'


@pytest.fixture
def mary(talk: Talk) -> Person:
    return talk.staff(1, "Mary & <Co>", Role.MANAGER)


def fill(talk: Talk) -> None:
    shop.customer(
        talk,
        ANN,
        (ContactKind.PHONE, "13800000000"),
        (ContactKind.PHONE, "+442079460958"),
        tags=["vip"],
        city="北京",
    )
    shop.customer(talk, "=cmd|' /C calc'!A0", (ContactKind.EMAIL, "eve@example.com"))
    shop.order(talk, 1, 118_513)


def work_off(talk: Talk) -> None:
    """Do the jobs there are, with the real process."""
    settings = Settings(store=Store(url=talk.engine.url.render_as_string(hide_password=False)))
    writer = Writer(talk.engine)
    nobody: Any = None
    doing = Jobs(writer, bot=nobody, settings=settings, voice=Voice(DESK, WORDS), queued=lambda: None)
    try:
        while asyncio.run(doing.step()):
            pass
    finally:
        writer.close()


def files(talk: Talk) -> list[OutboxFile]:
    with transaction(talk.engine) as session:
        return list(session.scalars(select(OutboxFile).order_by(OutboxFile.id)))  # type: ignore[arg-type]


def table(file: OutboxFile) -> list[list[str]]:
    assert file.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"), newline="")))


def exported(talk: Talk, person: Person, said: str, *, as_: str = "csv") -> list[OutboxFile]:
    """From the command to the file."""
    person.say(said)
    person.say("the auditor asks")
    person.tap(f"export:{as_}")
    work_off(talk)
    return files(talk)


def test_it_asks_for_a_reason_then_for_the_kind_of_file_then_sends_it(talk: Talk, mary: Person) -> None:
    fill(talk)

    [asked] = mary.say("/export customers tag:VIP")
    [choose] = mary.say("the auditor asks <now>")
    chosen, running = mary.tap("export:csv")
    work_off(talk)

    assert asked.text == (
        "<b>1</b> row of customers (<code>tag:VIP</code>), with customers' personal data. "
        "What is it for? One sentence, which is written down (/cancel: not now):"
    )
    assert "Reason: the auditor asks &lt;now&gt;" in choose.text
    assert choose.data == ("export:csv", "export:xlsx", "export_no")
    assert (chosen.method, chosen.data) == ("editMessageText", ())
    assert running.text.startswith("⏳ Exporting customers (1 row).")
    [file] = files(talk)
    assert re.fullmatch(r"customers-20261120-1000-Mary_Co_\.csv", file.name)
    sent = [one for one in talk.outbox() if one.method == "sendDocument"]
    assert [(one.to, one.text) for one in sent] == [
        (
            mary.id,
            "Customers, 1 row. It holds personal data: keep it safe, and delete it after use.",
        )
    ]


def test_the_file_opens_with_phones_intact_and_formulas_defused(talk: Talk, mary: Person) -> None:
    fill(talk)

    [file] = exported(talk, mary, "/export customers")

    headings, *rows = table(file)
    by_name = {restored(row[1]): dict(zip(headings, row, strict=True)) for row in rows}
    assert sorted(by_name) == ["=cmd|' /C calc'!A0", ANN]
    ann, eve = by_name[ANN], by_name["=cmd|' /C calc'!A0"]
    wanted = ("Customer number", "Phone", "Other phones", "Tags", "Net spent")
    assert {name: ann[name] for name in wanted} == {
        "Customer number": "C1",
        "Phone": "\t13800000000",
        "Other phones": "'+44 20 7946 0958",
        "Tags": "vip",
        "Net spent": "1185.13",
    }
    assert (ann["Orders"], ann["Currency"], ann["Created"]) == ("1", "CNY", "2026-11-20 10:00:00")
    assert eve["Name"] == "'=cmd|' /C calc'!A0"


def test_it_is_written_down_who_took_what_why_and_how_much(talk: Talk, mary: Person) -> None:
    fill(talk)

    [file] = exported(talk, mary, "/export customers tag:VIP")

    with transaction(talk.engine) as session:
        trail = session.scalars(select(Audit).where(Audit.entity == "export").order_by(Audit.id)).all()  # type: ignore[arg-type]
        me = staff_verbs.by_user_id(session, user_id=mary.id)
        assert me is not None
        assert [(one.actor, one.action, one.after) for one in trail] == [
            (
                f"staff:{me.id}",
                "asked",
                {"subject": "customers", "filter": "tag:VIP", "reason": "the auditor asks"},
            ),
            (f"staff:{me.id}", "exported", {"rows": 1, "files": [file.name]}),
        ]


def test_an_excel_file_has_dates_numbers_and_text(talk: Talk, mary: Person) -> None:
    fill(talk)

    [file] = exported(talk, mary, "/export orders", as_="xlsx")

    sheet = load_workbook(io.BytesIO(file.data)).active
    assert sheet is not None
    headings, row = ([cell.value for cell in line] for line in sheet.iter_rows())
    order = dict(zip(headings, row, strict=True))
    assert file.name.endswith(".xlsx")
    assert (order["Order"], order["Customer name"], order["Phone"]) == ("O1", ANN, "13800000000")
    assert (order["Order total"], order["Currency"]) == (1185.13, "CNY")
    assert order["Placed at"] == datetime(2026, 11, 20, 10)  # noqa: DTZ001 (a cell has no zone)
    assert order["Order state"] == "confirmed"


def test_headings_and_states_are_in_the_language_of_who_asks(talk: Talk) -> None:
    mary = talk.staff(1, "玛丽", Role.MANAGER, "zh-hans")
    talk.customer().say("my kettle leaks")

    [file] = exported(talk, mary, "导出工单 本月 待受理")

    headings, row = table(file)
    ticket = dict(zip(headings, row, strict=True))
    assert file.name == "工单-20261120-1000-玛丽.csv"
    assert (ticket["工单"], ticket["工单状态"], ticket["类型"]) == ("T1", "待受理", "未分类")
    assert "leaks" not in file.data.decode()  # what was said stays in the house


def test_own_fields_come_along(talk: Talk, mary: Person) -> None:
    fill(talk)
    with transaction(talk.engine) as session:
        me = staff_verbs.by_user_id(session, user_id=mary.id)
        assert me is not None
        size = fields.define(session, name="Size", kind=FieldKind.NUMBER, by=me, now=talk.now)
        ann = session.get(Customer, 1)
        assert ann is not None
        records.change(session, customer=ann, changes={f"field:{size.id}": "42"}, actor="cli", now=talk.now)

    [file] = exported(talk, mary, "/export customers size:42")

    headings, row = table(file)
    assert (headings[-1], row[-1]) == ("Size", "42")


def test_rows_beyond_a_files_share_go_into_the_next(
    talk: Talk, mary: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    for number in range(5):
        shop.customer(talk, f"Customer {number}")

    parts = exported(talk, mary, "/export customers")

    assert [len(table(one)) - 1 for one in parts] == [2, 2, 1]
    assert sorted(row[1] for one in parts for row in table(one)[1:]) == [f"Customer {n}" for n in range(5)]
    first = parts[0].name.removesuffix(".csv")
    assert [one.name for one in parts] == [f"{first}.csv", f"{first}-2.csv", f"{first}-3.csv"]
    assert any("(file 3 of 3)" in one.text for one in talk.outbox())


def test_a_file_that_is_too_large_is_zipped_and_says_so(
    talk: Talk, mary: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_BYTES", 4000)
    for number in range(40):
        shop.customer(talk, f"Customer {number}")

    [file] = exported(talk, mary, "/export customers")

    archive = zipfile.ZipFile(io.BytesIO(file.data))
    [name] = archive.namelist()
    assert (file.name, file.mime_type) == (f"{name}.zip", "application/zip")
    assert len(archive.read(name).splitlines()) == 41
    assert any("zipped because it is large" in one.text for one in talk.outbox())


def test_it_can_be_dropped_and_an_old_button_exports_nothing(talk: Talk, mary: Person) -> None:
    fill(talk)
    mary.say("/export customers")
    mary.say("for fun")

    [dropped] = mary.tap("export_no")
    again = mary.tap("export:csv")

    assert dropped.text == "All right, nothing is exported."
    assert again == []
    with transaction(talk.engine) as session:
        assert session.scalars(select(Job)).all() == []


def test_the_kind_may_be_typed_and_what_is_neither_is_asked_again(talk: Talk, mary: Person) -> None:
    fill(talk)
    mary.say("/export customers")
    mary.say("the auditor asks")

    [again] = mary.say("a PDF please")
    [running] = mary.say("Excel")

    assert again.data == ("export:csv", "export:xlsx", "export_no")
    assert running.text.startswith("⏳ Exporting")


def test_who_lost_their_access_meanwhile_gets_nothing(talk: Talk, mary: Person) -> None:
    fill(talk)
    owner = talk.staff(2, "Olga", Role.OWNER)
    mary.say("/export customers")
    mary.say("the auditor asks")
    mary.tap("export:csv")
    owner.say("/revoke Mary & <Co>")

    work_off(talk)

    assert files(talk) == []
    with transaction(talk.engine) as session:
        assert [one.state for one in session.scalars(select(Job))] == [JobState.DONE]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("/export", "<b>Export</b>"),
        ("/export invoices", "<b>Export</b>"),
        ("/export customers tag:gold", "No customers fit"),
        ("/export orders 2020", "No orders fit"),
        ("/export orders <b>", '"&lt;b&gt;" is neither a time nor a state'),
        ("/export tickets shipped", '"shipped" is neither a time nor a state'),
        ("/export customers shoes:42", "shoes"),
    ],
)
def test_what_cannot_be_exported_is_told_with_what_to_do(
    talk: Talk, mary: Person, said: str, expected: str
) -> None:
    fill(talk)

    [answer] = mary.say(said)

    assert expected in answer.text
    with transaction(talk.engine) as session:
        assert session.scalars(select(Outbox).where(Outbox.method == "sendDocument")).all() == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("", ["O1", "O2", "O3"]),
        ("2026-11", ["O1", "O2"]),
        ("last-month", ["O3"]),
        ("2026-11-19..2026-11-20", ["O1", "O2"]),
        ("..2026-10", ["O3"]),
        ("2026-11..", ["O1", "O2"]),
        ("7d paid", ["O1", "O2"]),
        ("今天", ["O1"]),
        ("上月 已确认", ["O3"]),
        ("confirmed cancelled not-shipped", ["O1", "O2", "O3"]),
        ("unpaid", []),
    ],
)
def test_orders_are_chosen_by_time_and_state(
    talk: Talk, mary: Person, typed: str, numbers: list[str]
) -> None:
    shop.customer(talk, ANN)
    for days in (0, 1, 40):
        shop.order(talk, 1, 100, at=talk.now - timedelta(days=days))

    selection = export_filter.read(WORDS, Subject.ORDERS, typed, zone=DESK.timezone, now=talk.now)

    with transaction(talk.engine) as session:
        me = staff_verbs.by_user_id(session, user_id=mary.id)
        assert me is not None
        found = orders_out.rows(session, selection=selection, by=me, label=lambda _, key: key)
        assert [row[0] for row in found] == numbers
        assert orders_out.count(session, selection=selection) == len(numbers)


def test_an_agent_exports_nothing(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    assert texts(bob.say("/export customers"), bob) == [
        talk.render("refused/not_allowed.html.j2", role=Role.MANAGER)
    ]


def test_a_person_who_types_no_reason_is_asked_again(talk: Talk, mary: Person) -> None:
    fill(talk)
    mary.say("/export customers")

    about = {"type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}
    [again] = mary.say(sticker={"file_id": "x", "file_unique_id": "x", **about})

    assert "What is it for?" in again.text


def test_the_same_on_postgresql(postgres: Engine) -> None:
    talk = Talk(postgres)
    mary = talk.staff(1, "Mary", Role.MANAGER)
    fill(talk)

    [file] = exported(talk, mary, "/export customers sort:-net")

    assert [restored(row[1]) for row in table(file)[1:]] == [ANN, "=cmd|' /C calc'!A0"]
