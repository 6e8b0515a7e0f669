"""Sequences: the four of the PrefixSpan paper, and gaps."""

from collections import Counter

from crm_store.analysis.sequences import Dated, patterns

PAPER = [
    ["a", "abc", "ac", "d", "cf"],
    ["ad", "c", "bc", "ae"],
    ["ef", "ab", "df", "c", "b"],
    ["e", "g", "af", "c", "b", "c"],
]
"""Pei et al. 2001, table 1."""


def dated(baskets: list[str], days: list[int] | None = None) -> Dated:
    return Dated(days or list(range(len(baskets))), [frozenset(map(ord, one)) for one in baskets])


def mined(customers: list[Dated], **limits: int) -> dict[str, int]:
    found = patterns(customers, **limits)  # type: ignore[arg-type]
    return {"-".join("".join(map(chr, element)) for element in one): n for one, n in found.items()}


def test_the_papers_four_sequences_show_exactly_53_patterns() -> None:
    found = mined([dated(one) for one in PAPER], least=2, longest=9)

    assert len(found) == 53
    sizes = Counter(len(one.replace("-", "")) for one in found)
    assert dict(sizes) == {1: 6, 2: 22, 3: 21, 4: 4}
    assert (found["a-bc-a"], found["a-c-b"], found["ab-f"]) == (2, 3, 2)


def test_the_longest_is_kept_to() -> None:
    found = mined([dated(one) for one in PAPER], least=2, longest=3)

    assert len(found) == 6 + 22 + 21


def test_a_customer_counts_once_and_only_within_the_gap() -> None:
    customers = [
        dated(["a", "b", "a", "b"], [0, 30, 60, 90]),
        dated(["a", "b"], [0, 31]),
        dated(["b", "a"], [0, 5]),
    ]

    assert mined(customers, least=1, longest=2, max_gap=30)["a-b"] == 1
    assert mined(customers, least=1, longest=2, max_gap=31)["a-b"] == 2
    assert mined(customers, least=1, longest=2)["b-a"] == 2


def test_an_early_start_too_far_back_does_not_hide_a_later_one() -> None:
    customers = [dated(["a", "a", "b"], [0, 100, 120])]

    assert mined(customers, least=1, longest=2, max_gap=30)["a-b"] == 1


def test_nobody_shows_nothing() -> None:
    assert patterns([], least=1, longest=3) == {}


def test_all_dates_later_change_nothing() -> None:
    early = [dated(one) for one in PAPER]
    late = [Dated([day + 1000 for day in one.days], one.baskets) for one in early]

    assert patterns(late, least=2, longest=4, max_gap=2) == patterns(early, least=2, longest=4, max_gap=2)
