"""Churn risk: judged on a later time than it learnt from, calibrated, explained, and blind to the future."""

import json
from dataclasses import replace

import numpy as np
import pytest

from crm_store.analysis import churn
from crm_store.analysis.churn import Risks
from crm_store.analysis.churn_features import Books, view
from crm_store.analysis.leaderboard import CANDIDATES, Rows, compare
from tests.crm_store.analysis.cdnow import cdnow
from tests.crm_store.analysis.cdnow import purchases as cdnow_purchases
from tests.crm_store.analysis.ledger import FIRST, Sales, risks, shop

WEEKS = 120
END = FIRST + 7 * WEEKS


@pytest.fixture(scope="module")
def sales() -> Sales:
    return shop(3_000, weeks=WEEKS, alpha=5.0, r=1.5, a=0.5, b=3.0)


@pytest.fixture(scope="module")
def found(sales: Sales) -> Risks:
    return risks(sales, END)


def test_the_window_follows_the_shop(sales: Sales) -> None:
    def every(gap: int) -> Sales:
        return Sales.of((who, END - gap * n - 1, 10_000) for who in range(150) for n in range(6))

    windows = {gap: churn.plan(every(gap).until(END).purchases())[0] for gap in (5, 20, 40, 100)}

    assert windows == {5: 30, 20: 40, 40: 80, 100: 180}


def test_risk_is_judged_on_the_time_after_and_beats_who_was_away_longest(found: Risks) -> None:
    result, card = found.result, found.result["card"]

    assert result["baseline"] == "recency"
    assert result["auc"] > result["baseline_auc"] >= 0.74
    assert result["calibration_error"] <= 0.05
    assert card["learnt"][1] < card["judged"][0]
    assert (card["n_learnt"] > 1_000, card["n_judged"] > 1_000, card["metric"]) == (True, True, "auc")
    assert {name for name, _, _ in card["entries"]} == {
        "recency", "recency_over_gap", *(one.name for one in CANDIDATES)
    }  # fmt: skip


def test_of_ten_said_to_be_at_risk_as_many_are_lost_as_said(sales: Sales, found: Risks) -> None:
    """In the time after, which nobody had seen."""
    assert found.of is not None
    window = found.result["window_days"]
    future = shop(3_000, weeks=WEEKS + 30, alpha=5.0, r=1.5, a=0.5, b=3.0)
    now = risks(future, END)
    assert now.of is not None
    came = future.until(END + window).purchases(days=window).customer_id
    lost = ~np.isin(now.of.customer_id, came)

    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        rows = (now.risk >= low) & (now.risk < high)
        assert rows.sum() > 50
        assert lost[rows].mean() == pytest.approx(now.risk[rows].mean(), abs=0.1)


def test_writing_to_a_tenth_reaches_more_of_the_lost_than_a_tenth(found: Risks) -> None:
    capacity = found.result["capacity"]

    assert capacity["share"] == 0.1
    assert capacity["recall"] > 0.15
    assert capacity["right"] > found.result["lost"]


def test_on_published_data_it_is_as_good_and_as_honest_as_asked() -> None:
    sales = Sales.of((one.customer, one.day.toordinal(), one.cents) for one in cdnow_purchases())
    result = risks(sales, max(one.day.toordinal() for one in cdnow_purchases()) + 1).result

    assert len(cdnow().x) == result["n"]
    assert result["auc"] >= 0.77
    assert result["calibration_error"] <= 0.05
    assert (result["auc_again"] >= 0.7, result["auc_once"]) == (True, None)  # too few of them came again


def test_shifted_labels_can_not_be_learnt(sales: Sales) -> None:
    """Where features told of the future, they would tell of somebody else's, too."""
    window, _ = churn.plan(sales.until(END).purchases())
    cuts = [END - 2 * window, END - window]
    rows = []
    for cut in cuts:
        seen = view(Books(sales.until(cut)), window=window)
        after = sales.until(cut + window).purchases(days=window).customer_id
        lost = (~np.isin(seen.of.customer_id, after)).astype(np.int64)
        rows.append(Rows(seen.x, lost))
    learn, judge = rows
    logistic = [one for one in CANDIDATES if one.name == "logistic"]
    naive = {"recency": judge.x[:, 0]}

    right = compare(learn, judge, naive=naive, candidates=logistic)
    random = np.random.default_rng(0)
    shifted = compare(
        Rows(learn.x, random.permutation(learn.y)),
        Rows(judge.x, random.permutation(judge.y)),
        naive=naive,
        candidates=logistic,
    )

    assert right.score("logistic") > 0.8
    assert shifted.score("logistic") == pytest.approx(0.5, abs=0.05)


def test_neither_money_s_unit_nor_the_date_nor_the_rows_order_matter(sales: Sales, found: Risks) -> None:
    order = np.random.default_rng(1).permutation(len(sales.day))
    other = Sales(sales.customer[order], sales.day[order] + 1_000, sales.amount[order] * 100)

    again = risks(other, END + 1_000)

    assert again.risk == pytest.approx(found.risk, abs=1e-6)
    assert again.reasons == found.reasons


