"""Who gets which message, and who is held out: decided by hash, whatever the order and the batches."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_store.marketing.arms import arm_of, hold_out
from crm_store.marketing.tables import CampaignArm


def arms(*weights: int) -> list[CampaignArm]:
    return [
        CampaignArm(id=number, campaign_id=1, name=str(number), weight=weight, body={})
        for number, weight in enumerate(weights, start=1)
    ]


def test_two_arms_of_one_weight_share_ten_thousand_people_evenly() -> None:
    counts = Counter(arm_of("salt", id, arms(1, 1)).id for id in range(10_000))

    assert abs(counts[1] - counts[2]) < 300


def test_weights_are_kept() -> None:
    counts = Counter(arm_of("salt", id, arms(1, 3)).id for id in range(10_000))

    assert 2300 < counts[1] < 2700


@settings(deadline=None, max_examples=20)
@given(
    salt=st.text("abcdef0123456789", min_size=4, max_size=16),
    ids=st.lists(st.integers(1, 10**6), unique=True, max_size=200),
    cut=st.integers(1, 50),
)
def test_an_arm_does_not_depend_on_order_or_batches(salt: str, ids: list[int], cut: int) -> None:
    whole = {id: arm_of(salt, id, arms(1, 1)).id for id in ids}
    shuffled = random.Random(1).sample(ids, len(ids))
    batches = [shuffled[start : start + cut] for start in range(0, len(shuffled), cut)]

    assert {id: arm_of(salt, id, arms(1, 1)).id for batch in batches for id in batch} == whole


def test_ten_per_cent_of_ten_thousand_are_held_out() -> None:
    held = hold_out("salt", {None: range(10_000)}, thousandths=100)

    assert len(held) == 1000


def test_every_stratum_gives_its_share_and_small_ones_are_not_forgotten() -> None:
    strata = {"champions": range(100), "lost": range(100, 1100), **{f"s{n}": [2000 + n] for n in range(20)}}

    held = hold_out("salt", strata, thousandths=100)

    assert len(held & set(strata["champions"])) == 10
    assert len(held & set(strata["lost"])) == 100
    assert len([id for id in held if id >= 2000]) == 2


def test_another_salt_holds_others_out_and_arms_are_independent_of_it() -> None:
    one, other = (hold_out(salt, {None: range(2000)}, thousandths=500) for salt in ("one", "other"))
    counts = Counter(arm_of("one", id, arms(1, 1)).id for id in one)

    assert 400 < len(one & other) < 600
    assert abs(counts[1] - counts[2]) < 150


def test_nobody_and_everybody_can_be_held_out() -> None:
    assert hold_out("salt", {None: range(100)}, thousandths=0) == set()
    assert hold_out("salt", {None: range(100)}, thousandths=1000) == set(range(100))
