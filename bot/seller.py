"""The process that counts sales, or writes them to a file, and ends: JSON in, JSON out. It only reads."""

import base64
import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.pipes import attend
from crm_store.engine import open_engine
from crm_store.exchange.csv_out import write_csv
from handlers.desk import Desk
from handlers.manager import brief, sales, sales_file, stats, targets
from handlers.words import Words


def work(order: dict[str, Any]) -> dict[str, Any]:
    """``order`` is what ``bot.selling`` asks for: figures out, or a file's ``name`` and ``data``."""
    desk = Desk(
        name="",
        timezone=ZoneInfo(order["zone"]),
        currency=order["currency"],
        margin_percent=order["margin_percent"],
    )
    asked, by = sales.heard(order["asked"])
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            if not order["asked"]["format"]:
                return sales.count(session, asked=asked, by=by, desk=desk)
            if order["asked"]["format"] == stats.STATS:
                return stats.count(session, asked=asked, desk=desk)
            if order["asked"]["format"] == brief.BRIEF:
                return brief.count(session, asked=asked, desk=desk)
            if order["asked"]["format"] == targets.TARGETS:
                return targets.count(session, asked=asked, desk=desk)
            words = Words(Path(order["templates"]) if order["templates"] else None)
            made = sales_file.table(
                session, asked=asked, by=by, desk=desk, words=words, language=order["language"]
            )
    finally:
        engine.dispose()
    target = BytesIO()
    if order["asked"]["format"] == "csv":
        write_csv(target, made.headings, made.rows, zone=desk.timezone)
    else:
        from crm_store.exchange.xlsx_out import write_xlsx  # what writes it takes long to load

        write_xlsx(target, made.headings, made.rows, zone=desk.timezone, title=made.title)
    name = f"{made.title}-{made.days}.{order['asked']['format']}"
    return {"name": name, "data": base64.b64encode(target.getvalue()).decode()}


if __name__ == "__main__":
    attend()
    json.dump(work(json.load(sys.stdin)), sys.stdout)
