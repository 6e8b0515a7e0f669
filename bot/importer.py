"""The process that reads a file somebody sent, and ends. It looks into the store and writes nothing there.

On stdin it is told what to do; on stdout it says what it finds, and waits for a word after each batch that
the bot is to write. Reading, normalising, comparing and the search's keys happen here, out of the way of the
conversation.
"""

import gc
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from bot.pipes import attend, say, unframed
from crm_store.customers import fields
from crm_store.engine import open_engine
from crm_store.exchange import headers, reading
from crm_store.exchange.bad_files import BadFile, Why
from crm_store.exchange.cells_in import told
from crm_store.exchange.customer_plan import CustomerPlan, Terms
from crm_store.exchange.deciding import Decision, Policy
from crm_store.exchange.headers import Layout
from crm_store.exchange.imports import BATCH_ROWS
from crm_store.exchange.order_plan import OrderPlan
from crm_store.exchange.reading import Row, Table
from crm_store.exchange.results import PROBLEMS, Fates, Told, TriedFates, write_problems, write_results
from crm_store.exchange.tables import Fate, Subject

FIRST_ROWS = 50
"""Read to see what the columns are."""

EXAMPLES = 5
"""Rows that the dry run shows of those it would not take."""

SAY_EVERY = 2000
MEMORY_BYTES = 2 << 30

Plan = CustomerPlan | OrderPlan
Items = Iterator[Any]
"""What the plan makes of rows: its own kind of item, given back to it."""


def hear() -> Any:
    message = unframed(sys.stdin.buffer)
    if message is None:
        raise SystemExit(0)  # nobody listens any more
    return message


@contextmanager
def rows_of(table: Table, layout: Layout) -> Iterator[Iterator[Row]]:
    """The rows below the headings."""
    with table.rows() as rows:
        yield (row for row in rows if row.line > layout.header)


def lay_out(order: Mapping[str, Any], engine: Engine) -> tuple[Table, Layout]:
    """How the file is read and what its columns are: as a person agreed, else as they look."""
    table = reading.look(Path(order["path"]))
    with table.rows() as rows:
        first = list(islice(rows, FIRST_ROWS))
    if not first:
        raise BadFile(Why.EMPTY)
    subject = Subject(order["subject"]) if order["subject"] else None
    with Session(engine) as session:
        own = {one.name: one.id for one in fields.all(session)}
    found = headers.guess(first, own=own, subject=subject)
    if order["mapping"] is not None:
        found = Layout(
            found.subject, found.preset, found.header, found.headings, found.samples, dict(order["mapping"])
        )
    return table, found


def check(order: Mapping[str, Any], engine: Engine) -> None:
    """The dry run: every row is decided, none is written."""
    table, layout = lay_out(order, engine)
    read = {"encoding": table.encoding, "separator": table.separator, "sheet": table.sheet}
    say(
        {
            "layout": {
                "subject": layout.subject.value,
                "preset": layout.preset,
                "header": layout.header,
                "headings": layout.headings,
                "samples": layout.samples,
                "mapping": layout.mapping,
            },
            "read": {**read, "left": list(table.left)},
        }
    )
    if not headers.is_enough(layout):
        say({"unclear": True})
        return
    counts = dict.fromkeys(Fate, 0)
    examples: list[tuple[int, str, str | None]] = []
    plan = _plan(order, layout, engine, dry=True)
    fates = TriedFates()
    done = said = 0
    with rows_of(table, layout) as rows:
        for decisions, _ in _batches(plan, iter(plan.items(rows))):
            for one in decisions:
                counts[one.fate] += 1
                if one.fate in PROBLEMS and len(examples) < EXAMPLES:
                    examples.append((one.line, one.fate.value, one.reason))
            fates.add(decisions)
            done += len(decisions)
            if done - said >= SAY_EVERY:
                said = done
                say({"done": done})
    if not done:
        raise BadFile(Why.NO_ROWS)
    if counts[Fate.REFUSED] + counts[Fate.DUPLICATE]:
        write_problems(Path(order["folder"]) / "problems.csv", table, layout, fates, _told(order))
    say({"checked": {fate.value: count for fate, count in counts.items()}, "examples": examples})


