"""The buttons about customers: cards, timelines, searches."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class OpenCustomer(Tap, verb="c"):
    """Say the customer's card; what was tapped stays."""

    customer: int


@dataclass(frozen=True)
class BackToCustomer(Tap, verb="ccard"):
    """Turn the tapped message into the customer's card."""

    customer: int


@dataclass(frozen=True)
class Unmask(Tap, verb="cshow"):
    """Show the contacts in full this once; it is written down who asked."""

    customer: int


@dataclass(frozen=True)
class ShowTimeline(Tap, verb="tl"):
    """``kind``: what is shown, ``all`` or a kind of the timeline; ``cursor``: where the page begins, empty
    for the newest."""

    customer: int
    kind: str
    cursor: str


@dataclass(frozen=True)
class ShowTickets(Tap, verb="ctickets"):
    customer: int
    page: int


@dataclass(frozen=True)
class Log(Tap, verb="clog"):
    """Write down a call, a mail, a visit or a note: the next message says what it was about."""

    customer: int
    kind: str


@dataclass(frozen=True)
class TurnFound(Tap, verb="found"):
    """Another page of a search; ``cursor`` is where it begins, empty for the first."""

    lookup: int
    cursor: str


@dataclass(frozen=True)
class NewFromLookup(Tap, verb="foundnew"):
    """Nobody was found: make a new customer of what was asked for."""

    lookup: int
