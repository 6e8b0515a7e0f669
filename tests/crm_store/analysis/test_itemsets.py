"""Itemsets and rules: the textbook's figures, the scope's four baskets, and what holds of any baskets."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from crm_store.analysis.itemsets import Baskets, Rule, false_discovery, frequent, possible, rules

TEXTBOOK = ["I1 I2 I5", "I2 I4", "I2 I3", "I1 I2 I4", "I1 I3", "I2 I3", "I1 I3", "I1 I2 I3 I5", "I1 I2 I3"]
"""Han & Kamber, Data Mining, the nine transactions of AllElectronics."""

COMPUTERS = ["电脑 手机", "电脑", "手机 耳机", "电脑 手机 耳机"]


def baskets(written: Sequence[str]) -> tuple[Baskets, list[str]]:
    names = sorted({item for one in written for item in one.split()})
    rows = [(at, names.index(item)) for at, one in enumerate(written) for item in one.split()]
    table = np.array(rows, np.int64).reshape(-1, 2)
    return Baskets(table[:, 0], table[:, 1], items=len(names)), names


def ruled(written: Sequence[str], *, least: int, longest: int = 3) -> dict[tuple[str, str], Rule]:
    held, names = baskets(written)
    found = rules(frequent(held, least=least, longest=longest), baskets=held.n)
    return {
        (" ".join(names[item] for item in one.given), " ".join(names[item] for item in one.then)): one
        for one in found
    }


def test_the_nine_baskets_of_the_textbook_hold_5_and_6_and_2_frequent_sets() -> None:
    held, names = baskets(TEXTBOOK)

    found = frequent(held, least=2, longest=4)

    assert [sum(len(one) == size for one in found) for size in (1, 2, 3, 4)] == [5, 6, 2, 0]
    assert {tuple(names[item] for item in one): n for one, n in found.items() if len(one) == 3} == {
        ("I1", "I2", "I3"): 2,
        ("I1", "I2", "I5"): 2,
    }


def test_the_rules_of_the_textbooks_largest_set_are_as_sure_as_printed() -> None:
    found = ruled(TEXTBOOK, least=2)

    assert {
        given: round(rule.confidence, 3)
        for (given, then), rule in found.items()
        if sorted([*given.split(), *then.split()]) == ["I1", "I2", "I5"]
    } == {"I1 I2": 0.5, "I1 I5": 1.0, "I2 I5": 1.0, "I1": 0.333, "I2": 0.286, "I5": 1.0}


FRANCE = [
    # both, given, then; support, confidence, lift as the well-known tutorial prints them
    (31, 38, 37, 0.079082, 0.815789, 8.642959),  # ALARM CLOCK BAKELIKE GREEN -> RED
    (31, 37, 38, 0.079082, 0.837838, 8.642959),  # and the other way round
    (48, 50, 54, 0.122449, 0.960000, 6.968889),  # SET/6 RED SPOTTY PAPER PLATES -> CUPS
]


@pytest.mark.parametrize(("both", "given", "then", "support", "confidence", "lift"), FRANCE)
def test_the_rules_of_the_french_orders_are_as_printed(
    both: int, given: int, then: int, support: float, confidence: float, lift: float
) -> None:
    """Online Retail, France, 392 baskets: the data do not come with the program, their counts do."""
    written = ["A B"] * both + ["A"] * (given - both) + ["B"] * (then - both)
    written += ["C"] * (392 - len(written))

    found = ruled(written, least=2)["A", "B"]

    assert (round(found.support, 6), round(found.confidence, 6)) == (support, confidence)
    assert round(found.lift, 6) == lift


def test_computer_and_phone_lie_together_less_often_than_by_chance() -> None:
    rule = ruled(COMPUTERS, least=1)["电脑", "手机"]

    assert (rule.support, round(rule.confidence, 3), round(rule.lift, 3)) == (0.5, 0.667, 0.889)
    assert rule.leverage == pytest.approx(0.5 - 0.75 * 0.75)


def test_support_counts_the_baskets_with_all_and_not_with_either() -> None:
    """The union of the *items*: read as that of the baskets it would be 1."""
    held, names = baskets(COMPUTERS)

    assert held.count([names.index("电脑"), names.index("手机")]) == 2
    assert held.count([]) == 4


def test_lift_and_chance_are_the_same_both_ways_and_order_changes_nothing() -> None:
    found = ruled(TEXTBOOK, least=1, longest=2)

    for (given, then), rule in found.items():
        assert rule.lift == pytest.approx(found[then, given].lift)
        assert rule.p == pytest.approx(found[then, given].p)
    assert {key: (one.n, one.of) for key, one in ruled(TEXTBOOK[::-1], least=1, longest=2).items()} == {
        key: (one.n, one.of) for key, one in found.items()
    }


def test_the_chance_is_that_of_fishers_exact_test() -> None:
    for rule in ruled(TEXTBOOK, least=1, longest=2).values():
        table = [
            [rule.n, rule.of - rule.n],
            [rule.usual - rule.n, rule.baskets - rule.of - rule.usual + rule.n],
        ]
        assert rule.p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


def test_what_lies_twice_in_a_basket_is_there_once() -> None:
    held = Baskets(np.array([0, 0, 1]), np.array([0, 0, 0]), items=1)

    assert (held.counts().tolist(), held.sizes().tolist()) == ([2], [1, 1])


def test_no_baskets_have_no_rules() -> None:
    held = Baskets(np.zeros(0, np.int64), np.zeros(0, np.int64), items=0)

    assert (held.n, frequent(held, least=1, longest=3), rules({}, baskets=0)) == (0, {}, [])


def test_false_finds_are_those_of_benjamini_and_hochberg() -> None:
    p = np.random.default_rng(1).uniform(size=50) ** 3

    assert false_discovery(p, tests=50) == pytest.approx(stats.false_discovery_control(p))
    assert false_discovery(np.zeros(0), tests=0).tolist() == []


def test_what_was_too_rare_to_look_at_was_tested_too() -> None:
    p = np.array([0.0001, 0.01, 0.02])

    unseen = np.concatenate([p, np.ones(97)])
    assert false_discovery(p, tests=100) == pytest.approx(stats.false_discovery_control(unseen)[:3])


def test_possible_rules_are_counted_as_they_are_listed() -> None:
    held, names = baskets(COMPUTERS)
    found = frequent(held, least=1, longest=3)

    one_follows = [one for one in rules(found, baskets=held.n) if len(one.then) == 1]
    assert possible(found) == len(one_follows) == len(names) * 2 + 3
    assert (possible({}), possible({(0,): 3})) == (0, 0)
