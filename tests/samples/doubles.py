"""Customers who may be one, and what merging them would do, of an invented shop."""

from typing import Any

from crm_store.customers.duplicates import Likely
from crm_store.customers.merge_rules import Why
from crm_store.customers.tables import DuplicatePair, Purpose
from handlers.agent.records.duplicates import Line as Known
from handlers.manager.merge import Line
from handlers.manager.pairs import Side
from tests.samples.cards import BARE, CONTACTS, EVERYTHING, FULL, NOTHING
from tests.samples.rows import NOW, STAFF, TICKETS, WORDS, ago
from tests.talk import WORDS as TEXTS

REASONS = list(TEXTS.labels("en", "reasons"))
SIDES = [Side(FULL, EVERYTHING, CONTACTS), Side(BARE, NOTHING, [])]
PAIR = DuplicatePair(a_id=12, b_id=13, score=92.0, reasons=REASONS, found_at=NOW)
LINES = [Line("Name <x>", "A & B", why, other) for why in Why for other in ("", "<other>")]

_TWO = {"kept": FULL, "gone": BARE}
_NUMBERS = {"number": "C12", "into": "C13"}

FITTING: dict[str, list[dict[str, Any]]] = {
    "agent/dup/answer": [
        {"lines": lines}
        for lines in (
            [],
            [Known(Likely(FULL, 96.0, REASONS[:2]), STAFF[0]), Known(Likely(BARE, 35.0, REASONS[:1]), None)],
            [Known(Likely(BARE, 45.0, REASONS[4:5]), None)],
        )
    ],
    "agent/merge/merged": [{"ticket": TICKETS[0]}],
    "agent/merge/preview": [
        {"kept": TICKETS[0], "gone": TICKETS[1], "words": words} for words in ([WORDS, WORDS], [WORDS, ""])
    ],
    "agent/merge/usage": [{"manager": True}, {"manager": False}],
    "manager/merge/merged": [_TWO | {"days": 30}],
    "manager/merge/preview": [
        {"sides": SIDES, "lines": lines, "moves": moves, "withdrawn": withdrawn, "days": 30}
        for lines in ([], LINES)
        for moves in ([], [("7", 1200)], [("1", 3), ("2", 1)])
        for withdrawn in ([], list(Purpose))
    ],
    "manager/merge/unmerged": [_TWO],
    "manager/pairs/pair": [{"pair": PAIR, "sides": SIDES, "page": 1, "count": 12}],
    "refused/already_one": [_NUMBERS],
    "refused/merged_later": [{"number": "C12", "first": "C14"}],
    "refused/merged_long_ago": [{"number": "C12", "at": ago(days=31), "days": 30}],
    "refused/not_merged": [{"number": "C12", "taken": taken} for taken in ([], ["C13"], ["C13", "C14"])],
    "refused/tickets_of_two": [{"one": "T1", "other": "T2"}],
    "refused/two_telegrams": [_TWO],
}
"""By template."""
