"""The process that counts days: the store's address, the zone and the days in, one message a day out. It only
reads, and ends."""

import sys
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.pipes import attend, say, unframed
from crm_store.analysis import day_keeping
from crm_store.engine import open_engine


def main() -> None:
    attend()
    order: dict[str, Any] = unframed(sys.stdin.buffer)
    zone = ZoneInfo(order["zone"])
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        for day in order["days"]:
            with Session(engine) as session:  # each day as it is now: who listens may take their time
                counted = day_keeping.count(session, day=date.fromisoformat(day), zone=zone)
            say(counted.told())
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
