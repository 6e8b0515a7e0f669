"""The process that finds out every night what there is to know, and ends. It reads the store and writes
nothing there: customers' scores go out a batch at a time, each waiting until it was written, then what each
analysis found.
"""

import json
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.pipes import attend, say, unframed
from crm_store.analysis import nightly, scores
from crm_store.engine import open_engine


def analyse(order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """``order``: the store's url and key, as_of, zone, currency, now, margin. First ``{"rows": …}`` of
    scores, ascending by customer; last what was found and what failed."""
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            night = nightly.begin(
                session,
                as_of=datetime.fromisoformat(order["as_of"]),
                zone=ZoneInfo(order["zone"]),
                currency=order["currency"],
                now=datetime.fromisoformat(order["now"]),
                margin=order["margin"],
            )
            outcomes = list(nightly.run(night))
    finally:
        engine.dispose()
    for rows in scores.batches(night):
        yield {"rows": rows}
    yield {
        "found": [_told(one) for one in outcomes if one.found is not None],
        "failed": {one.kind: _where(one.error) for one in outcomes if one.error is not None},
    }


def _told(outcome: nightly.Outcome) -> dict[str, Any]:
    found = outcome.found
    assert found is not None
    return {
        "kind": outcome.kind,
        "n": found.n,
        "method": found.method,
        "result": json.loads(json.dumps(found.result, allow_nan=False)),
        "window_start": found.window_start.isoformat() if found.window_start else None,
        "seconds": round(outcome.seconds, 3),
    }


def _where(error: BaseException) -> str:
    """What went wrong and where: values of ours, which may be a customer's, are not in it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {place.name}, line {place.lineno}"


def main() -> None:
    attend()
    for told in analyse(unframed(sys.stdin.buffer)):
        say(told)
        if "rows" in told and unframed(sys.stdin.buffer) is None:
            return  # nobody listens any more


if __name__ == "__main__":
    main()
