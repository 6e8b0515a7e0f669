"""The process that concludes from contacts how customers are best reached, and ends: the store's address in
on stdin, what is new out on stdout, as JSON. It only reads."""

import json
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.pipes import attend
from crm_store.customers import habits
from crm_store.engine import open_engine


def observe(order: dict[str, str]) -> list[list[Any]]:
    """``order``: the store's url and key, the desk's zone, now. Conclusions as (customer, topic, guess)."""
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            zone, now = ZoneInfo(order["zone"]), datetime.fromisoformat(order["now"])
            found = habits.news(session, zone=zone, now=now)
            return [[one.customer_id, one.topic, one.guess] for one in found]
    finally:
        engine.dispose()


if __name__ == "__main__":
    attend()
    json.dump(observe(json.load(sys.stdin)), sys.stdout)
