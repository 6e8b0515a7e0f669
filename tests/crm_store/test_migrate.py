"""Migrations: the tables they make are the tables the code knows, and a backup comes first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text

from crm_store.customers import customers
from crm_store.customers.gram_tables import owns
from crm_store.engine import open_engine, sqlite_driver, transaction
from crm_store.mailbox import remembered
from crm_store.migrate import config, migrate, newest, present
from crm_store.service.states import Kind
from crm_store.service.tables import Ticket
from crm_store.tables import metadata
from tests.talk import START

A_SHOP_OF_THE_FIRST_RELEASE = [
    "INSERT INTO customer (id, user_id, chat_id, name, language, language_chosen, reachable, created_at, "
    "updated_at) VALUES (1, 7, 7, :ann, 'en', :no, :yes, :now, :now)",
    "INSERT INTO ticket (id, customer_id, kind, kind_source, kind_confidence, state, priority, opened_at, "
    "updated_at, last_customer_at, reopen_count, version) "
    "VALUES (1, 1, 'inquiry', 'model', 0.9, 'new', 'P3', :now, :now, :now, 0, 1)",
]


@pytest.fixture(params=["sqlite", "python's sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """A store without any tables."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    elif request.param == "python's sqlite":
        monkeypatch.setattr("crm_store.engine.sqlcipher", None)
        with pytest.warns(UserWarning, match="sqlcipher3 is missing"):
            engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    else:
        url = request.getfixturevalue("postgres_url")
        admin = open_engine(url)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE IF EXISTS migrated"))
            connection.execute(text("CREATE DATABASE migrated"))
        admin.dispose()
        engine = open_engine(admin.url.set(database="migrated").render_as_string(hide_password=False))
    yield engine
    engine.dispose()


def test_a_new_store_gets_the_tables_the_code_knows(empty: Engine) -> None:
    assert migrate(empty, now=START) == (None, None)

    with empty.connect() as connection:
        known = {
            "compare_type": False,
            "include_name": lambda name, kind, _: kind != "table" or not owns(name),
        }
        context = MigrationContext.configure(connection, opts=known)
        assert compare_metadata(context, metadata) == []
    assert present(empty) == newest()


def test_what_is_looked_for_by_its_beginning_is_ordered_by_code_point(
    empty: Engine, request: pytest.FixtureRequest
) -> None:
    """Where the database's language orders texts, SO2026-1 is not between SO2026 and what follows it."""
    if empty.dialect.name != "postgresql":
        pytest.skip("SQLite orders by code point")
    migrate(empty, now=START)
    wanted = {
        ("search_key", "key"),
        ("sales_order", "external_number"),
        ("shipment", "tracking_number"),
    }
    by_code = text(
        "SELECT table_name, column_name FROM information_schema.columns WHERE collation_name = 'C'"
    )

    for engine in (empty, request.getfixturevalue("postgres")):
        with engine.connect() as connection:
            assert wanted <= {(table, column) for table, column in connection.execute(by_code)}


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    migrate(empty, now=START)

    assert migrate(empty, now=START) == (newest(), None)


def test_a_shop_that_upgrades_keeps_its_customers_and_tickets(empty: Engine) -> None:
    with empty.begin() as connection:
        command.upgrade(config(connection), "0001")
        for statement in A_SHOP_OF_THE_FIRST_RELEASE:
            connection.execute(
                text(statement), {"now": START, "ann": 'Ann <3 & "张"', "yes": True, "no": False}
            )

    migrate(empty, now=START)

    with transaction(empty) as session:
        ann = customers.get(session, customer_id=1)
        [ticket] = session.scalars(select(Ticket)).all()
        assert (ann.name, ann.name_chosen, ann.tier, ann.version) == ('Ann <3 & "张"', False, None, 1)
        assert (ticket.customer_id, ticket.order_id, ticket.kind) == (1, None, Kind.INQUIRY)
        if empty.dialect.name == "sqlite":
            assert session.connection().execute(text("PRAGMA foreign_key_check")).all() == []


def test_an_older_sqlite_store_is_backed_up_first(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/old.db", key="its key")
    migrate(engine, now=START)
    with transaction(engine) as session:
        remembered.remember(session, "kept", "yes")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    with pytest.raises(Exception, match="0000"):  # there is no way from an unknown revision
        migrate(engine, now=START)
    engine.dispose()

    [backup] = tmp_path.glob("*.backup")
    restored = open_engine(f"sqlite:///{backup}", key="its key")
    with transaction(restored) as session:
        assert remembered.recall(session, "kept") == "yes"
    restored.dispose()


def test_an_encrypted_store_holds_no_readable_word(tmp_path: Path) -> None:
    if sqlite_driver().__name__ == "sqlite3":
        pytest.skip("sqlcipher3 is not installed: nothing can be encrypted")
    engine = open_engine(f"sqlite:///{tmp_path}/secret.db", key="it's a key")
    migrate(engine, now=START)
    with transaction(engine) as session:
        remembered.remember(session, "a", "a word to be found")
    engine.dispose()

    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"a word to be found" not in files
    assert b"SQLite format" not in files
