"""The process that finds a page of customers by a filter, and ends: JSON in, JSON out. It only reads."""

import json
import os
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

import crm_store.tables  # noqa: F401  (a filter points to many of them)
from bot.pipes import NICENESS
from crm_store.customers import filters
from crm_store.engine import open_engine
from crm_store.staff.tables import Staff
from handlers.agent.records import filtered_page


def find(order: dict[str, Any]) -> dict[str, Any]:
    """``order`` is what ``bot.finding`` asks for."""
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            by = session.get_one(Staff, order["staff"])
            filtered = filters.read(
                session,
                order["text"],
                by=by,
                zone=ZoneInfo(order["zone"]),
                currency=order["currency"],
                now=datetime.fromisoformat(order["now"]),
            )
            found = filtered_page.look(session, filtered=filtered, by=by, cursor=order["cursor"])
            return found.told()
    finally:
        engine.dispose()


if __name__ == "__main__":
    os.nice(NICENESS)
    json.dump(find(json.load(sys.stdin)), sys.stdout)
