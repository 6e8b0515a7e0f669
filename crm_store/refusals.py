"""Refusals: what the store will not do, each with what a person must be told.

A verb raises one before it has changed anything; the conversation shows the template of its name
(``refused/<template>.html.j2``) with its attributes.
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """Base of every refusal; ``facts`` are what the sentence needs."""

    template: ClassVar[str]

    def __init__(self, **facts: Any) -> None:
        super().__init__(f"{self.template}: {facts}")
        self.facts = facts


class NoSuchTicket(Refusal):
    """facts: number, as it was asked for. Also for another customer's ticket: it is not told apart."""

    template = "no_such_ticket"


class NoTicketNamed(Refusal):
    """facts: command (its Latin name). It was neither named nor replied to."""

    template = "no_ticket_named"


class IllegalTransition(Refusal):
    """facts: ticket, event, allowed (events)."""

    template = "illegal_transition"


class AlreadyClaimed(Refusal):
    """facts: ticket, assignee (Staff)."""

    template = "already_claimed"


class NotAssigned(Refusal):
    """facts: ticket. Only the person who has a ticket may release it."""

    template = "not_assigned"


class NoSuchStaff(Refusal):
    """facts: name, staff (those there are)."""

    template = "no_such_staff"


class InviteInvalid(Refusal):
    """The link was used already, has expired, or never was one. No facts: it is not told which."""

    template = "invite_invalid"


class NotAllowed(Refusal):
    """facts: role (that would be needed)."""

    template = "not_allowed"


class LastOwner(Refusal):
    """The last owner cannot be removed: nobody could invite another. No facts."""

    template = "last_owner"


class NotACustomer(Refusal):
    """A member of staff who never was a customer used what is for customers. No facts."""

    template = "not_a_customer"


class AlreadyRated(Refusal):
    """facts: ticket, score."""

    template = "already_rated"


class NoSuchCustomer(Refusal):
    """facts: number, as it was asked for."""

    template = "no_such_customer"


class NoCustomerNamed(Refusal):
    """facts: command (its Latin name). No number, and nothing replied to that says whose."""

    template = "no_customer_named"


class NoSuchOrder(Refusal):
    """facts: number, as it was asked for. Also for another customer's order: it is not told apart."""

    template = "no_such_order"


class NoOrderNamed(Refusal):
    """facts: command (its Latin name)."""

    template = "no_order_named"
