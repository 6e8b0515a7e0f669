"""Files taken in: every row has its fate, nothing is dropped or done twice, and all of it can be undone."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlmodel import Session, SQLModel

from crm_store.customers import consents, customers, fields, records, search
from crm_store.customers.tables import (
    Consent,
    ContactKind,
    ContactMethod,
    Customer,
    CustomerTag,
    CustomValue,
    Event,
    FieldKind,
    Interaction,
    SearchEntry,
    SearchKey,
    Touchpoint,
)
from crm_store.engine import transaction
from crm_store.exchange import events, imports, undoing
from crm_store.exchange.batches import Stale
from crm_store.exchange.deciding import Policy
from crm_store.exchange.events import NewEvent
from crm_store.exchange.import_refusals import ImportOver, NothingImported
from crm_store.exchange.tables import ExternalRef, Import, ImportState
from crm_store.sales import products
from crm_store.sales.tables import Order, OrderLine
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit
from tests.crm_store import people
from tests.crm_store.exchange.taking_in import Taken, import_of, take_in
from tests.crm_store.people import NOW

ANN = 'Ann <3 & "张"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def everybody(engine: Engine) -> list[tuple[str, str | None, list[str]]]:
    """Names, cities and contacts, in the order they were made."""
    with transaction(engine) as session:
        found = session.scalars(select(Customer).order_by(Customer.id))  # type: ignore[arg-type]
        return [
            (
                one.name,
                one.city,
                [
                    contact.value
                    for contact in session.scalars(
                        select(ContactMethod)
                        .where(ContactMethod.customer_id == one.id)  # type: ignore[arg-type]
                        .order_by(ContactMethod.id)  # type: ignore[arg-type]
                    )
                ],
            )
            for one in found
        ]


def undo(engine: Engine, taken: Taken) -> dict[bool, int]:
    with transaction(engine) as session:
        undoing.begin(session, import_=import_of(session, taken), by="cli", now=NOW)
    while True:
        with transaction(engine) as session:
            if not undoing.undo(session, import_=import_of(session, taken), now=NOW):
                return undoing.count_undone(session, import_=import_of(session, taken))


def change(engine: Engine, customer_id: int, **changes: str) -> None:
    """A member of staff changes somebody."""
    with transaction(engine) as session:
        records.change(
            session,
            customer=session.get_one(Customer, customer_id),
            changes=changes,
            actor="staff:1",
            now=NOW + timedelta(hours=1),
        )


def snapshot(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """All that the store holds of customers and orders, but for versions and the trail."""
    kept = (Customer, ContactMethod, CustomerTag, CustomValue, SearchEntry, ExternalRef, Order, OrderLine)
    with transaction(engine) as session:
        return {model.__tablename__: _rows(session, model) for model in kept}  # type: ignore[attr-defined]


def _rows(session: Session, model: type[SQLModel]) -> list[tuple[object, ...]]:
    table = model.__table__  # type: ignore[attr-defined]
    columns = [
        one for one in table.columns if one.name not in {"version", "updated_at", "id"} or one.primary_key
    ]
    if model is ContactMethod:
        columns = [one for one in columns if one.name != "id"]
    return sorted(map(tuple, session.execute(select(*columns))), key=repr)


# what becomes of rows


def test_1000_rows_with_7_bad_ones_bring_993_people_and_7_reasons(engine: Engine, path: Path) -> None:
    lines = ["姓名,手机,城市"]
    bad = {50 * one for one in range(1, 8)}
    lines += [f"客户{one},{'12' if one in bad else f'139{one:08d}'},北京" for one in range(1000)]

    taken = take_in(engine, path, "\n".join(lines))

    assert taken.counts == {"new": 993, "refused": 7}
    assert [why for fate, why in taken.fates.values() if fate == "refused"] == ["bad_phone: 12"] * 7
    assert len(everybody(engine)) == 993
    assert taken.tried == taken.fates


def test_the_same_file_twice_changes_nothing(engine: Engine, path: Path) -> None:
    text = (
        "姓名,手机,邮箱,城市,标签,备注,等级\n"
        f'"{ANN.replace(chr(34), chr(34) * 2)}",13800000000,a@b.cn,北京,"VIP,老客",喜欢绿茶,A\n'
        "王五,13900000001;010-62345678,,广州,,,\n"
        "赵六,,,上海,,,\n"
        "赵六,,,上海,,,\n"
        "王小五,13900000001,,,,,\n"
    )
    first = take_in(engine, path, text)
    before = snapshot(engine)

    second = take_in(engine, path)

    assert [fate for fate, _ in first.fates.values()] == ["new", "new", "new", "same", "duplicate"]
    assert [fate for fate, _ in second.fates.values()] == ["same", "same", "same", "same", "duplicate"]
    assert snapshot(engine) == before


@pytest.mark.parametrize("policy", Policy)
def test_with_every_policy_a_second_run_changes_nothing(engine: Engine, path: Path, policy: Policy) -> None:
    text = "姓名,手机,城市,公司\n张三,13800000000,北京,\n张三,13800000000,上海,茶行\n李四,13800000000,,\n"
    take_in(engine, path, text, policy=policy)
    before = len(everybody(engine))

    second = take_in(engine, path, policy=policy)

    assert second.counts.get("changed", 0) == 0
    if policy != Policy.CREATE:  # which makes anew whom it cannot tell apart: that is what was asked for
        assert second.counts.get("new", 0) == 0
        assert len(everybody(engine)) == before


def test_a_blank_cell_takes_nothing_away_and_contacts_are_added(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,手机,城市,公司\n张三,13800000000,北京,茶行\n")

    taken = take_in(engine, path, "姓名,手机,城市,公司,邮箱\n张三,13800000000,,,z@b.cn\n")

    assert taken.fates == {2: ("changed", None)}
    assert everybody(engine) == [("张三", "北京市", ["+8613800000000", "z@b.cn"])]


def test_a_later_row_about_the_same_person_only_adds_to_the_first(engine: Engine, path: Path) -> None:
    text = "姓名,手机,城市,公司\n张三,13800000000,北京,\n张三,13800000000,上海,茶行\n"

    left = take_in(engine, path, text)
    updated = take_in(engine, path, policy=Policy.UPDATE)

    assert left.fates[3] == ("duplicate", "person_of_line: 2")
    assert updated.fates[3] == ("changed", "person_of_line: 2")
    with transaction(engine) as session:
        [one] = session.scalars(select(Customer))
        assert (one.city, one.company) == ("北京市", "茶行")


def test_a_row_that_adds_to_one_of_its_own_batch_waits_for_that_batch(engine: Engine, path: Path) -> None:
    text = "姓名,手机,公司\n张三,13800000000,\n张三,13800000000,茶行\n李四,13900000000,\n"

    taken = take_in(engine, path, text, policy=Policy.UPDATE)

    assert [fate for fate, _ in taken.fates.values()] == ["new", "changed", "new"]
    with transaction(engine) as session:
        assert [one.company for one in session.scalars(select(Customer).order_by(Customer.id))] == [
            "茶行",
            None,
        ]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "fate", "names"),
    [
        (Policy.LEAVE, ("duplicate", "contact_of: C1"), ["张三"]),
        (Policy.UPDATE, ("changed", "contact_of: C1"), ["张三"]),
        (Policy.CREATE, ("new", "contact_of: C1"), ["张三", "张三妈妈"]),
    ],
)
def test_a_shared_phone_under_another_name_is_for_a_person_to_decide(
    engine: Engine, path: Path, policy: Policy, fate: tuple[str, str], names: list[str]
) -> None:
    take_in(engine, path, "姓名,手机\n张三,13800000000\n")

    taken = take_in(engine, path, "姓名,手机,城市\n张三妈妈,13800000000,北京\n", policy=policy)

    assert taken.fates == {2: fate} == taken.tried
    assert [name for name, _, _ in everybody(engine)] == names


def test_a_phone_of_two_is_never_guessed_at(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,手机\n张三,13800000000\n")
    take_in(engine, path, "姓名,手机\n李四,13800000000\n", policy=Policy.CREATE)

    taken = take_in(engine, path, "姓名,手机\n王五,13800000000\n", policy=Policy.UPDATE)

    assert taken.fates == {2: ("duplicate", "several: C1, C2")}


def test_namesakes_with_other_phones_are_other_people(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,手机,城市\n张三,13800000000,北京\n")

    taken = take_in(engine, path, "姓名,手机,城市\n张三,13900000000,北京\n")

    assert taken.counts == {"new": 1}


def test_a_namesake_in_the_same_city_without_any_contact_may_be_the_same(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,城市\n张三,北京\n")

    taken = take_in(engine, path, "姓名,手机,城市\n张三,13900000000,北京市\n")

    assert taken.fates == {2: ("duplicate", "name_of: C1")}


def test_names_agree_over_scripts_case_and_order(engine: Engine, path: Path) -> None:
    take_in(engine, path, "name,phone\nJosé García,+442079460958\n張小龍,13800000000\n")

    taken = take_in(engine, path, "name,phone\nGARCIA Jose,+442079460958\n张小龙,13800000000\n")

    assert taken.counts == {"same": 2}


def test_another_systems_number_finds_its_customer_again(engine: Engine, path: Path) -> None:
    head = "Record ID,First Name,Last Name,Email,Phone Number,Associated Company\n"
    take_in(engine, path, head + "901,Ann,Lee,ann@b.cn,,\n")

    taken = take_in(engine, path, head + "901,Ann,Lee-Smith,ann@b.cn,,Tea & Co\n")

    assert taken.fates == {2: ("changed", None)}
    assert [name for name, _, _ in everybody(engine)] == ["Ann Lee-Smith"]


def test_who_is_here_already_came_by_the_file_too_once_and_until_it_is_undone(
    engine: Engine, path: Path
) -> None:
    """The same phone by a shop's deep link and by CSV is one customer; the first way in stays the source."""
    with transaction(engine) as session:
        met = people.customer(session)
        customers.note_source(session, customer=met, source="store-3", now=NOW)
        records.change(session, customer=met, changes={"phone": "13800000000"}, actor="cli", now=NOW)
    text = f'姓名,手机,城市\n"{ANN.replace(chr(34), chr(34) * 2)}",13800000000,\n李四,13900000000,北京\n'

    taken = take_in(engine, path, text)
    take_in(engine, path)

    ways = [("telegram", "store-3"), ("import", "people"), ("import", "people")]
    assert (taken.fates[2], touchpoints(engine)) == (("same", None), ways)
    with transaction(engine) as session:
        assert session.get_one(Customer, 1).source == "store-3"
    assert undo(engine, taken) == {True: 1, False: 0}
    assert touchpoints(engine) == [("telegram", "store-3")]


