"""The process that counts contacts, and ends: the store and the window in on stdin, figures out on stdout, as
JSON. It only reads, and tells no name and no word of anybody's."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.pipes import attend
from crm_store.analysis import talks
from crm_store.analysis.service_summary import Window
from crm_store.engine import open_engine
from crm_store.service.conversation import Manner
from crm_store.service.transcript import Incoming
from handlers.desk import Desk, Hours
from handlers.incoming import manner_of
from handlers.words import Words


def count(order: dict[str, Any]) -> dict[str, Any]:
    """``order`` is what ``bot.talking`` asks for."""
    words = Words(Path(order["templates"]) if order["templates"] else None)
    desk = Desk(name="", timezone=ZoneInfo(order["zone"]), hours=Hours.parse(order["hours"]))

    def is_courtesy(text: str) -> bool:
        return manner_of(Incoming(0, 0, "text", text), words) == Manner.CLOSER

    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            window = Window(*(datetime.fromisoformat(order[edge]) for edge in ("start", "end")))
            found = talks.count(
                session,
                window=window,
                zone=desk.timezone,
                openings=desk.openings,
                is_courtesy=is_courtesy,
            )
    finally:
        engine.dispose()
    return asdict(found)


if __name__ == "__main__":
    attend()
    json.dump(count(json.load(sys.stdin)), sys.stdout)
