"""The steps of a draft, in the order in which they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Step(StrEnum):
    NAME = "name"
    GOAL = "goal"
    PROMOTION = "promotion"
    AUDIENCE = "audience"
    EXCLUDING = "excluding"
    MESSAGE = "message"
    PICTURE = "picture"
    LINKS = "links"
    VERSIONS = "versions"
    WEIGHTS = "weights"
    HOLDOUT = "holdout"
    TIME = "time"
    QUIET = "quiet"
    STOP = "stop"
    COST = "cost"
    WINDOW = "window"


OF_ARMS = (Step.MESSAGE, Step.PICTURE, Step.LINKS)

FIRST_ARM = "A"
ARMS = "ABCD"
MUST = (Step.NAME, Step.AUDIENCE)
"""What a draft does not go on without."""


@dataclass(frozen=True)
class Place:
    """A step; of a version of the message (``arm``), and of one of its languages."""

    step: Step
    arm: str = ""
    language: str = ""

    def packed(self) -> str:
        return f"{self.step}.{self.arm}.{self.language}".rstrip(".")

    @classmethod
    def unpacked(cls, text: str) -> Self | None:
        """None for anything that was not packed."""
        step, _, rest = text.partition(".")
        arm, _, language = rest.partition(".")
        if step not in list(Step):
            return None
        place = cls(Step(step), arm, language)
        of_arm = (len(arm) == 1 and arm in ARMS) == (place.step in OF_ARMS) and (not arm or arm in ARMS)
        return place if of_arm and bool(language) == (place.step == Step.MESSAGE) else None


def route(*, languages: Sequence[str], arms: Sequence[str]) -> list[Place]:
    """Every place, in order. ``arms`` are the versions there are, or are being written."""
    places = [Place(one) for one in (Step.NAME, Step.GOAL, Step.PROMOTION, Step.AUDIENCE)]
    for arm in sorted({FIRST_ARM, *arms}):
        places += [Place(Step.MESSAGE, arm, language) for language in languages]
        if arm == FIRST_ARM:
            places += [Place(Step.PICTURE, arm), Place(Step.LINKS, arm)]
    places.append(Place(Step.VERSIONS))
    if len({FIRST_ARM, *arms}) > 1:
        places.append(Place(Step.WEIGHTS))
    return places + [Place(one) for one in (Step.HOLDOUT, Step.TIME, Step.QUIET, Step.STOP, Step.COST)]


def after(place: Place, way: Sequence[Place]) -> Place | None:
    """The next place; None behind the last, and for one that is not on the way."""
    at = way.index(place) + 1 if place in way else len(way)
    return way[at] if at < len(way) else None


def before(place: Place, way: Sequence[Place]) -> Place | None:
    at = way.index(place) if place in way else 0
    return way[at - 1] if at else None
