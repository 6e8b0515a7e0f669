"""Tiers and groups of a million customers with ten million orders, on both databases; and writing them."""

import json
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Session

from crm_store.analysis import clusters, nightly, rfm, scores
from crm_store.analysis.tables import CustomerScore
from crm_store.engine import open_engine, transaction
from tests.benchmarks import alone, ledger
from tests.benchmarks.ledger import UNTIL
from tests.benchmarks.line import Line, at_most

BATCHES = 40
"""Of scores that are written, to see how long one holds up the conversation."""

DIALECTS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def run() -> Iterator[Line]:
    for dialect, name in DIALECTS.items():
        with ledger.kept(dialect) as url:
            told = alone.measured("tests.benchmarks.segments", url)
        what = f"tiers and groups of 1 M customers, 10 M orders, {name}"
        parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in told["parts"].items())
        parts += f"; of the processor {told['cpu']:.1f} s"
        limit = 20 if dialect == "sqlite" else None
        total = sum(told["parts"].values())
        yield (
            at_most(what, total, limit, "s", f"({parts})")
            if limit
            else Line(what, f"{total:.1f} s ({parts})")
        )
        yield at_most(f"its memory, {name}", told["megabytes"], 1024, "MB")
        what = f"writing {scores.BATCH} scores in a unit of work, {name}"
        yield at_most(what, told["write_ms"], 20, "ms", f"({told['slowest_ms']:.0f} ms at most)")


def measure(url: str) -> dict[str, Any]:
    engine = open_engine(url, read_only=True)
    parts: dict[str, float] = {}
    with Session(engine) as session:
        start, cpu = time.perf_counter(), time.process_time()
        night = nightly.begin(session, as_of=UNTIL, zone=ZoneInfo("Asia/Shanghai"), currency="CNY", now=UNTIL)
        parts["reading"] = time.perf_counter() - start
        for name, analysis in (("tiers", rfm.nightly), ("groups", clusters.nightly)):
            start = time.perf_counter()
            analysis(night)
            parts[name] = time.perf_counter() - start
    cpu = time.process_time() - cpu
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.dispose()
    engine = open_engine(url)
    took, after = [], 0
    for rows in islice(scores.batches(night), BATCHES):
        start = time.perf_counter()
        with transaction(engine) as session:
            scores.write(session, rows=rows, after=after, as_of=UNTIL)
        took.append((time.perf_counter() - start) * 1000)
        after = rows[-1][0]
    with transaction(engine) as session:
        session.execute(delete(CustomerScore))
    engine.dispose()
    return {
        "parts": parts,
        "cpu": cpu,
        "megabytes": megabytes,
        "write_ms": median(took),
        "slowest_ms": max(took),
    }


if __name__ == "__main__":
    json.dump(measure(sys.argv[1]), sys.stdout)