def run(order: Mapping[str, Any], engine: Engine) -> None:
    """Decide batch by batch, each after the one before is written; then the files that say what became of
    each row."""
    table, layout = lay_out(order, engine)
    plan = _plan(order, layout, engine, dry=False)
    written = Fates(engine, order["import"])
    with rows_of(table, layout) as rows:
        items: Items = iter(plan.items(rows))
        if order["until"]:
            items = _skip(plan, items, written, order["until"])
        pending = list(islice(items, BATCH_ROWS))
        has_problems = bool(order["until"])  # what an earlier run left out is looked up
        planned = plan.plan(pending) if pending else ([], None)
        while pending:
            decisions, batch = planned
            assert batch is not None
            has_problems |= any(one.fate in PROBLEMS for one in decisions)
            say({"batch": batch.as_json()})
            # While the bot writes, the next batch is read and, as far as it can be, decided.
            following = _after(pending, decisions)
            following += islice(items, BATCH_ROWS - len(following))
            for one in following:
                plan.prepare(one)
            ahead = plan.ahead(following, unwritten=pending[0].line) if following else ([], None)
            if hear() == "again":
                pending, ahead = [*_until(pending, decisions), *following], ([], None)
            else:
                pending = following
            planned = ahead if ahead[0] or not pending else plan.plan(pending[:BATCH_ROWS])
    folder, told = Path(order["folder"]), _told(order)
    say({"written": True})
    write_results(folder / "result.csv", table, layout, written, told)
    if has_problems:
        write_problems(folder / "problems.csv", table, layout, written, told)
    say({"finished": True})


def _after(pending: list[Any], decisions: list[Decision]) -> list[Any]:
    """What is left when these lines are decided."""
    last = decisions[-1].line
    return [one for one in pending if one.line > last]


def _until(pending: list[Any], decisions: list[Decision]) -> list[Any]:
    """What these lines were decided of."""
    last = decisions[-1].line
    return [one for one in pending if one.line <= last]


def _batches(plan: Plan, items: Items) -> Iterator[tuple[list[Decision], Any]]:
    pending: list[Any] = []
    while True:
        pending += islice(items, BATCH_ROWS - len(pending))
        if not pending:
            return
        decisions, batch = plan.plan(pending)
        yield decisions, batch
        pending = _after(pending, decisions)


def _skip(plan: Plan, items: Items, fates: Fates, until: int) -> Items:
    """What an earlier run wrote is only remembered."""
    for item in items:
        if item.line <= until:
            plan.skip(item, {line: found.fate for line, found in fates.of(item.lines).items()})
        else:
            yield item
            yield from items
            return


def _plan(order: Mapping[str, Any], layout: Layout, engine: Engine, *, dry: bool) -> Plan:
    terms = Terms(
        mapping=layout.mapping,
        policy=Policy(order["policy"]),
        system=layout.preset or order["system"],
        source=order["source"],
        currency=order["currency"],
        languages=order["languages"],
        timezone=order["timezone"],
        sale=order["words"]["import"]["sale"],
    )
    return (OrderPlan if layout.subject == Subject.ORDERS else CustomerPlan)(engine, terms, dry=dry)


def _told(order: Mapping[str, Any]) -> Told:
    """The words of the files that go back, in the language of who sent the file."""
    words = order["words"]

    def reason(kept: str) -> str:
        code, detail = told(kept)
        sentence: str = words["import_reasons"][code]
        return sentence.format(detail=detail)

    return Told(words["import_headings"], lambda fate: str(words["fates"][fate.value]), reason)


def main() -> None:
    attend()
    gc.freeze()
    gc.set_threshold(
        100_000, 20, 100
    )  # rows make no circles: looking for some would take a fifth of the time
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))
    order = hear()
    engine = open_engine(order["store_url"], key=order["store_key"], read_only=True)
    try:
        {"check": check, "run": run}[order["task"]](order, engine)
    except BadFile as refusal:
        say({"bad_file": refusal.facts})
    except MemoryError:  # a cell, or a table of styles, of a gigabyte; trying again would not help
        say({"bad_file": BadFile(Why.UNPACKED, most=MEMORY_BYTES >> 20).facts})
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
