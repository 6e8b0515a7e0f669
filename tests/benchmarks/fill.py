"""A store filled by the database itself: a few tickets made by the real bot, then copies of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, insert, select, text

from crm_store.customers.tables import Customer
from crm_store.engine import open_engine, transaction
from crm_store.mailbox.tables import Inbox, InboxState, Outbox, OutboxState
from crm_store.service.states import TicketState
from crm_store.service.tables import Message, MessageMap, Ticket
from crm_store.staff.tables import Audit
from tests.benchmarks.shop import FIRST_CUSTOMER, Shop

FIRST_USER = 5_000_000_000
SENT = "state = 'sent', telegram_id = 1, sent_at = created_at"
TELEGRAM_IDS = 1_000_000
KEPT_UPDATES = 200_000
"""Updates are kept for a week, so there are fewer of them than tickets."""

OPEN_SHARE = 4
"""Per cent of the tickets, the newest, that are still new; the others are closed."""


@dataclass(frozen=True)
class Copies:
    """``count`` copies of a row; ``changes`` are SQL over ``n``, which counts from 0."""

    table: Table
    row: Mapping[str, object]
    count: int
    changes: Mapping[str, str]


def fill(url: str, *, tickets: int, customers: int) -> int:
    """Fill a migrated SQLite store. Returns how many rows it has then."""
    engine = open_engine(url)
    shop = Shop(engine)
    shop.say([FIRST_CUSTOMER - 1])
    shop.work()
    settle(engine)
    with transaction(engine) as session:
        made = {
            model: _rows(session.connection(), model.__table__)  # type: ignore[attr-defined]
            for model in (Customer, Ticket, Message, MessageMap, Audit, Outbox, Inbox)
        }
    raw = engine.raw_connection()
    raw.cursor().execute("PRAGMA synchronous=OFF")
    raw.close()
    count = 0
    for copies in _plan(made, tickets=tickets, customers=customers):
        with engine.begin() as connection:
            count += _copy(connection, copies)
    engine.dispose()
    return count


def settle(engine: Engine) -> None:
    """As if everything that waits had been sent."""
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE outbox SET {SENT} WHERE state = 'pending'"))


def users_with_open_tickets(*, tickets: int, customers: int) -> range:
    """The newest tickets are open; these are whose they are."""
    first = tickets * (100 - OPEN_SHARE) // 100 % customers
    return range(FIRST_USER + first, FIRST_USER + first + tickets * OPEN_SHARE // 100)


def _rows(connection: Connection, table: Table) -> Sequence[Mapping[str, object]]:
    return list(connection.execute(select(table)).mappings())


def _plan(
    made: Mapping[type, Sequence[Mapping[str, object]]], *, tickets: int, customers: int
) -> list[Copies]:
    """Ticket ``n`` is customer ``n % customers``'s, so that a customer's tickets lie far apart."""
    first = 1000
    owner = f"{first} + n % {customers}"
    user = f"{FIRST_USER} + n % {customers}"
    state = f"CASE WHEN n >= {tickets} * {100 - OPEN_SHARE} / 100 THEN 'new' ELSE 'closed' END"
    telegram_id = f"{TELEGRAM_IDS} + n / {customers} * 10"
    ago = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 day', '-' || (({tickets} - n) * 60) || ' seconds')"
    ago = ago.format(tickets=tickets)
    ticket = f"{first} + n"
    plans = [
        Copies(
            Customer.__table__,  # type: ignore[attr-defined]
            made[Customer][0],
            customers,
            {
                "id": f"{first} + n",
                "user_id": f"{FIRST_USER} + n",
                "chat_id": f"{FIRST_USER} + n",
                "name": f"'Customer ' || ({FIRST_USER} - {FIRST_CUSTOMER} + n)",
            },
        ),
        Copies(
            Ticket.__table__,  # type: ignore[attr-defined]
            made[Ticket][0],
            tickets,
            {
                "id": ticket,
                "customer_id": owner,
                "state": state,
                "opened_at": ago,
                "updated_at": ago,
                "last_customer_at": ago,
            },
        ),
    ]
    for step in range(2):
        message = f"{first} + n * 2 + {step}"
        plans += [
            Copies(
                Message.__table__,  # type: ignore[attr-defined]
                made[Message][0],
                tickets,
                {
                    "id": message,
                    "customer_id": owner,
                    "ticket_id": ticket,
                    "chat_id": user,
                    "telegram_id": f"{telegram_id} + {step}",
                    "direction": "'in'" if step == 0 else "'out'",
                    "at": ago,
                },
            ),
            Copies(
                MessageMap.__table__,  # type: ignore[attr-defined]
                made[MessageMap][0],
                tickets,
                {
                    "chat_id": user,
                    "telegram_id": f"{telegram_id} + {step}",
                    "ticket_id": ticket,
                    "message_id": message,
                },
            ),
            Copies(
                Audit.__table__,  # type: ignore[attr-defined]
                made[Audit][-1],
                tickets,
                {
                    "id": f"{first} + n * 2 + {step}",
                    "entity_id": ticket,
                    "actor": f"'customer:' || ({owner})",
                },
            ),
        ]
    plans += [
        Copies(
            Outbox.__table__,  # type: ignore[attr-defined]
            made[Outbox][0],
            tickets,
            {
                "id": f"{first} + n",
                "key": f"'0' || ({first} + n) || ':1'",
                "chat_id": user,
                "ticket_id": ticket,
            },
        ),
        Copies(
            Inbox.__table__,  # type: ignore[attr-defined]
            made[Inbox][0],
            KEPT_UPDATES,
            {"id": f"{first} + n", "update_id": f"{first} + n", "lane": user},
        ),
    ]
    assert made[Outbox][0]["state"] == OutboxState.SENT
    assert made[Inbox][0]["state"] == InboxState.DONE
    assert made[Ticket][0]["state"] == TicketState.NEW
    return plans


def _copy(connection: Connection, copies: Copies) -> int:
    """One row is made by us, under a number out of the way; the database makes the others from it."""
    columns = [column.name for column in copies.table.columns]
    keys = {column.name: -1 for column in copies.table.primary_key}
    unique = {name: -1 for name in ("user_id", "update_id") if name in columns}
    pattern = dict(copies.row) | keys | unique | ({"key": "pattern"} if "key" in columns else {})
    connection.execute(insert(copies.table).values(pattern))
    where = " AND ".join(f"p.{name} = -1" for name in keys)
    values = ", ".join(copies.changes.get(name, f"p.{_quoted(name)}") for name in columns)
    connection.exec_driver_sql(
        f"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < {copies.count - 1}) "
        f"INSERT INTO {copies.table.name} ({', '.join(map(_quoted, columns))}) "
        f"SELECT {values} FROM c, {copies.table.name} AS p WHERE {where}"
    )
    connection.exec_driver_sql(f"DELETE FROM {copies.table.name} AS p WHERE {where}")
    return copies.count


def _quoted(name: str) -> str:
    return f'"{name}"'
