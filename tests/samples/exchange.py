"""What the variables of the templates about imports, exports and API keys can hold."""

from datetime import timedelta
from typing import Any

from crm_store.exchange.keys import LONGEST_NAME
from crm_store.exchange.tables import ApiKey
from tests.talk import START

_KEYS = [
    ApiKey(id=1, name="web shop", token_hash="1", created_at=START),
    ApiKey(id=2, name="张 & Co", token_hash="2", salt="s", created_at=START, last_used_at=START),
    ApiKey(id=3, name="till", token_hash="3", created_at=START - timedelta(days=90)),
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
    "refused/bad_key_name": [{"name": "<b>", "longest": LONGEST_NAME}],
    "agent/job/failed": [{"kind": kind} for kind in ("import", "export")],
}
"""By template, where a name means something else or several go together."""
