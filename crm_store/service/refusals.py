"""What is not done with a ticket, each with what a person must be told."""

from crm_store.refusals import Refusal


class SameTicket(Refusal):
    """facts: number. A ticket and itself, or one that was merged already."""

    template = "same_ticket"


class TicketsOfTwo(Refusal):
    """facts: one, other (numbers). Tickets of two customers stay two: each reads only their own."""

    template = "tickets_of_two"


class TicketIsClosed(Refusal):
    """facts: ticket. What is closed stays as it was."""

    template = "ticket_is_closed"


class NoSuchTask(Refusal):
    """No facts. It was done meanwhile, is a colleague's, or never was: it is not told apart."""

    template = "no_such_task"
