"""The states a ticket can be in, and which may follow which."""

from enum import IntEnum, StrEnum


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


class Priority(IntEnum):
    """1 is the most urgent; people write P1 … P4."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4


class TicketState(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_INTERNAL = "waiting_internal"
    RESOLVED = "resolved"
    CLOSED = "closed"