def touchpoints(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine) as session:
        found = session.scalars(select(Touchpoint).order_by(Touchpoint.id))  # type: ignore[arg-type]
        return [(one.channel, one.source) for one in found]


def test_what_a_stranger_did_elsewhere_is_theirs_once_a_file_says_who_it_was(
    engine: Engine, path: Path
) -> None:
    def did(number: str) -> NewEvent:
        return NewEvent(external_id=f"e{number}", kind="view", at=NOW, customer_ref=number)

    take_in(engine, path, "编号,姓名,手机\n,张三,13800000000\n")
    with transaction(engine) as session:
        events.keep(session, source="import", told=[did("7"), did("8"), did("9")], now=NOW)

    take_in(engine, path, "编号,姓名,手机\n7,张三,13800000000\n8,李四,13900000000\n")

    with transaction(engine) as session:
        found = {one.external_id: one for one in session.scalars(select(Event))}
        who = {key: (one.customer_id, one.customer_ref) for key, one in found.items()}
    assert who == {"e7": (1, None), "e8": (2, None), "e9": (None, "9")}


def test_a_number_that_is_somebody_elses_changes_nobody(engine: Engine, path: Path) -> None:
    take_in(engine, path, "编号,姓名,手机\n1,张三,13800000000\n")

    taken = take_in(engine, path, "编号,姓名,手机\n1,李四,13900000000\n")

    assert taken.fates == {2: ("duplicate", "number_of: C1")}
    assert everybody(engine) == [("张三", None, ["+8613800000000"])]


