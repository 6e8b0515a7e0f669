"""Demand by category and customer: better than last month's buyers or said not to be, and no seer."""

from typing import Any

import numpy as np

from crm_store.analysis import demand
from crm_store.analysis.demand import foretell
from crm_store.analysis.repeats import next_products
from crm_store.analysis.wishes import FEATURES, most_wanted, view
from tests.crm_store.analysis.shelves import END, Bought, earlier, goods

THINGS = ("tea", "coffee", "cake", "cups", "honey", "sugar")


def regulars(count: int = 260, *, days: int = 400, seed: int = 1, until: int = 0) -> list[Bought]:
    """Each has one favourite, which they buy again every 45 days or so, and sometimes something else: who
    bought it last month is less likely to buy it this month."""
    random = np.random.default_rng(seed)
    found = []
    for customer in range(count):
        favourite = THINGS[customer % len(THINGS)]
        ago = days - float(random.uniform(0, 45))
        while ago >= until + 1:
            also = (str(random.choice(THINGS)),) if random.uniform() < 0.15 else ()
            found.append(Bought(customer, int(ago), tuple({favourite, *also})))
            ago -= float(random.normal(45, 4))
    return found


def by_chance(count: int = 300, *, seed: int = 2) -> list[Bought]:
    random = np.random.default_rng(seed)
    return [
        Bought(int(random.integers(count)), 1 + int(random.integers(400)), (str(random.choice(THINGS)),))
        for _ in range(count * 8)
    ]


def test_who_buys_every_45_days_is_foretold_better_than_by_who_bought_last_month() -> None:
    found = foretell(goods(regulars())).result

    entries = {name: score for name, score, _ in found["card"]["entries"]}
    assert found["beats_last_period"] is True
    assert entries[found["rule"]] > entries["last_period"] + 0.05
    assert found["decile_lift"] > 3
    assert set(entries) == {
        "popular", "same_as_last", "last_period", "personal", "personal_recent",
        "logistic", "tree", "svc", "mlp",
    }  # fmt: skip


def test_where_everything_is_chance_no_model_is_used_and_nothing_is_claimed() -> None:
    found = foretell(goods(by_chance())).result

    assert found["beats_last_period"] is False
    assert found["rule"] in {"popular", "same_as_last", "last_period", "personal", "personal_recent"}
    assert found["decile_lift"] < 2


def test_chances_come_true_as_often_as_they_say() -> None:
    found = foretell(goods(regulars())).result

    assert found["calibration_error"] <= 0.05
    for one in found["categories"]:
        came, of = one["hit"]
        assert 0 <= came <= of
        assert one["likely"] >= len(one["customers"])
        assert [chance for _, chance in one["customers"]] == sorted(
            (chance for _, chance in one["customers"]), reverse=True
        )
    came, of = np.sum([one["hit"] for one in found["categories"]], axis=0)
    assert came / of > 0.5


def test_with_fewer_than_200_regulars_only_rules_compete() -> None:
    found = foretell(goods(regulars(150))).result

    assert [name for name, _, _ in found["card"]["entries"]] == [
        "popular", "same_as_last", "last_period", "personal", "personal_recent",
    ]  # fmt: skip


def test_what_comes_after_the_cut_changes_nothing_that_was_known_at_it() -> None:
    cut = END.toordinal() - 30
    orders = regulars(80)
    early = goods([one for one in orders if one.ago > 30])
    whole = goods([*orders, *(Bought(at, 3, ("gold",)) for at in range(80))])
    categories = [whole.categories.index(early.categories[at]) for at in most_wanted(early, cut=cut)]

    before = view(early, cut=cut, categories=most_wanted(early, cut=cut))
    after = view(whole, cut=cut, categories=categories)

    assert np.array_equal(before.x, after.x)
    assert (before.y.sum(), after.y.sum() > 0) == (0, True)


def test_shuffled_in_time_less_is_left_to_know() -> None:
    """The same orders on other days: who likes what stays, when they need it is lost."""
    random = np.random.default_rng(8)
    orders = regulars()
    days = random.permutation([one.ago for one in orders]).tolist()
    shuffled = [Bought(one.customer, ago, one.products) for one, ago in zip(orders, days, strict=True)]

    before, after = (foretell(goods(each)).result for each in (orders, shuffled))

    assert after["decile_lift"] < before["decile_lift"]


