"""What the variables of the templates about imports, exports and API keys can hold."""

from datetime import timedelta
from typing import Any

from crm_store.exchange.bad_files import Why
from crm_store.exchange.keys import LONGEST_NAME
from crm_store.exchange.tables import ApiKey, Fate, ImportState
from handlers.manager.imports import Column
from tests.talk import START

_KEYS = [
    ApiKey(id=1, name="web shop", token_hash="1", created_at=START),
    ApiKey(id=2, name="张 & Co", token_hash="2", salt="s", created_at=START, last_used_at=START),
    ApiKey(id=3, name="till", token_hash="3", created_at=START - timedelta(days=90)),
]

_FILE = 'Ann <3 & "张".csv'
_COUNTS: list[dict[str, int]] = [
    {fate.value: count for fate in Fate} | more
    for count, more in ((0, {}), (0, {"same": 3}), (1, {}), (12_000, {"duplicate": 0}))
]
_COLUMNS = [
    Column(0, "name <b>", "Bob & <b>", "name"),
    Column(1, "", "13800000000", "phone"),
    Column(2, "shoe size", "42", "field:3", "Size <&>"),
    Column(3, "x", "", ""),
]
_EXAMPLES = [(3, "bad_phone", "1390 <b>"), (7, "no_name", ""), (9, "contact_of", "C12")]
_IMPORTS = ("ask", "reading", "trying", "running", "undoing", "dropped", "kept", "result", "problems")

_EXPORTS = [
    {"subject": subject, "rows": rows, "filter": filter, "reason": "for <audit>"}
    for subject in ("customers", "orders", "tickets")
    for rows, filter in ((1, "tag:<b>"), (12_000, ""))
]

VALUES: dict[str, list[Any]] = {}
"""By name, where no template asks for something else."""

FITTING: dict[str, list[dict[str, Any]]] = {
    "agent/job/progress": [
        {"kind": kind, "done": done, "total": total}
        for kind in ("import", "export")
        for done, total in ((0, 0), (1, 1), (3000, 10_000))
    ],
    "owner/apikey/keys": [
        {"keys": []},
        {"keys": [(_KEYS[0], None), (_KEYS[1], "Bob & <b>"), (_KEYS[2], None)]},
    ],
    "owner/apikey/made": [
        {"api_key": _KEYS[0], "token": "zgk-x_1", "secret": None},
        {"api_key": _KEYS[1], "token": "zgk-x_1", "secret": "0a1b"},
    ],
    "owner/apikey/sure": [{"api_key": _KEYS[1]}],
    **{
        f"manager/export/{one}": [*_EXPORTS, {**_EXPORTS[0], "rows": None}]
        for one in ("nothing", "reason", "format", "running")
    },
    "manager/export/chosen": [{"format": one, "reason": "for <audit>"} for one in ("csv", "xlsx")],
    "manager/export/file": [
        {**one, "part": 1, "parts": parts, "zipped": zipped}
        for one in _EXPORTS
        for parts in (1, 3)
        for zipped in (False, True)
    ],
    "manager/export/done": [{**one, "parts": parts} for one in _EXPORTS for parts in (1, 3)],
    "refused/bad_selection": [{"word": "<b>", "subject": "orders", "states": ["draft", "paid"]}],
    "refused/bad_key_name": [{"name": "<b>", "longest": LONGEST_NAME}],
    "agent/job/failed": [{"kind": kind} for kind in ("import", "export")],
    **{f"manager/import/{one}": [{"name": _FILE, "most": 20}] for one in _IMPORTS},
    "manager/import/unclear": [{"name": _FILE, "subject": one} for one in ("customers", "orders")],
    "manager/import/columns": [{"name": _FILE, "columns": _COLUMNS}],
    "manager/import/column": [{"column": one} for one in _COLUMNS],
    "manager/import/checked": [
        {
            "name": _FILE,
            "subject": subject,
            "sheet": sheet,
            "sheets_left": sheets_left,
            "columns": _COLUMNS[:3],
            "unused": unused,
            "counts": counts,
            "examples": examples,
            "more": more,
            "policy": policy,
        }
        for subject, sheet, sheets_left, unused in (
            ("customers", None, [], []),
            ("orders", "Sheet <1>", ["other", "more"], _COLUMNS[3:] * 2),
        )
        for counts in _COUNTS
        for examples, more in (([], 0), (_EXAMPLES[:1], 0), (_EXAMPLES, 1234))
        for policy in ("leave", "update", "create")
    ],
    "manager/import/done": [
        {"name": _FILE, "subject": subject, "counts": counts}
        for subject in ("customers", "orders")
        for counts in _COUNTS
    ],
    "manager/import/undo": [
        {"name": _FILE, "subject": "customers", "counts": counts, "at": START} for counts in _COUNTS
    ],
    "manager/import/undone": [
        {"name": _FILE, "undone": 3, "count_left": 0, "left": []},
        {"name": _FILE, "undone": 3000, "count_left": 12, "left": [(3, "C12"), (4, "C13")]},
    ],
    "refused/bad_file": [{"why": why, "line": 7, "most": 20} for why in Why],
    "refused/import_over": [{"state": state} for state in ImportState],
}
"""By template, where a name means something else or several go together."""
