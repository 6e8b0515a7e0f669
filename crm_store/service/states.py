"""The states a ticket can be in, and which may follow which."""

from enum import StrEnum


class Kind(StrEnum):
    """What a ticket is about. UNSURE is an answer: nobody, and no model, has said yet."""

    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    FEEDBACK = "feedback"
    ORDER_STATUS = "order_status"
    UNSURE = "unsure"


class KindSource(StrEnum):
    """Who said what kind a ticket is; a person's word is never overwritten by the model's."""

    MODEL = "model"
    CUSTOMER = "customer"
    STAFF = "staff"


class Priority(StrEnum):
    """P1 is the most urgent; sorting by the value sorts by urgency."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class TicketState(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_INTERNAL = "waiting_internal"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Event(StrEnum):
    """What can happen to a ticket's state."""

    CLAIM = "claim"
    ANSWER = "answer"
    WAIT = "wait"
    CUSTOMER_WROTE = "customer_wrote"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    WITHDRAW = "withdraw"


_S = TicketState
ACTIVE = (_S.NEW, _S.OPEN, _S.WAITING_CUSTOMER, _S.WAITING_INTERNAL)
"""States in which somebody still owes something."""

TRANSITIONS: dict[Event, dict[TicketState, TicketState]] = {
    Event.CLAIM: {
        _S.NEW: _S.OPEN,
        _S.OPEN: _S.OPEN,
        _S.WAITING_CUSTOMER: _S.WAITING_CUSTOMER,
        _S.WAITING_INTERNAL: _S.WAITING_INTERNAL,
    },
    Event.ANSWER: {
        **dict.fromkeys(ACTIVE, _S.WAITING_CUSTOMER),
        _S.RESOLVED: _S.RESOLVED,  # an afterthought; the customer's reply is what reopens
    },
    Event.WAIT: dict.fromkeys((_S.NEW, _S.OPEN, _S.WAITING_CUSTOMER), _S.WAITING_INTERNAL),
    Event.CUSTOMER_WROTE: {
        _S.NEW: _S.NEW,
        _S.OPEN: _S.OPEN,
        _S.WAITING_CUSTOMER: _S.OPEN,
        _S.WAITING_INTERNAL: _S.OPEN,
        _S.RESOLVED: _S.OPEN,
    },
    Event.RESOLVE: dict.fromkeys(ACTIVE, _S.RESOLVED),
    Event.REOPEN: {_S.RESOLVED: _S.OPEN},
    Event.CLOSE: {_S.RESOLVED: _S.CLOSED},
    Event.WITHDRAW: dict.fromkeys((*ACTIVE, _S.RESOLVED), _S.CLOSED),
}
STAFF_EVENTS = (Event.CLAIM, Event.ANSWER, Event.WAIT, Event.RESOLVE, Event.REOPEN, Event.CLOSE)


def next_state(state: TicketState, event: Event) -> TicketState | None:
    """The state ``event`` leads to, or None where it is not allowed."""
    return TRANSITIONS[event].get(state)


def allowed(state: TicketState) -> list[Event]:
    """What staff may do with a ticket in ``state``."""
    return [event for event in STAFF_EVENTS if state in TRANSITIONS[event]]
