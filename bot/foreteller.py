"""The process that draws what the next weeks may bring, and ends: JSON in, JSON out."""

import base64
import json
import sys
from collections.abc import Mapping
from typing import Any

from bot.pictures import forecast
from bot.pictures.style import Style, Tongue
from bot.pipes import attend


def draw(order: Mapping[str, Any]) -> dict[str, str] | None:
    """``order``: the forecast, its currency, the reader's language, tongues. None where there is nothing to
    see."""
    tongues = {language: Tongue(**one) for language, one in order["tongues"].items()}
    drawn = forecast.draw(Style(order["language"], order["currency"], tongues), order["forecast"])
    if drawn is None:
        return None
    return {"png": base64.b64encode(drawn.png()).decode(), "alt": drawn.alt}


if __name__ == "__main__":
    attend()
    json.dump(draw(json.load(sys.stdin)), sys.stdout)
