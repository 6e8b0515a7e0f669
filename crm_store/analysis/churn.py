"""Who may not come back: the chance of no order within the shop's own window, and what speaks for it.

The window is twice the usual gap between orders, 30 to 180 days. A recipe learns from customers as they were
three windows ago, is calibrated on two windows ago and judged on one window ago, each with what came in the
window after. What is said of today comes from the same recipe one window later. Where no model beats the
simplest rule (who has been away longest), the rule is used.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis import calibration, churn_features, leaderboard, purchases
from crm_store.analysis.aligning import spread
from crm_store.analysis.calibration import Scale
from crm_store.analysis.churn_features import FEATURES, Books, View, gone_after, usual_gap, view
from crm_store.analysis.churn_reasons import reasons
from crm_store.analysis.leaderboard import CANDIDATES, Leaderboard, Rows, auc, learnt, predicted
from crm_store.analysis.night import Found, Night
from crm_store.analysis.purchases import Purchases
from crm_store.analysis.value_model import midnight

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHORTEST, LONGEST = 30, 180
CUTS = 3
LEAST_CUSTOMERS = 100
LEAST_OF_A_KIND = 30
"""So many at least must have been lost, and so many have stayed, in each period."""

MOST_LEARNT = 50_000
"""Customers of each time before: more would cost memory and teach nothing."""

CAPACITY = 0.1
"""The part of the customers that a shop can take the time to write to."""

AT_RISK = 0.5
WINNABLE = 2
"""Windows: whoever has been away for longer is lost already."""

GOOD = 0.8
"""Good customers: the fifth of those who came again that brought most."""

LISTED = 100
"""So many customers a list names: more than anybody writes to."""

NAIVE = {"recency": FEATURES.index("recency"), "recency_over_gap": FEATURES.index("ratio")}
"""The simplest rules first: each is one of the features."""


@dataclass(frozen=True)
class Risks:
    """``risk`` (0 to 1) and ``reasons`` (keys of ``[risk_reasons]``, strongest first) of the customers of
    ``of``; None where too little is known. ``result`` is JSON for a snapshot."""

    method: str
    of: Purchases | None
    risk: Floats
    reasons: list[list[str]]
    result: dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """A rule or model, and the scale that makes chances of its scores."""

    name: str
    model: Any
    scale: Scale

    def scores(self, x: Floats) -> Floats:
        return _scores(self.name, self.model, x)

    def chances(self, x: Floats) -> Floats:
        return self.scale.chances(self.scores(x))


def nightly(night: Night) -> Found:
    """Scores every customer of the night who is not long gone, for the registry."""
    window, cuts = plan(night.purchases)
    today = churn_features.of_ledger(night.session, night.ledger)
    night.session.rollback()
    found = score(today, _books_before(night, window=window, cuts=cuts), window=window)
    if found.of is not None:
        why = np.empty(len(found.reasons), dtype=object)
        why[:] = found.reasons
        night.score(found.of, risk=np.round(found.risk, 4), reasons=why)
        found.result["value_at_risk"] = _value_at_risk(night)
    return Found(n=len(night.purchases), method=f"{found.method} 1", result=found.result)


def _books_before(night: Night, *, window: int, cuts: int) -> Iterator[Books]:
    """Of one window ago, two, three: one at a time, since each is as large as the store."""
    for ago in range(1, cuts + 1):
        cut = midnight(night.purchases.as_of_day - window * ago, night.purchases)
        then = purchases.rewound(night.session, night.ledger, as_of=cut)
        books = churn_features.of_ledger(night.session, then)
        night.session.rollback()
        yield books


def _value_at_risk(night: Night) -> dict[str, Any] | None:
    """Of what customers may bring in the next twelve months, how much goes with those who may go (minor
    units), and with whom most. None where no value is known."""
    value = night.scores.get("expected_value")
    if value is None:
        return None
    lost = np.nan_to_num(value * night.scores["risk"])
    most = np.argsort(-lost, kind="stable")[:LISTED]
    return {
        "sum": round(float(lost.sum())),
        "top": night.purchases.customer_id[most[lost[most] > 0]].tolist(),
    }


def plan(now: Purchases) -> tuple[int, int]:
    """The window in days, and how many windows back the books are needed: 0 where there is too little."""
    gap = usual_gap(now)
    window = int(min(max(round(2 * gap), SHORTEST), LONGEST))
    if len(now) < LEAST_CUSTOMERS or not gap:
        return window, 0
    span = now.as_of_day - int(now.first_day.min())
    return window, CUTS if span >= (CUTS + 1) * window else 0


def score(today: Books, before: Iterable[Books], *, window: int) -> Risks:
    """Pure. ``before``: the books of one, two and three windows ago (none: too little history)."""
    everybody = today.ledger.purchases()
    span = everybody.as_of_day - int(everybody.first_day.min()) if len(everybody) else 0
    facts: dict[str, Any] = {
        "method": "too_little",
        "window_days": window,
        "gone_after_days": gone_after(window),
        "n": len(everybody),
        "history_days": span,
        "needed_days": (CUTS + 1) * window,
        "needed_customers": LEAST_CUSTOMERS,
        "usual_gap": round(usual_gap(everybody), 1),
        "left_out": dict(everybody.left_out),
    }
    views = [view(one, window=window, most=MOST_LEARNT) for one in before]
    if not views:
        return Risks("too_little", None, np.zeros(0), [], facts)
    labels = [_lost(one.of, today, window=window, ago=ago) for ago, one in enumerate(views, start=1)]
    if any(min(one.sum(), len(one) - one.sum()) < LEAST_OF_A_KIND for one in labels):
        return Risks("too_little", None, np.zeros(0), [], facts)
    judged, calibrated, first = (Rows(one.x, lost) for one, lost in zip(views, labels, strict=True))
    board = leaderboard.compare(
        first, judged, naive={name: judged.x[:, column] for name, column in NAIVE.items()}
    )
    then = _recipe(board.used, first, calibrated)
    recipe = _recipe(board.used, calibrated, judged)
    now = view(today, window=window)
    risk = recipe.chances(now.x)
    facts |= {
        "method": board.used,
        **_judgement(board, then, judged, views[0]),
        "groups": [
            [round(one.least, 4), round(one.said, 4), round(one.came, 4), one.n]
            for one in calibration.groups(recipe.chances(judged.x), judged.y)
        ],
        "card": board.card(learnt=_span(views[2].of, window), judged=_span(views[0].of, window)),
        "good": _good_at_risk(now, risk),
    }
    return Risks(board.used, now.of, risk, reasons(now, recipe.chances, risk=risk), facts)


def _recipe(name: str, learn_from: Rows, calibrate_on: Rows) -> Recipe:
    model = next((learnt(one, learn_from) for one in CANDIDATES if one.name == name), None)
    return Recipe(name, model, calibration.scale(_scores(name, model, calibrate_on.x), calibrate_on.y))


def _scores(name: str, model: Any, x: Floats) -> Floats:
    """On a scale that a straight line makes log-odds of."""
    if name in NAIVE:
        return x[:, NAIVE[name]]
    found = predicted(model, x)
    if not hasattr(model, "predict_proba"):
        return found
    chances = np.clip(found, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(chances / (1 - chances)))


def _lost(of: Purchases, now: Books, *, window: int, ago: int) -> Ints:
    """1 for each customer who bought nothing in the window that began ``ago`` windows ago."""
    after = now.ledger.purchases(days=window, ago=(ago - 1) * window)
    return np.asarray(spread(of, after, "days") == 0, np.int64)


def _judgement(board: Leaderboard, then: Recipe, judged: Rows, seen: View) -> dict[str, Any]:
    """What the recipe of one window ago said of the customers then, beside what came."""
    found = calibration.groups(then.chances(judged.x), judged.y)
    again = seen.raw["days"] > 1
    scores = then.scores(judged.x)
    most = np.argsort(-scores, kind="stable")[: max(1, round(CAPACITY * len(scores)))]
    return {
        "auc": round(auc(judged.y, scores), 4),
        "auc_error": round(next(one.error for one in board.entries if one.name == board.used), 4),
        "baseline": board.baseline,
        "baseline_auc": round(board.score(board.baseline), 4),
        "auc_once": _auc_of(~again, judged.y, scores),
        "auc_again": _auc_of(again, judged.y, scores),
        "lost": round(float(judged.y.mean()), 4),
        "calibration_error": round(calibration.error(found), 4),
        "capacity": {
            "share": CAPACITY,
            "n": len(most),
            "recall": round(float(judged.y[most].sum() / judged.y.sum()), 4),
            "right": round(float(judged.y[most].mean()), 4),
        },
    }


def _auc_of(rows: NDArray[np.bool_], lost: Ints, scores: Floats) -> float | None:
    """None where too few of them left or stayed to tell."""
    some = int(lost[rows].sum())
    if min(some, int(rows.sum()) - some) < LEAST_OF_A_KIND:
        return None
    return round(auc(lost[rows], scores[rows]), 4)


def _good_at_risk(now: View, risk: Floats) -> dict[str, Any]:
    """How many good customers may be lost and can still be won, their usual gap and how long they have been
    away (medians, in days), and who they are: id and own usual gap, whoever brought most first."""
    of = now.of
    again = of.days > 1
    least = float(np.quantile(of.net[again], GOOD)) if again.any() else 0.0
    good = again & (of.net >= least) & (of.net > 0)
    winnable = of.as_of_day - of.last_day <= WINNABLE * now.window
    lost = np.flatnonzero(good & winnable & (risk >= AT_RISK))
    found: dict[str, Any] = {"n": int(good.sum()), "at_risk": len(lost), "top": []}
    if len(lost):
        found["usual_gap"] = round(float(np.median(of.gap_days[lost])))
        found["away"] = round(float(np.median(of.as_of_day - of.last_day[lost])))
        most = lost[np.argsort(-(of.net * risk)[lost], kind="stable")[:LISTED]]
        gaps = np.rint(of.gap_days[most]).astype(int)
        found["top"] = [list(one) for one in zip(of.customer_id[most].tolist(), gaps.tolist(), strict=True)]
    return found


def _span(of: Purchases, window: int) -> tuple[str, str]:
    """First day, and the day after the last, of the window that began with these books."""
    begin = of.as_of_day
    return date.fromordinal(begin).isoformat(), date.fromordinal(begin + window).isoformat()
