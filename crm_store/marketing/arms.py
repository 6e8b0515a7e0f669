"""Who gets which version of a message: by hash, so that it does not matter when, in what order or in how many
batches people are looked at."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from crm_store.marketing.tables import CampaignArm

ARM, HOLDOUT = "arm", "holdout"


def share(salt: str, customer_id: int, *, of: str) -> float:
    """A number from 0 up to 1, always the same for a customer of a campaign (whose ``salt`` is its own).
    ``of`` keeps the choice of the hold-out and that of the arm apart."""
    digest = hashlib.blake2b(f"{salt}:{of}:{customer_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def arm_of(salt: str, customer_id: int, arms: Sequence[CampaignArm]) -> CampaignArm:
    """One of ``arms`` by their weights; ``arms`` come in the order of their ids."""
    place = share(salt, customer_id, of=ARM) * sum(one.weight for one in arms)
    for one in arms:
        if place < one.weight:
            return one
        place -= one.weight
    return arms[-1]


def hold_out(salt: str, strata: Mapping[str | None, Iterable[int]], *, thousandths: int) -> set[int]:
    """Of each stratum the same share of its customers, those with the smallest numbers: a hold-out that is
    made like the others (stratified). The fraction of a person is carried on to the next stratum, so that
    small strata lose nothing."""
    chosen: set[int] = set()
    carried = 0
    for stratum in sorted(strata, key=lambda one: (one is None, one or "")):
        ranked = sorted(strata[stratum], key=lambda id: (share(salt, id, of=HOLDOUT), id))
        count, carried = divmod(len(ranked) * thousandths + carried, 1000)
        chosen.update(ranked[:count])
    return chosen
