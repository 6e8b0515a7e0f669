"""Sales week by week, and what the next weeks may bring, with the range of it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from bot.pictures import lines
from bot.pictures.style import Drawn, Style

WEEKS = 26
"""Past weeks that are shown."""

Figures = Mapping[str, Any]


def draw(style: Style, forecast: Figures) -> Drawn | None:
    """``forecast`` is what the night found (``crm_store.analysis.forecast``); None where it is too little."""
    if forecast["too_little"]:
        return None
    past = forecast["past"][-WEEKS:]
    begun = date.fromisoformat(forecast["from"])
    said, low, high = zip(*forecast["weeks"], strict=True)
    total, least, most = (style.money(one) for one in forecast["total"])
    errors = {name: total_error for name, _, _, total_error in forecast["errors"]}
    values = {"total": total, "low": least, "high": most, "weeks": len(said)}
    figure = lines.expected(
        style,
        title=style.label("forecast_title", **values),
        days=[date.fromisoformat(day) for day, _ in past],
        values=[value for _, value in past],
        ahead_days=[begun + timedelta(weeks=at) for at in range(len(said))],
        ahead=said,
        low=low,
        high=high,
        shown=style.money,
        n=style.label("forecast_n", n=style.number(len(forecast["past"]))),
        method=style.label(
            "forecast_method",
            rule=style.term("forecasts", forecast["rule"]),
            error=style.percent(errors[forecast["rule"]]),
        ),
    )
    return Drawn("forecast", figure, style.alt("forecast_alt", **values))
