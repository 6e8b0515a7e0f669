"""The process that finds a campaign's members and ends: which campaign in on stdin; how many there are, then
the members chunk by chunk out on stdout, each after a word from whoever writes them down. It reads the store
and cannot write it."""

import sys
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

import crm_store.tables  # noqa: F401  (a campaign's members point to many of them)
from bot.pipes import attend, say, unframed
from crm_store.engine import open_engine
from crm_store.marketing import campaigns, freezing
from crm_store.marketing.rules import Rules


def order_of(rules: Rules) -> dict[str, Any]:
    """Rules as they go through the pipe."""
    return {
        "per_day": rules.per_day,
        "per_week": rules.per_week,
        "approval_above": rules.approval_above,
        "quiet_from": rules.quiet_from.isoformat(),
        "quiet_to": rules.quiet_to.isoformat(),
        "holdout": rules.holdout,
    }


def rules_of(told: dict[str, Any]) -> Rules:
    times = {key: time.fromisoformat(told[key]) for key in ("quiet_from", "quiet_to")}
    return Rules(**{**told, **times})


def main() -> None:
    attend()
    order = unframed(sys.stdin.buffer)
    engine = open_engine(order["url"], key=order["key"], read_only=True)
    with Session(engine) as session:
        campaign = campaigns.get(session, number=order["campaign"])
        total, chunks = freezing.plan(
            session,
            campaign=campaign,
            rules=rules_of(order["rules"]),
            zone=ZoneInfo(order["zone"]),
            now=datetime.fromisoformat(order["now"]),
        )
        say({"total": total})
        for chunk in chunks:
            say({"members": chunk})
            if unframed(sys.stdin.buffer) is None:
                raise SystemExit(0)  # nobody listens any more
        say({"members": []})


if __name__ == "__main__":
    main()
