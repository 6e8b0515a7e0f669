"""How many requests a key may make: so many a second, in bursts of a few seconds' worth."""

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

BURST_SECONDS = 5.0
MOST_KEPT = 10_000


@dataclass
class _Bucket:
    left: float
    at: float


class Limits:
    """Kept in memory, for each process its own. ``per_second`` 0 means no limit."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second * BURST_SECONDS)
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, who: Hashable, now: float) -> int:
        """0 when ``who`` may go on; else after how many seconds they may try again. ``now`` is in seconds of
        one monotonic clock."""
        if not self._per_second:
            return 0
        bucket = self._buckets.setdefault(who, _Bucket(self._most, now))
        self._buckets.move_to_end(who)
        if len(self._buckets) > MOST_KEPT:  # the one that has been quiet longest is full again anyway
            self._buckets.popitem(last=False)
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.left < 1:
            return max(1, math.ceil((1 - bucket.left) / self._per_second))
        bucket.left -= 1
        return 0
