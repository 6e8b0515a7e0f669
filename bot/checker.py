"""The process that counts a campaign's audience, and ends: which campaign in on stdin, the counts out on
stdout, as JSON. It reads the store and cannot write it."""

import json
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

import crm_store.tables  # noqa: F401  (a campaign points to many of them)
from bot.freezer import rules_of
from bot.pipes import attend
from crm_store.engine import open_engine
from crm_store.marketing import campaigns, reckoning
from crm_store.marketing.facts import Fact


def count(order: dict[str, Any]) -> dict[str, Any]:
    """``order`` is what ``bot.checking`` asks for."""
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            return reckoning.reckon(
                session,
                campaign=campaigns.get(session, number=order["campaign"]),
                wanted=[Fact(one) for one in order["wanted"]],
                rules=rules_of(order["rules"]),
                zone=ZoneInfo(order["zone"]),
                now=datetime.fromisoformat(order["now"]),
            ).told()
    finally:
        engine.dispose()


if __name__ == "__main__":
    attend()
    json.dump(count(json.load(sys.stdin)), sys.stdout)
