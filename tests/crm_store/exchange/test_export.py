"""Rows of an export: whole, in pages, masked where they must be, and read again by our own import."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from crm_store.customers import records
from crm_store.customers.filter_terms import Filtered
from crm_store.customers.tables import ContactKind, Customer
from crm_store.engine import transaction
from crm_store.exchange import customers_out, exports, headers, reading, tickets_out
from crm_store.exchange.csv_out import write_csv
from crm_store.exchange.exports import Wanted
from crm_store.exchange.reading import Row
from crm_store.exchange.selection import Selection
from crm_store.exchange.tables import Subject
from crm_store.exchange.xlsx_out import write_xlsx
from crm_store.sales import orders
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import QUANTITY_ONE
from crm_store.staff.roles import Role
from tests.crm_store.exchange.taking_in import take_in
from tests.crm_store.people import NOW, staff, ticket
from tests.talk import WORDS

ANN = 'Ann <3 & "张"'


def label(section: str, key: str) -> str:
    return WORDS.label("en", section, key)


def person(session, name: str = ANN, *contacts, **about):  # type: ignore[no-untyped-def]
    return records.create(
        session,
        name=name,
        contacts=contacts,
        language="en",
        source="t",
        channel="t",
        actor="t",
        now=NOW,
        **about,
    )


def test_every_customer_is_there_once_however_many_pages(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers_out, "PAGE", 3)
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        for number in range(10):
            person(session, f"Customer {number}", (ContactKind.PHONE, f"1380000000{number}"), tags=["a", "b"])
        session.flush()

        found = list(customers_out.rows(session, filtered=Filtered(), by=mary, label=label))

    assert sorted(row[1] for row in found) == [f"Customer {number}" for number in range(10)]  # type: ignore[type-var]
    assert {row[5] for row in found} == {f"1380000000{number}" for number in range(10)}
    assert {row[16] for row in found} == {"a; b"}


@pytest.mark.parametrize(
    ("role", "owned", "phone"),
    [
        (Role.MANAGER, False, "13800000000"),
        (Role.OWNER, False, "13800000000"),
        (Role.AGENT, True, "13800000000"),
        (Role.AGENT, False, "138****0000"),
    ],
)
def test_contacts_are_in_full_only_for_who_may_see_them(
    sqlite: Engine, role: Role, owned: bool, phone: str
) -> None:
    with transaction(sqlite) as session:
        by = staff(session, "Robin", role)
        person(session, ANN, (ContactKind.PHONE, "13800000000"), owner_id=by.id if owned else None)

        [row] = customers_out.rows(session, filtered=Filtered(), by=by, label=label)

    assert row[5] == phone


def test_headings_and_rows_are_as_wide(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        ann = person(session)
        ticket(session, ann)
        for subject in (Subject.CUSTOMERS, Subject.TICKETS):
            wanted = Wanted(subject=subject, by=mary, filtered=Filtered(), selection=Selection())
            [row] = exports.rows(session, wanted=wanted, label=label)
            assert len(exports.headings(session, wanted=wanted, label=label)) == len(row)
            assert exports.count(session, wanted=wanted) == 1


def test_a_ticket_is_told_by_its_dates_and_no_words(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        ticket(session, person(session))

        [row] = tickets_out.rows(session, selection=Selection(), label=label)

    assert row[:3] == ["T1", "C1", ANN]
    assert (row[9], row[10], row[14]) == (NOW, None, 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_our_own_import_knows_the_headings_again(language: str) -> None:
    columns = customers_out.COLUMNS
    headings = [WORDS.label(language, "export_columns", one) for one in columns]

    layout = headers.guess([Row(1, headings)], own={})

    known = {columns[int(column)]: field for column, field in layout.mapping.items()}
    ours = {one: one for one in columns[: columns.index("language")]}
    assert (layout.subject, known) == (
        Subject.CUSTOMERS,
        ours | {"other_phones": "phone", "other_emails": "email"},
    )


def test_a_customer_who_is_exported_and_imported_is_the_same(sqlite: Engine, tmp_path: Path) -> None:
    with transaction(sqlite) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        person(session, "=1+1", (ContactKind.PHONE, "13800000000"), company="007", street="3-4")
        wanted = Wanted(subject=Subject.CUSTOMERS, by=mary, filtered=Filtered(), selection=Selection())
        headings = exports.headings(session, wanted=wanted, label=label)
        write_csv(tmp_path / "out.csv", headings, exports.rows(session, wanted=wanted, label=label))
        ann = session.get(Customer, 1)
        assert ann is not None

    with reading.look(tmp_path / "out.csv").rows() as rows:
        head, row = (one.cells for one in rows)
    read = dict(zip(head, row, strict=False))
    assert (read["Name"], read["Phone"], read["Company"], read["Street"]) == (
        "=1+1",
        "13800000000",
        "007",
        "3-4",
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("write", [write_csv, write_xlsx], ids=["csv", "xlsx"])
def test_a_whole_shop_that_is_exported_and_imported_is_the_same(
    engine: Engine, tmp_path: Path, language: str, write: Callable[..., int]
) -> None:
    """Also who shares a phone with another, or everything with a namesake; and orders with no number of the
    shop's own, or one."""
    line = NewLine(name="Kettle", price=9_900, quantity=QUANTITY_ONE)
    with transaction(engine) as session:
        mary = staff(session, "Mary", Role.MANAGER)
        home, shop = (ContactKind.PHONE, "+8613800000000"), (ContactKind.PHONE, "+442079460958")
        people = [
            person(session, ANN, home, shop, city="北京市", tags=["a", "b"], remark="=1+1"),
            person(session, "李雷", home),
            person(session, "李雷", home, (ContactKind.EMAIL, "lei@b.cn")),
            person(session, "韩梅梅"),
            person(session, "韩梅梅"),
        ]
        for number, one in enumerate([*people, *people]):
            orders.intake(
                session,
                customer=one,
                lines=[line, line],
                currency="CNY",
                discount=number,
                source="shop",
                external_number=f"A-{number}" if number % 2 else None,
                confirmed=True,
                actor="cli",
                now=NOW,
            )
        written = {}
        for subject in (Subject.CUSTOMERS, Subject.ORDERS):
            wanted = Wanted(subject=subject, by=mary, filtered=Filtered(), selection=Selection())

            def told(section: str, key: str) -> str:
                return str(WORDS.labels(language, section).get(key, key))

            path = written[subject] = tmp_path / f"{subject}.{write.__name__.removeprefix('write_')}"
            rows = exports.rows(session, wanted=wanted, label=told)
            write(path, exports.headings(session, wanted=wanted, label=told), rows)

    for subject, count in ((Subject.CUSTOMERS, 5), (Subject.ORDERS, 10)):
        taken = take_in(engine, written[subject])

        assert taken.layout.subject == subject
        assert taken.counts == {"same": count}, taken.fates


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
HOSTILE = st.text(alphabet="'\t =+-@＝－0123456789.e/:,;|\"\u200b张a\n", max_size=8)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(TEXT | HOSTILE, TEXT | HOSTILE), min_size=1, max_size=5))
@example([("\t1", "'=1"), ("'", '"')])
@example([("a\nb", "\r\n")])
def test_any_text_is_read_again_by_our_own_reader(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        csv, xlsx = Path(folder) / "out.csv", Path(folder) / "out.xlsx"
        told = [(*row, "end") for row in rows]
        write_csv(csv, ["one", "two", "end"], told)
        write_xlsx(xlsx, ["one", "two", "end"], told)

        assert _read(csv) == [list(row) for row in told]
        assert _read(xlsx) == [[_in_xml(one) for one in row] for row in told]


def _read(path: Path) -> list[list[str]]:
    """The rows under the headings."""
    with reading.look(path).rows() as rows:
        return [one.cells for one in rows][1:]


def _in_xml(text: str) -> str:
    """XML has one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
