"""Everything the night finds of goods and time, of ten million orders, on both databases."""

import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from crm_store.analysis import nightly
from crm_store.analysis.tables import AnalysisKind
from crm_store.engine import open_engine
from tests.benchmarks import alone, ledger
from tests.benchmarks.ledger import UNTIL
from tests.benchmarks.line import Line
from tests.benchmarks.segments import DIALECTS

KINDS = (
    AnalysisKind.DEMAND,
    AnalysisKind.BASKETS,
    AnalysisKind.SEQUENCES,
    AnalysisKind.COHORTS,
    AnalysisKind.FORECAST,
    AnalysisKind.POTENTIAL,
    AnalysisKind.BEHAVIOUR,
)


def run() -> Iterator[Line]:
    for dialect, name in DIALECTS.items():
        with ledger.kept(dialect) as url:
            told = alone.measured("tests.benchmarks.goods", url)
        parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in told["parts"].items())
        yield Line(
            f"goods and time of 1 M customers, 10 M orders, {name}",
            f"{sum(told['parts'].values()):.1f} s ({parts})",
        )
        yield Line(f"its memory, the ledger's included, {name}", f"{told['megabytes']:.0f} MB")


def measure(url: str) -> dict[str, Any]:
    engine = open_engine(url, read_only=True)
    parts: dict[str, float] = {}
    with Session(engine) as session:
        night = nightly.begin(session, as_of=UNTIL, zone=ZoneInfo("Asia/Shanghai"), currency="CNY", now=UNTIL)
        start = time.perf_counter()
        lines = len(night.goods)
        parts[f"reading {lines:,} lines, one customer in {night.goods.one_in}"] = time.perf_counter() - start
        for kind in KINDS:
            start = time.perf_counter()
            nightly.ANALYSES[kind](night)
            session.rollback()
            parts[kind] = time.perf_counter() - start
    engine.dispose()
    return {"parts": parts, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