def test_features_are_what_they_are_called() -> None:
    bought = goods([Bought(0, 90, ("tea",)), Bought(0, 10, ("tea", "cake")), Bought(1, 200, ("tea",))])
    found = view(bought, cut=END.toordinal(), categories=[bought.names.index("cake")])

    assert found.customer.tolist() == [1]
    assert dict(zip(FEATURES, found.x[0].round(3).tolist(), strict=True)) == {
        "times": round(float(np.log1p(1)), 3),
        "times_30": 1,
        "times_90": 1,
        "since": 10,
        "share": 0.5,
        "in_last": 1,
        "decayed": round(0.5 ** (10 / 60), 3),
        "orders": round(float(np.log1p(2)), 3),
        "recency": 10,
        "recency_over_gap": 10 / 80,
        "popularity": 1,
    }


def test_too_few_to_learn_from_is_said_and_never_guessed() -> None:
    few: list[list[Bought]] = [
        [],
        [Bought(0, 10, ("tea",))],
        [Bought(at, 10, ("tea",)) for at in range(30)],
        [Bought(at, 300, ("tea",)) for at in range(300)],
        [Bought(at, 10, ("tea",)) for at in range(300)],
    ]
    for orders in few:
        found = foretell(goods(orders)).result
        assert (found["rule"], found["categories"]) == ("too_little", [])


def test_rows_in_another_order_change_nothing() -> None:
    orders = regulars(120)

    assert foretell(goods(orders)).result == foretell(goods(orders[::-1])).result


def test_all_dates_a_year_earlier_change_nothing_but_the_dates() -> None:
    now = goods(regulars(120))
    found, before = foretell(now), foretell(earlier(now, days=365))

    assert np.array_equal(before.chance, found.chance)
    assert before.result["categories"] == found.result["categories"]
    assert before.result["card"]["entries"] == found.result["card"]["entries"]
    assert before.result["card"]["judged"] == ["2025-10-02", "2025-11-01"]


def next_of(orders: list[Bought]) -> dict[str, Any]:
    return next_products(goods(orders))


def test_what_people_bought_themselves_beats_what_is_popular() -> None:
    many = [f"{thing} {number}" for thing in THINGS for number in range(8)]
    random = np.random.default_rng(3)
    orders = [
        Bought(customer, ago, (many[customer % len(many)], str(random.choice(many))))
        for customer in range(150)
        for ago in range(1 + customer % 29, 300, 29)
    ]

    found = next_of(orders)

    scores = {name: (recall, hit) for name, recall, hit in found["tests"]}
    assert found["rule"] == "personal"
    assert found["n"] == 150
    assert scores["personal"][1] > 0.95 > scores["popular"][1]


def test_what_hardly_anybody_buys_twice_is_bought_once() -> None:
    orders = [Bought(customer, 300, ("fridge", "tea")) for customer in range(40)]
    orders += [Bought(customer, 100, ("tea",)) for customer in range(40)]
    orders += [Bought(customer, 300, ("lamp",)) for customer in range(19)]

    found = next_of(orders)

    assert found["once"] == ["=fridge"]
    assert found["popular"] == []


def test_nobody_has_no_next_products() -> None:
    found = next_of([])

    assert (found["n"], found["popular"], found["once"]) == (0, [], [])


def test_a_figure_of_the_night_is_json() -> None:
    import json

    found = foretell(goods(regulars()))

    assert json.loads(json.dumps(found.result, allow_nan=False)) == found.result
    assert len(found.chance) == len(found.view.y)
    assert demand.LIKELY == 0.5


def test_eight_of_ten_months_come_out_within_the_range_that_was_said() -> None:
    """What was foretold of each category before its last 30 days, beside what came in them."""
    held = of = 0
    for seed in range(12):
        orders = by_chance(seed=seed)
        before = [Bought(one.customer, one.ago - 30, one.products) for one in orders if one.ago > 30]
        came = {
            name: len({one.customer for one in orders if one.ago <= 30 and name in one.products})
            for name in THINGS
        }
        for one in foretell(goods(before)).result["categories"]:
            low, high = one["range"]
            assert low <= one["expected"] <= high
            held, of = held + (low <= came[one["name"]] <= high), of + 1

    assert of == 12 * len(THINGS)
    assert 0.7 <= held / of <= 0.97
