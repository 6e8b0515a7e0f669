"""The buttons of segments and tiers."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class AnalyseNow(Tap, verb="analyse"):
    """Do not wait for the night."""


@dataclass(frozen=True)
class ShowTiers(Tap, verb="tiers"):
    pass


@dataclass(frozen=True)
class OpenSegment(Tap, verb="seg"):
    segment: int


@dataclass(frozen=True)
class ShowSegments(Tap, verb="segs"):
    page: int


@dataclass(frozen=True)
class DropSegment(Tap, verb="segdrop"):
    segment: int


@dataclass(frozen=True)
class ConfirmDrop(Tap, verb="segdropyes"):
    segment: int


@dataclass(frozen=True)
class UseTemplate(Tap, verb="segof"):
    """A ready-made segment, by its key in ``new.READY_MADE``."""

    template: str
