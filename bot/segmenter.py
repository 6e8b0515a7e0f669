"""The process that counts who belongs to a segment, and ends: its filter in on stdin, the counts out on
stdout, as JSON. It reads the store and cannot write it."""

import json
import os
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

import crm_store.tables  # noqa: F401  (a filter points to many of them)
from bot.freezer import rules_of
from bot.pipes import NICENESS
from crm_store.engine import open_engine
from crm_store.marketing import segments
from crm_store.marketing.segments import Reading


def count(order: dict[str, Any]) -> dict[str, Any]:
    """``order`` is what ``bot.segmenting`` asks for."""
    now = datetime.fromisoformat(order["now"])
    reading = Reading(ZoneInfo(order["zone"]), order["currency"], now)
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            filtered = segments.read(session, text=order["filter"], reading=reading)
            rules = rules_of(order["rules"])
            return segments.look(session, filtered=filtered, rules=rules, now=now, most=order["most"]).told()
    finally:
        engine.dispose()


if __name__ == "__main__":
    os.nice(NICENESS)
    json.dump(count(json.load(sys.stdin)), sys.stdout)
