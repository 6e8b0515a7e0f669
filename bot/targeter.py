"""The process that draws the targets of a month, and ends: JSON in, JSON out."""

import base64
import json
import sys
from collections.abc import Mapping
from typing import Any

from bot.pictures import targets
from bot.pictures.style import Style, Tongue
from bot.pipes import attend


def draw(order: Mapping[str, Any]) -> dict[str, str]:
    """``order``: the rows as ``targets.Standing.plain`` gives them, currency, language, tongues."""
    tongues = {language: Tongue(**one) for language, one in order["tongues"].items()}
    drawn = targets.draw(order["rows"], Style(order["language"], order["currency"], tongues))
    return {"png": base64.b64encode(drawn.png()).decode(), "alt": drawn.alt}


if __name__ == "__main__":
    attend()
    json.dump(draw(json.load(sys.stdin)), sys.stdout)
