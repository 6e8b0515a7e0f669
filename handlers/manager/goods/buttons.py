"""The buttons of what the night found of goods and time."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class ShowDemand(Tap, verb="demand"):
    pass


@dataclass(frozen=True)
class ShowDemandBoard(Tap, verb="demandby"):
    """Which way of foretelling did best."""


@dataclass(frozen=True)
class ShowCohorts(Tap, verb="cohorts"):
    """Of a channel, by its place in the snapshot; -1 for all."""

    snapshot: int
    channel: int


@dataclass(frozen=True)
class ShowLikely(Tap, verb="likely"):
    """Who is likely to buy of a category, by its place in the snapshot."""

    snapshot: int
    category: int
    page: int
