"""What customers' buttons mean outside of a conversation; nothing heavy is loaded for it."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class OptOut(Tap, verb="optout"):
    """The button under every message of a campaign."""

    campaign: int
