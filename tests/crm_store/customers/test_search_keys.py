"""Keys: kept with every change, the same whoever writes them, taken out with who is gone."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, text
from sqlmodel import Session, col, select

from crm_store.customers import customers, gram_tables, search, search_keys
from crm_store.customers.search_keys import LONGEST_KEY, MOST_KEYS, keys_of
from crm_store.customers.tables import ContactKind, ContactMethod, Customer, SearchEntry, SearchKey
from crm_store.engine import is_sqlite, open_engine, transaction
from crm_store.tables import metadata
from tests.crm_store.people import NOW
from tests.crm_store.people import customer as met


def kept(session: Session) -> tuple[list[tuple[str, int]], dict[int, str], list[int]]:
    """All keys, entries and whose grams there are."""
    keys = sorted((one.key, one.customer_id) for one in session.scalars(select(SearchKey)))
    entries = {one.customer_id: one.keys for one in session.scalars(select(SearchEntry))}
    column = "rowid" if is_sqlite(session) else "customer_id"
    grams = sorted(session.scalars(text(f"SELECT {column} FROM search_gram")))
    return keys, entries, grams


def found(session: Session, typed: str) -> list[int]:
    return [hit.customer.id for hit in search.customers(session, text=typed)]


def test_whoever_writes_for_the_first_time_is_found_in_the_same_unit_of_work(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = met(session)

        assert found(session, "ann") == [ann.id]
        assert found(session, "zhang") == [ann.id]


@pytest.mark.parametrize(("version", "is_copied"), [((3, 42, 0), True), ((3, 43, 0), False)])
def test_an_sqlite_that_needs_a_copy_of_the_grams_to_replace_them_keeps_one(
    version: tuple[int, ...], is_copied: bool
) -> None:
    [statement] = gram_tables.statements("sqlite", version)

    assert ("content" not in statement) is is_copied


def test_the_sqlite_that_comes_with_python_keeps_keys_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_store.engine.sqlcipher", None)
    with pytest.warns(UserWarning, match="sqlcipher3 is missing"):
        plain = open_engine(f"sqlite:///{tmp_path}/plain.db")
    metadata.create_all(plain)

    with transaction(plain) as session:
        ann = met(session)
        ann.name = "王小明"
        search_keys.refresh(session, customer_ids=[ann.id])

        assert (found(session, "小明"), found(session, "ann")) == ([ann.id], [])
        assert kept(session)[2] == [ann.id]
    plain.dispose()


def test_a_new_name_is_found_and_the_old_one_is_not(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = met(session)
        customers.greet_again(
            session, customer=ann, name="王小明", username="wxm", language="zh", now=NOW + timedelta(days=1)
        )

        assert (
            found(session, "王小明") == found(session, "wangxiaomign") == found(session, "@wxm") == [ann.id]
        )
        assert found(session, "ann") == []


def test_a_rolled_back_change_leaves_the_keys_as_they_were(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = met(session)
        before = kept(session)
        with session.begin_nested() as part:
            ann.name = "李四"
            search_keys.refresh(session, customer_ids=[ann.id])
            assert found(session, "李四") == [ann.id]
            part.rollback()

        assert kept(session) == before
        assert found(session, "李四") == []
        assert found(session, "ann") == [ann.id]


def test_refreshing_what_has_not_changed_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as session:
        ids = [met(session, user_id=number).id for number in range(3)]
        before = kept(session)
        search_keys.refresh(session, customer_ids=[*ids, *ids, 999])

        assert kept(session) == before


def test_a_batch_writes_the_rows_that_a_refresh_would(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = met(session)
        ann.name, ann.remark, ann.company = "单雄信", "老单", "上海智联科技有限公司"
        ann.username, ann.salutation = "xx_shan", "单总"
        contacts = [(ContactKind.PHONE, "+8613800001234"), (ContactKind.EMAIL, "shan.xx@example.com")]
        contacts.append((ContactKind.WECHAT, "Shan_88"))
        for kind, value in contacts:
            session.add(ContactMethod(customer_id=ann.id, kind=kind, value=value, created_at=NOW))
        search_keys.refresh(session, customer_ids=[ann.id])
        by_refresh = kept(session)
        search_keys.forget(session, customer_ids=[ann.id])
        assert kept(session) == ([], {}, [])

        keys = keys_of(
            name=ann.name,
            remark=ann.remark,
            salutation=ann.salutation,
            company=ann.company,
            username=ann.username,
            contacts=contacts,
        )
        search_keys.put(session, keys={ann.id: keys.packed})

        assert kept(session) == by_refresh


def test_a_deleted_customer_leaves_no_key_behind(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = met(session)
        search_keys.forget(session, customer_ids=[ann.id])

        assert kept(session) == ([], {}, [])


def test_a_merged_customer_has_no_keys_and_gets_them_back_when_unmerged(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, other = met(session, user_id=1), met(session, user_id=2)
        before = kept(session)
        other.merged_into_id = ann.id
        search_keys.refresh(session, customer_ids=[other.id])
        assert {one for _, one in kept(session)[0]} == {ann.id}
        assert kept(session)[2] == [ann.id]

        other.merged_into_id = None
        search_keys.refresh(session, customer_ids=[other.id])

        assert kept(session) == before


@settings(max_examples=200, deadline=None)
@given(
    name=st.text(max_size=200),
    remark=st.none() | st.text(max_size=40),
    company=st.none() | st.text(max_size=40),
    username=st.none() | st.text(max_size=40),
    phone=st.text("0123456789+- ", max_size=30),
    email=st.text(max_size=40),
)
def test_keys_of_anybody_are_few_short_and_can_be_stored(
    name: str, remark: str | None, company: str | None, username: str | None, phone: str, email: str
) -> None:
    contacts = [(ContactKind.PHONE, phone), (ContactKind.EMAIL, email), (ContactKind.QQ, phone)]

    keys, grams = keys_of(name=name, remark=remark, company=company, username=username, contacts=contacts)

    assert len(keys) <= MOST_KEYS
    assert len(set(keys)) == len(keys)
    for key in [*keys, *grams]:
        assert 1 <= len(key) <= LONGEST_KEY
        assert "\n" not in key
        assert "\x00" not in key
        key.encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4))
def test_any_name_can_be_kept_changed_and_taken_out(engine: Engine, names: list[str]) -> None:
    with transaction(engine) as session:
        one = met(session, user_id=10**9)
        for name in names:
            one.name = "".join(letter for letter in name if letter != "\x00" and letter.isprintable())
            search_keys.refresh(session, customer_ids=[one.id])
        search_keys.forget(session, customer_ids=[one.id])
        assert [row for row in kept(session)[0] if row[1] == one.id] == []
        session.rollback()


def test_a_store_from_before_is_keyed_in_batches_and_then_left_alone(engine: Engine) -> None:
    with transaction(engine) as session:
        rows = [
            {
                "id": number,
                "name": f"张{chr(0x4E00 + number)}",
                "language": "zh",
                "created_at": NOW,
                "updated_at": NOW,
            }
            for number in range(1, 8)
        ]
        session.execute(insert(Customer), rows)
        assert found(session, "张") == []

        done = [search_keys.rebuild(session, limit=3) for _ in range(6)]

        assert done == [3, 3, 1, 0, 0, 0]
        assert len(found(session, "张")) == 6
        session.execute(delete(SearchKey).where(col(SearchKey.customer_id) == 1))
        assert search_keys.rebuild(session, limit=3) == 0


def test_a_store_keyed_by_other_rules_is_keyed_again(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = met(session)
        while search_keys.rebuild(session, limit=100):
            pass
        stale = SearchKey(key="nold", customer_id=ann.id)
        session.add(stale)
        entry = session.get_one(SearchEntry, ann.id)
        entry.keys += "\nnold"
        session.flush()
        assert found(session, "old") == [ann.id]

        search_keys.remembered.remember(session, search_keys.REBUILT_RULES, "0")
        while search_keys.rebuild(session, limit=100):
            pass

        assert found(session, "old") == []
        assert found(session, "ann") == [ann.id]
