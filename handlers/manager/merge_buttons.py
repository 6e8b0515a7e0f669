"""The buttons about customers who may be one."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class OpenPairs(Tap, verb="pairs"):
    """Say the first pair; what was tapped stays."""


@dataclass(frozen=True)
class TurnPairs(Tap, verb="pairpage"):
    page: int


@dataclass(frozen=True)
class NotTheSame(Tap, verb="pairno"):
    a: int
    b: int
    page: int


@dataclass(frozen=True)
class PreviewMerge(Tap, verb="mg"):
    """Field by field; ``flips`` are the bits of the choices that were turned round, in hexadecimal."""

    kept: int
    gone: int
    flips: str


@dataclass(frozen=True)
class MergeNow(Tap, verb="mgo"):
    """``version`` is that of the preview: what changed since is shown again first."""

    kept: int
    gone: int
    version: int
    flips: str


@dataclass(frozen=True)
class Unmerge(Tap, verb="mgundo"):
    customer: int


@dataclass(frozen=True)
class PreviewTickets(Tap, verb="tmg"):
    kept: int
    gone: int


@dataclass(frozen=True)
class MergeTickets(Tap, verb="tmgo"):
    kept: int
    gone: int
