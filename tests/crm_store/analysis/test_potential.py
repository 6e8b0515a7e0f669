"""What customers do not buy that others like them do: the others, and never themselves."""

import numpy as np

from crm_store.analysis.potential import PEERS, whitespace
from tests.crm_store.analysis.shelves import Bought, goods


def test_of_customers_who_are_all_alike_none_is_their_own_peer() -> None:
    """A hundred and twenty bought tea once, on one day, for one price, half of them cake as well."""
    orders = [Bought(at, 20, ("cake",) if at < 60 else ("tea",)) for at in range(120)]

    found = whitespace(goods(orders))

    shares = {round(share * PEERS, 3) for *_, share in found["customers"]}
    assert all(share == round(share) and 0 <= share <= PEERS for share in shares)
    assert {category for customer, category, *_ in found["customers"] if customer <= 60} <= {"tea"}
    assert {category for customer, category, *_ in found["customers"] if customer > 60} <= {"cake"}


def test_what_peers_spend_is_their_mean_to_the_minor_unit() -> None:
    """Thirty-one who are alike in number, money and day: each is beside the thirty others."""
    alike = [Bought(at, 20, ("tea", "cake") if at < 20 else ("tea", "cups")) for at in range(31)]
    others = [Bought(31 + at, 200 + at % 100, ("bread",)) for at in range(90) for _ in range(6)]

    found = whitespace(goods([*alike, *others]))

    cake = [about for _, name, *about in found["customers"] if name == "cake"]
    mean, error = 1000 * 20 / 30, float(np.std([1000] * 20 + [0] * 10, ddof=1)) / 30**0.5
    low, high = mean - 1.2816 * error, mean + 1.2816 * error
    assert cake == [[round(mean), round(low), round(high), round(20 / 30, 3)]] * 11
    assert ["cake", 11, round(11 * mean), round(11 * low), round(11 * high)] in found["categories"]