def test_reasons_are_true_of_the_customer(sales: Sales, found: Risks) -> None:
    seen = view(Books(sales.until(END)), window=found.result["window_days"])

    for row, keys in enumerate(found.reasons):
        assert len(keys) <= 3
        assert "bought_once" not in keys or seen.raw["days"][row] == 1
        assert "overdue" not in keys or seen.raw["ratio"][row] > 1
        assert not {"complaints", "refunds"} & set(keys)
    at_risk = [keys for keys, risk in zip(found.reasons, found.risk, strict=True) if risk >= 0.5]
    assert sum(map(bool, at_risk)) > 0.9 * len(at_risk)


def test_who_complained_and_left_is_told_apart(sales: Sales) -> None:
    """Complaints are planted: whoever complains does not come back."""
    random = np.random.default_rng(2)
    angry = set(random.choice(np.unique(sales.customer), 600, replace=False).tolist())
    window, cuts = churn.plan(sales.until(END).purchases())
    books = []
    for ago in range(cuts + 1):
        cut = END - window * ago
        complaining = {who: 1 for who in angry if who % 4 == ago}
        books.append((cut, complaining))
    gone = np.zeros(len(sales.day), bool)
    for cut, complaining in books:
        gone |= np.isin(sales.customer, list(complaining)) & (sales.day >= cut)
    left = Sales(sales.customer[~gone], sales.day[~gone], sales.amount[~gone])

    today, *before = [Books(left.until(cut), complaints=who) for cut, who in books]
    found = churn.score(today, before, window=window)

    assert found.of is not None
    rows = np.isin(found.of.customer_id, list(books[0][1]))
    assert found.risk[rows].mean() > 0.9
    assert sum("complaints" in found.reasons[row] for row in np.flatnonzero(rows)) > 0.6 * rows.sum()
    assert not any("complaints" in found.reasons[row] for row in np.flatnonzero(~rows))


def test_the_simplest_rule_is_used_where_no_model_beats_it() -> None:
    """All buy at one pace and leave one day, whatever they did before: only how long they were away tells."""
    random = np.random.default_rng(4)
    sales = []
    for who in range(600):
        day, leaves = float(FIRST + who % 300), FIRST + random.uniform(200, 1_200)
        while day < min(leaves, END):
            sales.append((who, int(day), 10_000))
            day += random.exponential(10)

    found = risks(Sales.of(sales), END)

    entries = {name: (score, error) for name, score, error in found.result["card"]["entries"]}
    best, error = max(entries.values())
    assert (found.method, found.result["baseline"]) == ("recency", "recency")
    assert entries["recency"][0] >= best - error
    assert found.result["calibration_error"] <= 0.05


def test_a_tenth_chosen_by_the_model_orders_more_than_a_tenth_drawn_by_lot(sales: Sales) -> None:
    """Whoever is least at risk is likeliest to order in the month that follows (scope A16)."""
    future = shop(3_000, weeks=WEEKS + 30, alpha=5.0, r=1.5, a=0.5, b=3.0)
    now = risks(future, END)
    assert now.of is not None
    ordered = np.isin(now.of.customer_id, future.until(END + 30).purchases(days=30).customer_id)
    tenth = np.argsort(now.risk)[: len(now.risk) // 10]
    by_lot = np.random.default_rng(0).choice(len(now.risk), len(tenth), replace=False)

    assert ordered[tenth].mean() > 1.5 * ordered[by_lot].mean()


LITTLE = {
    "nobody": Sales.of([]),
    "one customer": Sales.of([(1, FIRST, 10_000)]),
    "thirty customers": shop(30, weeks=WEEKS),
    "all bought once": Sales.of((who, FIRST + who % 300, 10_000) for who in range(300)),
    "all at one moment": Sales.of((who, FIRST, 10_000) for who in range(300)),
    "a short history": Sales.of((who, END - 60 + 10 * n, 100) for who in range(300) for n in range(6)),
    "all faithful": Sales.of((who, FIRST + 20 * n, 100) for who in range(300) for n in range(42)),
}


@pytest.mark.parametrize("sales", LITTLE.values(), ids=LITTLE.keys())
def test_with_little_data_nothing_is_guessed(sales: Sales) -> None:
    found = risks(sales, END)

    assert (found.method, found.of, found.reasons) == ("too_little", None, [])
    assert json.dumps(found.result, allow_nan=False)


def test_a_shop_where_all_was_given_back_still_gets_plain_numbers(sales: Sales) -> None:
    found = risks(replace(sales, amount=np.zeros(len(sales.amount), np.int64)), END)

    assert json.dumps(found.result, allow_nan=False)
    assert np.isfinite(found.risk).all()
