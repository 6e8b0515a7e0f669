"""The process that looks for customers who may be one person, and ends: the store's address in on stdin, the
pairs out on stdout, as JSON. It only reads."""

import json
import sys
from typing import Any

from sqlmodel import Session

from bot.pipes import attend
from crm_store.customers import pairing, pairs
from crm_store.engine import open_engine


def look(order: dict[str, str]) -> list[list[Any]]:
    """``order``: the store's url and key. Pairs as (a, b, score, reasons), best first."""
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            people = list(pairs.people(session))  # the store is let go before the long part
    finally:
        engine.dispose()
    return [list(pair) for pair in pairing.pairs(people)]


if __name__ == "__main__":
    attend()
    json.dump(look(json.load(sys.stdin)), sys.stdout)
