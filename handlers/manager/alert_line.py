"""An alert as people type it: backlog > 20, 销售额 变化 < -30%, 等待 > 2小时 间隔 30分钟."""

import re
import unicodedata
from dataclasses import dataclass

from crm_store import money
from crm_store.money import Unreadable
from crm_store.reports.alerts import COOL_DOWN_MINUTES
from crm_store.reports.readings import Metric, Unit, unit_of
from crm_store.reports.tables import AlertKind
from handlers.words import Words

MOST_MINUTES = 7 * 24 * 60
_COOL_DOWN = re.compile(
    r"^(?P<rest>.*?)[,;\s]*(?:every|cool-?down|间隔|冷却|每)\s*(?:(?P<n>\d{1,5})\s*)?(?P<unit>[a-z]*|分钟|分|小时|天)$"
)
_SPAN = re.compile(r"^(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]*|分钟|分|小时|天|秒)$")
_COUNT = re.compile(r"^(?P<n>\d[\d,]*(?:\.\d+)?)\s*(?:个|单|位|次|条|件|人|分|tickets?|orders?|customers?)?$")
_MOVED = re.compile(r"^(?:by)?\s*[<>]?=?\s*(?P<percent>[+-]?\d+(?:\.\d+)?\s*%)$")
_PERCENT = re.compile(r"^[+-]?(?P<n>\d+(?:\.\d+)?)\s*%?$")
_SIGN = re.compile(r"^(?P<left>[^<>]+)(?P<sign>[<>])(?P<equal>=?)(?P<right>[^<>]+)$")
_EQUAL = {0x2264: "<=", 0x2265: ">="}
"""What telephones have for them."""
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
"""By key of ``[alert_units]``; a bare number is minutes."""


@dataclass(frozen=True)
class Line:
    metric: Metric
    kind: AlertKind
    sign: str
    level: float
    cool_down_minutes: int


class NotAnAlert(ValueError):
    """``problem``: metric, sign, level, cool_down; ``text`` is what could not be read."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(problem)
        self.problem, self.text = problem, text


def read(text: str, *, words: Words, currency: str) -> Line:
    """Raises NotAnAlert."""
    said = " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_EQUAL).split())
    said, minutes = _cool_down(said, words)
    if (head := _without(said, words.listed("alert_words", "unusual"))) is not None:
        return Line(_metric(head, words), AlertKind.ANOMALY, ">", 0.0, minutes)
    if (moved := _moved(said, words, minutes)) is not None:
        return moved
    found = _SIGN.match(_with_signs(said, words))
    if found is None:
        _metric(said, words)
        raise NotAnAlert("sign", text)
    left, sign, right = (found[key].strip() for key in ("left", "sign", "right"))
    if (head := _without(left, words.listed("alert_words", "change"))) is not None:
        fraction = _fraction(right)
        return Line(
            _metric(head, words), AlertKind.CHANGE, sign, fraction if sign == ">" else -fraction, minutes
        )
    metric = _metric(left, words)
    level = _level(right, unit_of(metric), words, currency)
    if found["equal"] and unit_of(metric) == Unit.COUNT:
        level += -1 if sign == ">" else 1
    return Line(metric, AlertKind.THRESHOLD, sign, level, minutes)


def _cool_down(said: str, words: Words) -> tuple[str, int]:
    found = _COOL_DOWN.match(said)
    if found is None:
        return said, COOL_DOWN_MINUTES
    if found["n"] is None and not found["unit"]:
        return said, COOL_DOWN_MINUTES
    minutes = int(found["n"] or 1) * (_unit(found["unit"], words) or 0) // 60
    if not 1 <= minutes <= MOST_MINUTES:
        raise NotAnAlert("cool_down", (found["n"] or "") + found["unit"])
    return found["rest"], minutes


def _moved(said: str, words: Words, minutes: int) -> Line | None:
    """Sales down 30%: a metric, that it fell or rose, and by how many per cent."""
    moves = [
        (word, sign)
        for key, sign in (("up", ">"), ("down", "<"))
        for word in words.listed("alert_words", key)
    ]
    for word, sign in sorted(moves, key=lambda one: -len(one[0])):
        head, found, rest = said.partition(word)
        percent = _MOVED.match(_with_signs(rest.strip(), words)) if found and head.strip() else None
        if percent is not None:
            fraction = _fraction(percent["percent"])
            return Line(
                _metric(head.strip(), words),
                AlertKind.CHANGE,
                sign,
                fraction if sign == ">" else -fraction,
                minutes,
            )
    return None


def _with_signs(said: str, words: Words) -> str:
    """Words such as above and below as signs, the longest first."""
    signs = [
        (word, sign)
        for sign, key in ((">", "above"), ("<", "below"))
        for word in words.listed("alert_words", key)
    ]
    for word, sign in sorted(signs, key=lambda one: -len(one[0])):
        if word in said:
            return said.replace(word, sign, 1)
    return said


def _without(said: str, endings: frozenset[str]) -> str | None:
    """What stands before the longest of these endings; None where it ends with none of them."""
    for word in sorted(endings, key=len, reverse=True):
        if said.endswith(word) and said != word:
            return said.removesuffix(word).strip()
    return None


def _metric(said: str, words: Words) -> Metric:
    for metric in Metric:
        if said == metric or said in words.listed("alert_metric_words", metric):
            return metric
    raise NotAnAlert("metric", said)


def _fraction(said: str) -> float:
    found = _PERCENT.match(said)
    if found is None or not float(found["n"]):
        raise NotAnAlert("level", said)
    return float(found["n"]) / 100


def _level(said: str, unit: Unit, words: Words, currency: str) -> float:
    if unit == Unit.SECONDS:
        span = _SPAN.match(said)
        seconds = _unit(span["unit"], words) if span is not None else None
        if span is None or seconds is None:
            raise NotAnAlert("level", said)
        return float(span["n"]) * seconds
    try:
        if unit == Unit.MONEY:
            return float(money.read(said, currency=currency))
        found = _COUNT.match(said)
        return float((found["n"] if found is not None else said).replace(",", ""))
    except (Unreadable, ValueError):
        raise NotAnAlert("level", said) from None


def _unit(said: str, words: Words) -> int | None:
    """Seconds of a unit of time; None for what is none."""
    if not said:
        return _SECONDS["minutes"]
    return next((n for key, n in _SECONDS.items() if said in words.listed("alert_units", key)), None)
