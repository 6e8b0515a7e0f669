"""The process that trains the classifier and ends: lessons in on stdin, the model out on stdout, as JSON.

It is a process of its own because training takes seconds of a whole core and 200 MB, none of which the bot
has to spare. It knows no store and no secret.
"""

import base64
import json
import sys
from typing import Any

from bot.pipes import attend
from crm_store.analysis.intent import ForeignModel, IntentModel
from crm_store.analysis.training import Correction, retrain
from crm_store.service.states import Kind


def learn(order: dict[str, Any]) -> dict[str, Any]:
    """``order``: lessons as [text, kind] pairs, and the bytes of the model in use, if any, in base64."""
    corrections = [Correction(text, Kind(kind)) for text, kind in order["lessons"]]
    outcome = retrain(_model(order["current"]), corrections)
    return {
        "data": base64.b64encode(outcome.model.to_bytes()).decode(),
        "kept": outcome.kept,
        "before": outcome.before,
        "after": outcome.after,
        "n": outcome.n,
    }


def _model(encoded: str | None) -> IntentModel | None:
    if encoded is None:
        return None
    try:
        return IntentModel.from_bytes(base64.b64decode(encoded))
    except ForeignModel:
        return None


if __name__ == "__main__":
    attend()
    json.dump(learn(json.load(sys.stdin)), sys.stdout)
