"""Who will want something of which category in the next 30 days, and what each category is asked for.

Rules and models learn from three months ago, are calibrated on two months ago and judged on last month; the
simplest within one standard error of the best is used (``leaderboard``). With fewer than 200 customers of
three orders only rules compete. What is said of the next month comes with how often it came true in the last.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from crm_store.analysis import calibration, leaderboard, wishes
from crm_store.analysis.category_demand import by_category, by_product
from crm_store.analysis.gain import gain
from crm_store.analysis.goods import Goods
from crm_store.analysis.leaderboard import CANDIDATES, Leaderboard, Rows, auc, predicted
from crm_store.analysis.night import Found, Night
from crm_store.analysis.repeats import next_products
from crm_store.analysis.shares import wilson
from crm_store.analysis.wishes import FEATURES, HORIZON_DAYS, View
from crm_store.customers import needs

Floats = NDArray[np.float64]

LEAST_REGULARS, REGULAR_ORDERS = 200, 3
LEAST_OF_A_KIND = 20
"""So many rows at least that were bought, and so many that were not, in each month."""

SURE = 2.5
"""Standard errors, before the best of nine is said to beat another: one in twenty shops of chance would."""

LIKELY = 0.5
RANGE = 0.8
LISTED = 50
UNMET = 5
TOP_DECILE = 0.1


@dataclass(frozen=True)
class Foretold:
    """The chance of each row of ``view`` to be bought in the 30 days from its cut on."""

    view: View
    chance: Floats
    result: dict[str, Any]


def nightly(night: Night) -> Found:
    bought = night.goods
    series = by_category(night.session, as_of=night.as_of, zone=night.zone, currency=night.currency)
    unmet = needs.demands(night.session, limit=UNMET)
    night.session.rollback()
    found = foretell(bought)
    learns = _has_regulars(bought, cut=bought.as_of_day - 2 * HORIZON_DAYS)
    result = found.result | {
        "series": series,
        "products": by_product(bought),
        "unmet": [[one.category, one.customers, one.needs] for one in unmet],
        "next": next_products(bought, with_models=learns),
        "one_in": bought.one_in,
        "days": HORIZON_DAYS,
    }
    return Found(n=len(found.view.customer), method=found.result["rule"] + " 1", result=result)


def foretell(bought: Goods) -> Foretold:
    """``result`` is JSON: the ``rule`` used ("too_little" where nothing can be said), its model card, and by
    category how many customers are expected (in which 80 % ``range``), who is likely (customer, chance), and
    how many of those said to be likely a month ago came (``hit``). Numbers are of the customers read."""
    end = bought.as_of_day
    cuts = [end - HORIZON_DAYS * ago for ago in (3, 2, 1)]
    categories = wishes.most_wanted(bought, cut=cuts[0])
    learn, middle, judge = (wishes.view(bought, cut=cut, categories=categories) for cut in cuts)
    today = wishes.view(bought, cut=end, categories=wishes.most_wanted(bought, cut=end))
    if not all(_is_enough(one) for one in (learn, middle, judge)):
        return Foretold(today, np.zeros(len(today.y)), {"rule": "too_little", "categories": [], "card": None})
    board = leaderboard.compare(
        Rows(learn.x, learn.y),
        Rows(judge.x, judge.y),
        naive=_naive(judge),
        candidates=CANDIDATES[1:] if _has_regulars(bought, cut=cuts[0]) else (),
    )
    earlier = calibration.scale(_scores(board, middle), middle.y)
    judged = earlier.chances(_scores(board, judge))
    latest = calibration.scale(_scores(board, judge), judge.y)
    chance = latest.chances(_scores(board, today))
    entries = {one.name: one for one in board.entries}
    used, before = entries[board.used], entries["last_period"]
    result = {
        "rule": board.used,
        "card": board.card(
            learnt=(_iso(cuts[0] - wishes.ACTIVE_DAYS), _iso(cuts[1])), judged=(_iso(cuts[2]), _iso(end))
        ),
        "beats_last_period": used.score - before.score > SURE * math.hypot(used.error, before.error),
        "calibration_error": round(calibration.error(calibration.groups(judged, judge.y)), 4),
        "decile": _decile(_scores(board, judge), judge.y),
        "telling": _telling(learn),
        "categories": _told(bought, today, chance, judge, judged),
    }
    return Foretold(today, chance, result)


def _naive(of: View) -> dict[str, Floats]:
    """What needs no learning, simplest first. ``personal``: how often, and where that is alike, what others
    buy."""
    return {
        "popular": of.column("popularity"),
        "same_as_last": of.column("in_last"),
        "last_period": (of.column("times_30") > 0).astype(np.float64),
        "personal": of.column("times") + 0.01 * of.column("popularity"),
        "personal_recent": of.column("decayed") + 0.01 * of.column("popularity"),
    }


def _scores(board: Leaderboard, of: View) -> Floats:
    return predicted(board.model, of.x) if board.model is not None else _naive(of)[board.used]


def _is_enough(of: View) -> bool:
    return LEAST_OF_A_KIND <= int(of.y.sum()) <= len(of.y) - LEAST_OF_A_KIND


def _has_regulars(bought: Goods, *, cut: int) -> bool:
    """Whether enough customers had three orders or more before a day for models to learn from."""
    past = bought.where(bought.day < cut)
    _, first = np.unique(past.order, return_index=True)
    _, orders = np.unique(past.customer[first], return_counts=True)
    return int((orders >= REGULAR_ORDERS).sum()) >= LEAST_REGULARS


def _decile(scores: Floats, came: NDArray[np.int64]) -> list[float]:
    """How many times as many of the tenth with the highest scores bought as of all, and its range."""
    top = np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * TOP_DECILE))]
    share = wilson(int(came[top].sum()), len(top))
    return [round(one / float(came.mean()), 3) for one in (share.value, share.low, share.high)]


def _telling(of: View) -> list[list[Any]]:
    """The three features that tell most of who buys: information gain in bits, of fifths of each."""
    found: list[tuple[str, float]] = []
    for at, name in enumerate(FEATURES):
        edges = np.unique(np.quantile(of.x[:, at], [0.2, 0.4, 0.6, 0.8]))
        found.append((name, round(gain(np.searchsorted(edges, of.x[:, at]), of.y), 4)))
    return [list(one) for one in sorted(found, key=lambda one: -one[1])[:3]]


def _told(bought: Goods, today: View, chance: Floats, judge: View, judged: Floats) -> list[dict[str, Any]]:
    """A row for each category, most customers expected first."""
    found: list[dict[str, Any]] = []
    reach = norm.ppf((1 + RANGE) / 2) * _wider(judge, judged)
    for category in today.categories:
        now, then = today.category == category, judge.category == category
        likely = np.flatnonzero(now & (chance >= LIKELY))
        likely = likely[np.argsort(-chance[likely], kind="stable")]
        said = then & (judged >= LIKELY)
        month = now & (today.column("times_30") > 0)
        found.append(
            {
                "name": bought.categories[category],
                "expected": round(float(chance[now].sum()), 1),
                "range": _range(chance[now], reach),
                "last": int(month.sum()),
                "likely": len(likely),
                "customers": [
                    [int(customer), round(float(one), 3)]
                    for customer, one in zip(today.of[likely[:LISTED]], chance[likely[:LISTED]], strict=True)
                ],
                "hit": [int(judge.y[said].sum()), int(said.sum())],
                "auc": round(auc(judge.y[then], judged[then]), 3) if then.any() else None,
            }
        )
    return sorted(found, key=lambda one: -one["expected"])


def _range(chance: Floats, reach: float) -> list[int]:
    """Between which numbers of customers the sum of their chances will probably come out."""
    expected, spread = float(chance.sum()), math.sqrt(float((chance * (1 - chance)).sum()))
    least, most = expected - reach * spread, expected + reach * spread
    return [max(0, math.floor(least)), min(len(chance), math.ceil(most))]


def _wider(judge: View, judged: Floats) -> float:
    """How many times as far as chance the categories of last month came out from what was said of them: at
    least once, since months differ also in what is no chance (the dispersion of quasi-likelihood, McCullagh &
    Nelder 1989)."""
    away = []
    for category in judge.categories:
        rows = judge.category == category
        variance = float((judged[rows] * (1 - judged[rows])).sum())
        if variance > 0:
            away.append(float(judge.y[rows].sum() - judged[rows].sum()) ** 2 / variance)
    return max(1.0, math.sqrt(sum(away) / len(away))) if away else 1.0


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
