"""100 000 customers taken in while others write: rows a second, how long those wait, what memory it takes.

The real process reads and decides, the writer commits; beside it customers write a message each quarter of
a second, through the same writer, as in a running bot. Memory is the whole of the reading process and what
the bot itself grew by.
"""

import asyncio
import csv
import itertools
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine

from bot.demo.people import people
from bot.dispatcher import Dispatcher
from bot.importing import Importer
from bot.poller import arrivals
from bot.settings import Settings
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.exchange import imports
from crm_store.mailbox import inbox
from tests.benchmarks.line import Line, at_least, at_most
from tests.benchmarks.shop import FIRST_CUSTOMER, SEED, postgres_store, sqlite_store
from tests.talk import BOT_ID, Talk

ROWS = 100_000
EVERY_SECONDS = 0.25
HEADINGS = ("姓名", "手机", "邮箱", "公司", "省份", "城市", "区县", "街道", "备注名", "称呼")


def run() -> Iterator[Line]:
    with TemporaryDirectory(prefix="zhanggui-bench-") as folder:
        path = Path(folder) / "people.csv"
        _write(path, ROWS)
        for name, store in (("SQLite", sqlite_store), ("PostgreSQL", postgres_store)):
            yield from _measured(name, store, path)


def _write(path: Path, count: int) -> None:
    """Nobody is refused: numbers that only exist in the generator become valid ones."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number, one in enumerate(people(count, seed=SEED)):
            phone = one.phone if one.phone.startswith("+86") else f"+86139{number:08d}"
            about = (one.email, one.company, one.province, one.city, one.district, one.street)
            writer.writerow([one.name, phone, *(part or "" for part in (*about, one.remark, one.salutation))])


def _measured(name: str, store: Callable[[], AbstractContextManager[Engine]], path: Path) -> Iterator[Line]:
    with store() as engine:
        result = asyncio.run(_import(engine, path))
    asked = name == "SQLite"
    rate = result["rows"] / result["seconds"]
    what = f"import of {ROWS:,} customers, {name}"
    around = f"{result['checked']:.0f} s dry run before, {result['results']:.0f} s for the files after"
    note = f"({result['rows']:,} rows, {result['written']:,} written; {around})"
    yield at_least(what, rate, 5000, "rows/s", note) if asked else Line(what, f"{rate:.0f} rows/s {note}")
    waited = sorted(result["waited"])
    p95 = waited[int(len(waited) * 0.95)]
    answers = f"answers meanwhile, p95, {name}"
    spread = f"(median {statistics.median(waited):.2f}, longest {waited[-1]:.2f}, {len(waited)} messages)"
    yield at_most(answers, p95, 1, "s", spread)
    grown = f"{result['first'] >> 20} MB after a tenth, {result['last'] >> 20} MB at the end"
    flat = result["last"] / max(1, result["first"])
    yield at_most(f"memory of the reading process, end over beginning, {name}", flat, 1.25, "×", f"({grown})")
    yield Line(f"memory the bot grew by, {name}", f"{result['bot'] >> 20} MB")
    costs = (
        f"{_per_row(result, 'read')} µs of a core to read and decide, {_per_row(result, 'write')} µs to write"
    )
    yield Line(f"cost of a row, {name}", costs)


def _per_row(result: dict[str, Any], of: str) -> str:
    return f"{result[of] / result['rows'] * 1e6:.0f}"


async def _import(engine: Engine, path: Path) -> dict[str, Any]:
    writer = Writer(engine, threads=1 if engine.dialect.name == "sqlite" else 4)
    settings = Settings(store={"url": engine.url.render_as_string(hide_password=False)})
    with transaction(engine) as session:
        import_id = imports.start(session, name=path.name, started_by=None, now=datetime.now(UTC)).id
    sizes: list[int] = []

    async def progress(done: int, total: int) -> None:
        sizes.append(_memory_of_children())

    importer = Importer(writer, settings, import_id, path, "en", progress)
    began = time.perf_counter()
    checked = await importer.check()
    checked_in = time.perf_counter() - began
    assert checked.counts is not None
    with transaction(engine) as session:
        row = imports.get(session, import_id=import_id)
        imports.begin(session, import_=row, actor="cli", now=datetime.now(UTC))
    sizes.clear()
    before = _memory(os.getpid())
    waited: list[float] = []
    talking = asyncio.create_task(_talk(writer, engine, waited))
    read, write = _cpu(resource.RUSAGE_CHILDREN), _cpu(resource.RUSAGE_SELF)
    began = asyncio.get_running_loop().time()
    await importer.run()
    finished = asyncio.get_running_loop().time()
    seconds = importer.written_at - began
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    writer.close()
    tenth = max(1, len(sizes) // 10)
    return {
        "rows": sum(checked.counts.values()),
        "written": checked.counts["new"],
        "seconds": seconds,
        "results": finished - importer.written_at,
        "checked": checked_in,
        "waited": waited,
        "first": sizes[tenth],
        "last": max(sizes[-tenth:]),
        "bot": _memory(os.getpid()) - before,
        "read": _cpu(resource.RUSAGE_CHILDREN) - read,
        "write": _cpu(resource.RUSAGE_SELF) - write,
    }


async def _talk(writer: Writer, engine: Engine, waited: list[float]) -> None:
    """Customers write; how long each is waited for: from the arrival to the commit of its answer."""
    dispatcher: Dispatcher = Talk(engine).dispatcher
    for number in itertools.count(1):
        began = time.perf_counter()
        await writer.run(_arrive, number=number)
        await writer.call(lambda: dispatcher.run_group(datetime.now(UTC)))
        waited.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, EVERY_SECONDS - waited[-1]))


def _arrive(session: object, *, number: int) -> None:
    user = {"id": FIRST_CUSTOMER + number % 50, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    message = {
        "message_id": number,
        "date": int(time.time()),
        "from": user,
        "chat": {"id": user["id"], "type": "private", "first_name": "Ann"},
        "text": f"my kettle leaks, line {number}",
    }
    arrived = arrivals([{"update_id": number, "message": message}])
    inbox.store(session, bot_id=BOT_ID, arrived=arrived, now=datetime.now(UTC))  # type: ignore[arg-type]


def _cpu(of: int) -> float:
    used = resource.getrusage(of)
    return used.ru_utime + used.ru_stime


def _memory(pid: int) -> int:
    """Resident bytes of a process."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _memory_of_children() -> int:
    """Of the process that reads; there is one."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return sum(_memory(int(one)) for one in listed.read_text().split()) if listed.exists() else 0