def test_our_own_export_comes_back_by_customer_number(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,手机\n张三,13800000000\n")

    taken = take_in(engine, path, "客户编号,姓名,手机,城市\nC1,张三丰,13800000000,杭州\n")

    assert taken.fates == {2: ("changed", None)}
    assert everybody(engine) == [("张三丰", "杭州市", ["+8613800000000"])]


@pytest.mark.parametrize(
    ("header", "row", "why"),
    [
        ("姓名,手机", "张三,1390", "bad_phone: 1390"),
        ("姓名,手机", "张三,1.38E+10", "shortened: 1.38E+10"),
        ("姓名,邮箱", "张三,a@", "bad_email: a@"),
        ("姓名,等级", "张三,金牌", "bad_tier: 金牌"),
        ("姓名,手机", ",13800000000", "no_name"),
        ("姓名,城市", f"{'王' * 201},北京", "too_long"),
        ("姓名,备注", f"张三,{'字' * 10_001}", "too_long"),
        ("姓名,客户编号", "张三,O7", "number: O7"),
        ("姓名,生日", "张三,不知道", "bad_field: 生日 不知道"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    engine: Engine, path: Path, header: str, row: str, why: str
) -> None:
    with transaction(engine) as session:
        fields.define(
            session, name="生日", kind=FieldKind.DATE, by=people.staff(session, role=Role.OWNER), now=NOW
        )

    taken = take_in(engine, path, f"{header}\n{row}\n")

    assert taken.fates[2][0] == "refused"
    assert str(taken.fates[2][1]).startswith(why)
    assert everybody(engine) == []


def test_mischief_in_cells_is_kept_as_text(engine: Engine, path: Path) -> None:
    evil = ['=HYPERLINK("http://x")', "<b>Bob</b>", "Nul\x00l", "%_DROP TABLE", "🦊 Fox", "‮txet"]
    text = "name,city\n" + "".join(f'"{one.replace(chr(34), chr(34) * 2)}",York\n' for one in evil)

    taken = take_in(engine, path, text)

    assert taken.counts == {"new": 6}
    assert [name for name, _, _ in everybody(engine)] == [
        '=HYPERLINK("http://x")',
        "<b>Bob</b>",
        "Null",
        "%_DROP TABLE",
        "🦊 Fox",
        "txet",
    ]


def test_a_country_beside_the_phone_says_how_it_is_dialled(engine: Engine, path: Path) -> None:
    take_in(engine, path, "name,phone,country\nAnn,(212) 736-5000,United States\n")

    assert everybody(engine) == [("Ann", None, ["+12127365000"])]


def test_an_owner_nobody_knows_is_told_and_the_row_is_taken(engine: Engine, path: Path) -> None:
    with transaction(engine) as session:
        bob = people.staff(session, "Bob")

    taken = take_in(engine, path, "name,owner,city\nAnn,bob,York\nCid,Nobody,York\n")

    assert taken.fates == {2: ("new", None), 3: ("new", "owner: Nobody")}
    with transaction(engine) as session:
        assert list(session.scalars(select(Customer.owner_id).order_by(Customer.id))) == [bob.id, None]  # type: ignore[arg-type]


def test_who_opted_out_elsewhere_is_opted_out_here(engine: Engine, path: Path) -> None:
    take_in(engine, path, "name,email,Email Opt Out\nAnn,a@b.cn,1\nCid,c@d.cn,0\n")

    with transaction(engine) as session:
        states = [
            consents.current(session, customer=one)
            for one in session.scalars(select(Customer).order_by(Customer.id))  # type: ignore[arg-type]
        ]
    assert [sorted(one.items()) for one in states] == [[("marketing", "withdrawn")], []]


# the bulk form of the one gate


def test_a_row_taken_in_is_what_the_gate_would_have_written(engine: Engine, path: Path) -> None:
    with transaction(engine) as session:
        owner = people.staff(session, "Bob", Role.OWNER)
        field = fields.define(session, name="生日", kind=FieldKind.DATE, by=owner, now=NOW)
    text = (
        "姓名,手机,座机,邮箱,备注名,称呼,公司,城市,等级,负责人,标签,生日\n"
        '张三,13800000000,010-62345678,z@b.cn,老张,张总,茶行,杭州,A,Bob,"老客,VIP",2001-01-02\n'
    )
    take_in(engine, path, text)
    phones = ["138 0000 0000", "010-62345678"]
    with transaction(engine) as session:
        by_hand = records.create(
            session,
            name="张三",
            contacts=[*((ContactKind.PHONE, one) for one in phones), (ContactKind.EMAIL, "Z@b.cn")],
            remark="老张",
            salutation="张总",
            company="茶行",
            city="杭州",
            tier="a",
            owner_id=owner.id,
            tags=["VIP", "老客"],
            values={field.id: "2001/1/2"},
            language="zh",
            source="people",
            channel="import",
            actor="import:1",
            now=NOW,
        )
        second = by_hand.id

    assert written(engine, 1) == written(engine, second)


ABOUT = (
    Customer,
    ContactMethod,
    CustomerTag,
    CustomValue,
    Touchpoint,
    SearchKey,
    SearchEntry,
    Interaction,
    Consent,
)


def written(engine: Engine, customer_id: int) -> dict[str, object]:
    """Every row about a customer, without ids and numbers."""
    found: dict[str, object] = {}
    with transaction(engine) as session:
        for model in ABOUT:
            table = model.__table__  # type: ignore[attr-defined]
            of = table.c.id if model is Customer else table.c.customer_id
            columns = [one for one in table.columns if one is not of and one.name not in {"id", "version"}]
            rows = session.execute(select(*columns).where(of == customer_id))
            found[table.name] = sorted(map(tuple, rows), key=repr)
        packed = session.scalars(select(SearchEntry.keys).where(SearchEntry.customer_id == customer_id))  # type: ignore[arg-type, call-overload]
        found["search_entry"] = [sorted(one.split("\n")) for one in packed]  # their order means nothing
        trail = select(Audit.action, Audit.before, Audit.after, Audit.actor).where(  # type: ignore[call-overload]
            Audit.entity == "customer", Audit.entity_id == customer_id
        )
        found["audit"] = [
            (action, before, _sorted(after), actor) for action, before, after, actor in session.execute(trail)
        ]
    return found


def _sorted(after: dict[str, object] | None) -> list[tuple[str, object]]:
    return sorted((after or {}).items())


def test_people_taken_in_are_found_at_once(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,手机\n曾小贤,13812345678\n")

    with transaction(engine) as session:
        for text in ("曾小贤", "zengxiaoxian", "zxx", "5678"):
            assert [hit.customer.name for hit in search.customers(session, text=text)] == ["曾小贤"], text


# somebody else writes meanwhile


def test_a_change_between_deciding_and_writing_makes_it_decide_again(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,手机\n张三,13800000000\n")

    with pytest.raises(Stale):
        take_in(
            engine,
            path,
            "姓名,手机,城市\n张三,13800000000,北京\n",
            before_batch=lambda _: change(engine, 1, city="上海"),
        )

    assert everybody(engine) == [("张三", "上海市", ["+8613800000000"])]


def test_a_batch_that_is_told_twice_is_written_once(engine: Engine, path: Path) -> None:
    taken = take_in(engine, path, "姓名\n张三\n")
    again = {"fates": [[2, "new", None, -1]], "creates": [], "updates": [], "orders": []}
    with transaction(engine) as session:
        imports.write_batch(session, import_id=taken.id, batch=again, now=NOW)

    assert len(everybody(engine)) == 1


# undoing


def test_undoing_restores_who_was_changed_and_takes_out_who_was_made(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,手机,城市,标签\n张三,13800000000,北京,老客\n李四,13900000000,上海,\n")
    before = snapshot(engine)
    text = (
        "编号,姓名,手机,城市,邮箱,标签,备注\n"
        "7,张三,13800000000,杭州,z@b.cn,VIP,喜欢茶\n"
        "8,王五,13700000000,广州,,,x\n"
    )
    taken = take_in(engine, path, text)
    assert snapshot(engine) != before

    assert undo(engine, taken) == {True: 2, False: 0}

    assert snapshot(engine) == before
    with transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(Interaction)) == 0
        with pytest.raises(ImportOver):
            undoing.begin(session, import_=import_of(session, taken), by="cli", now=NOW)


def test_what_people_touched_since_is_left_and_listed(engine: Engine, path: Path) -> None:
    taken = take_in(engine, path, "姓名,手机\n张三,13800000000\n李四,13900000000\n王五,13700000000\n")
    change(engine, 2, city="北京")
    with transaction(engine) as session:
        records_of = session.get_one(Customer, 3)
        records_of.user_id = 7_000_000_000  # they wrote to the bot

    assert undo(engine, taken) == {True: 1, False: 2}

    assert [name for name, _, _ in everybody(engine)] == ["李四", "王五"]
    with transaction(engine) as session:
        left = undoing.left(session, import_=import_of(session, taken), limit=5)
        assert [(one.line, one.entity_id, one.reason) for one in left] == [
            (3, 2, "touched"),
            (4, 3, "touched"),
        ]


def test_who_has_an_order_by_now_stays(engine: Engine, path: Path) -> None:
    people_taken = take_in(engine, path, "姓名,手机\n张三,13800000000\n")
    take_in(engine, path, "姓名,手机,日期,金额\n张三,13800000000,2021-01-01,10\n")

    assert undo(engine, people_taken) == {True: 0, False: 1}


def test_undone_people_come_back_when_the_file_is_taken_in_again(engine: Engine, path: Path) -> None:
    taken = take_in(engine, path, "编号,姓名,手机\n1,张三,13800000000\n")
    undo(engine, taken)

    again = take_in(engine, path)

    assert again.counts == {"new": 1}


def test_an_import_that_was_given_up_in_the_middle_can_be_undone(engine: Engine, path: Path) -> None:
    taken = take_in(engine, path, "姓名,手机\n张三,13800000000\n李四,13900000000\n")
    with transaction(engine) as session:
        row = import_of(session, taken)
        row.state, row.data = ImportState.RUNNING, b"people"

    with transaction(engine) as session:
        imports.give_up(session, import_=import_of(session, taken), now=NOW)

    with transaction(engine) as session:
        row = imports.last_written(session)
        assert (row.id, row.state, row.data) == (taken.id, ImportState.FAILED, None)
        assert row.counts is not None
        assert row.counts["new"] == 2
    assert undo(engine, taken) == {True: 2, False: 0}
    assert everybody(engine) == []


def test_a_file_that_nobody_goes_on_with_is_not_kept_for_ever(engine: Engine) -> None:
    with transaction(engine) as session:
        row = imports.start(session, name="people.csv", started_by=None, now=NOW)
        row.data = b"people"
        week = timedelta(days=7)

        assert imports.forget_abandoned(session, now=NOW + week, limit=50) == 0
        assert imports.forget_abandoned(session, now=NOW + week + timedelta(seconds=1), limit=50) == 1
        assert imports.forget_abandoned(session, now=NOW + 2 * week, limit=50) == 0

        assert (row.state, row.data) == (ImportState.DROPPED, None)


def test_without_an_import_there_is_nothing_to_undo(sqlite: Engine) -> None:
    with transaction(sqlite) as session, pytest.raises(NothingImported):
        imports.last_written(session)


# orders

SALES = (
    "姓名,日期,城市,金额\n"
    "张三,2021-01-01,北京市,1000\n"
    "李四,2021-01-02,上海市,2000\n"
    "王五,2021-01-03,广州市,3000\n"
)


def orders(engine: Engine) -> list[tuple[str, int, str, str]]:
    with transaction(engine) as session:
        found = session.execute(
            select(Customer.name, Order.total, Order.state, Order.payment_state)  # type: ignore[call-overload]
            .join(Order, Order.customer_id == Customer.id)
            .order_by(Order.id)
        )
        return [tuple(row) for row in found]


def test_a_sales_sheet_becomes_orders_of_customers_who_are_not_doubled(engine: Engine, path: Path) -> None:
    taken = take_in(engine, path, SALES)
    again = take_in(engine, path)

    assert taken.counts == {"new": 3}
    assert again.counts == {"same": 3}
    assert sum(total for _, total, _, _ in orders(engine)) == 600_000
    assert [name for name, _, _ in everybody(engine)] == ["张三", "李四", "王五"]
    with transaction(engine) as session:
        days = [one.placed_at.isoformat() for one in session.scalars(select(Order).order_by(Order.id))]  # type: ignore[arg-type]
    assert days[0] == "2020-12-31T16:00:00+00:00"  # midnight in Shanghai


def test_the_same_purchase_twice_in_a_file_is_two_orders(engine: Engine, path: Path) -> None:
    taken = take_in(engine, path, SALES + "张三,2021-01-01,北京市,1000\n")
    again = take_in(engine, path)

    assert (taken.counts, again.counts) == ({"new": 4}, {"same": 4})
    assert len(everybody(engine)) == 3


def test_a_line_keeps_what_its_goods_cost_by_the_file_or_by_the_product_of_its_sku(
    engine: Engine, path: Path
) -> None:
    with transaction(engine) as session:
        products.create(
            session, name="茶", price=9_900, cost=4_000, currency="CNY", sku="T1", actor="cli", now=NOW
        )
    rows = ("张三,2021-01-01,T1,100,60.5\n", "李四,2021-01-02,T1,100,\n", "王五,2021-01-03,T2,100,\n")
    without = [one.rpartition(",")[0] + "\n" for one in rows]
    take_in(engine, path, "姓名,日期,货号,单价,进价\n" + "".join(rows))
    again = take_in(engine, path, "姓名,日期,货号,单价\n" + "".join(without))

    assert again.counts == {"same": 3}, "that a cost was written beside it makes no other order of it"
    with transaction(engine) as session:
        found = session.scalars(select(OrderLine).order_by(OrderLine.id)).all()  # type: ignore[arg-type]
        assert [one.cost for one in found] == [6_050, 4_000, None]


def test_rows_of_one_order_number_are_one_order(engine: Engine, path: Path) -> None:
    text = (
        "订单号,下单时间,客户姓名,手机,商品,数量,单价,订单总额,已付\n"
        "A1,2021-01-01 09:30,张三,13800000000,绿茶,2,¥10.50,30,30\n"
        "A1,2021-01-01 09:30,张三,13800000000,茶杯,1,12,30,30\n"
        "A2,2021-01-02,李四,13900000000,红茶,1.5,10,,\n"
    )
    taken = take_in(engine, path, text)

    assert taken.counts == {"new": 3}
    assert orders(engine) == [
        ("张三", 3000, "confirmed", "paid"),
        ("李四", 1500, "confirmed", "unpaid"),
    ]
    with transaction(engine) as session:
        lines = [(one.name, one.quantity, one.total) for one in session.scalars(select(OrderLine))]
    assert lines == [("绿茶", 2000, 2100), ("茶杯", 1000, 1200), ("红茶", 1500, 1500)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("A9,,张三,13800000000,茶,1,10,", "no_date"),
        ("A9,03/04/2021,张三,13800000000,茶,1,10,", "two_days: 03/04/2021"),
        ("A9,2021-01-01,,,茶,1,10,", "no_customer"),
        ("A9,2021-01-01,张三,13800000000,茶,1,ten,", "amount: ten"),
        ("A9,2021-01-01,张三,13800000000,茶,0,10,", "quantity: 0"),
        ("A9,2021-01-01,张三,13800000000,茶,1,,", "no_amount"),
        ("A9,2021-01-01,张三,13800000000,茶,1,10,20", "amounts: 20"),
        ("A9,2021-01-01,张三,1,茶,1,10,", "bad_phone: 1"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_with_its_reason(
    engine: Engine, path: Path, row: str, why: str
) -> None:
    taken = take_in(engine, path, f"订单号,日期,姓名,手机,商品,数量,单价,合计\n{row}\n")

    assert taken.fates == {2: ("refused", why)}
    assert orders(engine) == []


def test_an_order_that_is_there_with_another_amount_is_left_to_a_person(engine: Engine, path: Path) -> None:
    head = "订单号,日期,姓名,手机,金额\n"
    take_in(engine, path, head + "A1,2021-01-01,张三,13800000000,10\n")

    taken = take_in(engine, path, head + "A1,2021-01-01,张三,13800000000,12\n")

    assert taken.fates == {2: ("duplicate", "order_differs: O1")}


def test_rows_of_an_order_that_stand_apart_are_refused(engine: Engine, path: Path) -> None:
    head = "订单号,日期,姓名,手机,金额\n"
    rows = [f"{number},2021-01-01,张三,13800000000,10\n" for number in ("A1", "A2", "A1")]

    taken = take_in(engine, path, head + "".join(rows))

    assert taken.fates[4] == ("refused", "order_split: A1")


def test_undoing_orders_takes_out_the_customers_made_for_them(engine: Engine, path: Path) -> None:
    take_in(engine, path, "姓名,城市\n张三,北京市\n")
    before = snapshot(engine)
    taken = take_in(engine, path, SALES)

    assert undo(engine, taken) == {True: 3, False: 0}

    assert snapshot(engine) == before


# anything at all

NAMES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x1e"), max_size=30)
PHONES = st.sampled_from(["", "13800000000", "13900000001", "1390", "+442079460958", "x"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(NAMES, PHONES, NAMES), max_size=12), policy=st.sampled_from(Policy))
def test_every_row_has_a_fate_whatever_is_in_it(
    sqlite: Engine, tmp_path: Path, rows: list[tuple[str, str, str]], policy: Policy
) -> None:
    from crm_store.exchange.csv_out import write_csv

    path = tmp_path / "any.csv"
    write_csv(path, ["name", "phone", "city"], [*rows, ("Ann", "", "York")])
    filled = [line for line, row in enumerate([*rows, ("Ann",)], start=2) if any(one.strip() for one in row)]

    taken = take_in(sqlite, path, policy=policy, batch_rows=5)

    assert sorted(taken.fates) == filled
    with transaction(sqlite) as session:
        row = session.get_one(Import, taken.id)
        assert sum((row.counts or {}).values()) == len(filled)
