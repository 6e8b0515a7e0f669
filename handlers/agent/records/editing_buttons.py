"""The buttons for changing a customer's record."""

from dataclasses import dataclass

from crm_store.customers.tables import NeedState
from handlers.taps import Tap


@dataclass(frozen=True)
class EditCustomer(Tap, verb="cedit"):
    """Which field? In place of the tapped message."""

    customer: int


@dataclass(frozen=True)
class EditField(Tap, verb="cfield"):
    """The next message is the new value of ``key``."""

    customer: int
    key: str


@dataclass(frozen=True)
class PickValue(Tap, verb="cpick"):
    """One of the values there are to choose from, by its place among them."""

    customer: int
    option: int
    key: str


@dataclass(frozen=True)
class ClearField(Tap, verb="cclear"):
    customer: int
    key: str


@dataclass(frozen=True)
class TakeMine(Tap, verb="cmine"):
    """Somebody else changed the field meanwhile: what I wrote counts."""

    customer: int


@dataclass(frozen=True)
class KeepTheirs(Tap, verb="ctheirs"):
    customer: int


@dataclass(frozen=True)
class UndoChange(Tap, verb="cundo"):
    """``change`` must still be the last change by staff."""

    customer: int
    change: int


@dataclass(frozen=True)
class TakeCustomer(Tap, verb="ctake"):
    """Become the owner of a customer whom nobody has."""

    customer: int


@dataclass(frozen=True)
class AssignCustomer(Tap, verb="cassign"):
    customer: int
    staff: int


@dataclass(frozen=True)
class ShowTrail(Tap, verb="trail"):
    """Who changed what. ``of``: the letter of its number; ``before``: those older than this row, 0 for the
    latest."""

    of: str
    id: int
    before: int


@dataclass(frozen=True)
class AddNeed(Tap, verb="needof"):
    """Keep what the ticket's customer wrote last as something they want."""

    ticket: int


@dataclass(frozen=True)
class NeedIn(Tap, verb="needin"):
    """Keep it under a category that is known, by its place among them."""

    message: int
    option: int


@dataclass(frozen=True)
class SettleNeed(Tap, verb="needset"):
    need: int
    state: NeedState


@dataclass(frozen=True)
class ForgetPreference(Tap, verb="prefdel"):
    customer: int
    preference: int


@dataclass(frozen=True)
class CreateNew(Tap, verb="newyes"):
    """Make a customer of what was read; ``draft`` is its message, so that an old one creates nobody."""

    draft: int


@dataclass(frozen=True)
class ChangeNew(Tap, verb="newedit"):
    draft: int


@dataclass(frozen=True)
class ChangeNewField(Tap, verb="newfield"):
    draft: int
    key: str


@dataclass(frozen=True)
class PutRest(Tap, verb="newrest"):
    """What was not recognised is this field; ``none`` leaves it out."""

    draft: int
    key: str


@dataclass(frozen=True)
class DropNew(Tap, verb="newno"):
    draft: int


@dataclass(frozen=True)
class BackToNew(Tap, verb="newback"):
    draft: int
