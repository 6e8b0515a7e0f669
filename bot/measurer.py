"""The process that counts what a campaign did, draws it, or writes its members' fates to a file, and ends:
JSON in, JSON out. It reads the store and cannot write it."""

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import astuple, replace
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

import crm_store.tables  # noqa: F401  (a campaign's members point to many of them)
from bot.pipes import attend
from crm_store.analysis.service_summary import Window
from crm_store.engine import open_engine
from crm_store.exchange.cells import Cell
from crm_store.marketing import campaigns, fates, outcome, together
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign
from crm_store.money import decimals


def work(order: Mapping[str, Any]) -> dict[str, Any]:
    """``order`` is what ``bot.measuring`` asks for. An outcome and its picture out, or a file's ``data``, or
    what all campaigns did together."""
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    try:
        with Session(engine) as session:
            if order["do"] == "together":
                return _together(session, order)
            campaign = campaigns.get(session, number=order["campaign"])
            if order["do"] == "file":
                return _file(session, campaign, order)
            found = order["outcome"] or outcome.outcome(
                session, campaign=campaign, tracked=order["tracked"], now=_moment(order["now"])
            )
    finally:
        engine.dispose()
    return {"outcome": found, "picture": _picture(order, found) if order["tongues"] else None}


def _together(session: Session, order: Mapping[str, Any]) -> dict[str, Any]:
    return together.together(
        session,
        thousandths=order["thousandths"],
        window=Window(_moment(order["start"]), _moment(order["end"])),
        currency=order["currency"],
    )


def _picture(order: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, str] | None:
    from bot.pictures import campaigns as pictures
    from bot.pictures.style import Style, Tongue

    tongues = {language: Tongue(**one) for language, one in order["tongues"].items()}
    style = Style(order["language"], found["currency"], tongues)
    drawn = pictures.lift(style, number=f"M{order['campaign']}", outcome=found)
    return {"png": _packed(drawn.png()), "alt": drawn.alt} if drawn is not None else None


def _file(session: Session, campaign: Campaign, order: Mapping[str, Any]) -> dict[str, Any]:
    now, zone = _moment(order["now"]), ZoneInfo(order["zone"])
    start, end = outcome.span(campaign=campaign)
    rows = _rows(session, campaign, Window(start, min(end, now) if end else now), order)
    made = BytesIO()
    if order["format"] == "csv":
        from crm_store.exchange.csv_out import write_csv

        count = write_csv(made, order["headings"], rows, zone=zone)
    else:
        from crm_store.exchange.xlsx_out import write_xlsx

        count = write_xlsx(made, order["headings"], rows, zone=zone, title=campaign.number)
    return {"data": _packed(made.getvalue()), "rows": count}


def _rows(
    session: Session, campaign: Campaign, window: Window, order: Mapping[str, Any]
) -> Iterator[list[Cell]]:
    labels, digits = order["labels"], decimals(campaign.currency)
    for one in fates.every(session, campaign=campaign, window=window):
        word = (one.reason or "").partition(":")[0]
        arm = labels["member_states"]["holdout"] if one.state == MemberState.HOLDOUT else one.arm
        shown = replace(one, arm=arm, reason=labels["member_reasons"].get(word, word) or None)
        number, name, arm, state, *rest, net = astuple(shown)
        yield [
            f"C{number}",
            name,
            arm,
            labels["member_states"][state],
            *rest,
            Decimal(net).scaleb(-digits),
        ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def main() -> None:
    attend()
    json.dump(work(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
