"""Five buttons after a resolution, and a comment for those who want to say more."""

from dataclasses import dataclass

from crm_store.service import ratings, tickets
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.customer.message import receive
from handlers.incoming import read
from handlers.taps import Keyboard, Tap, button

FORM, COMMENT = "rating", "comment"


@dataclass(frozen=True)
class Rate(Tap, verb="rate"):
    ticket: int
    cycle: int
    score: int


@dataclass(frozen=True)
class AddComment(Tap, verb="comment"):
    ticket: int


def buttons(ticket: Ticket) -> Keyboard:
    """One to five, for the ticket's present resolution."""
    row = [button(f"score_{score}", Rate(ticket.id, ticket.reopen_count, score)) for score in range(1, 6)]
    return [row]


def rate(chat: Chat, tapped: Rate) -> None:
    ticket = tickets.get(chat.session, ticket_id=tapped.ticket, seen_by=chat.speaker)
    asked = ratings.was_asked(chat.session, ticket=ticket, cycle=tapped.cycle)
    if not asked or not 1 <= tapped.score <= 5:
        return chat.toast("old_button")
    ratings.rate(
        chat.session, ticket=ticket, cycle=tapped.cycle, score=tapped.score, actor=chat.speaker, now=chat.now
    )
    chat.toast("rated")
    chat.edit(
        "customer/rating/thanks.html.j2",
        ticket=ticket,
        score=tapped.score,
        buttons=[[button("add_comment", AddComment(ticket.id))]],
    )
    notices.rated(chat, ticket=ticket, customer=chat.speaker, score=tapped.score)


def ask_comment(chat: Chat, tapped: AddComment) -> None:
    ticket = tickets.get(chat.session, ticket_id=tapped.ticket, seen_by=chat.speaker)
    chat.ask(FORM, COMMENT, ticket=ticket.id)
    chat.say("customer/rating/comment.html.j2", ticket=ticket)


def commented(chat: Chat) -> None:
    assert chat.form is not None
    text = read(chat.message).text
    if chat.message.text is None:
        chat.leave_form()
        return receive(chat)  # a picture is more than a comment: it goes into the conversation
    ticket = tickets.get(chat.session, ticket_id=chat.form.answers["ticket"], seen_by=chat.speaker)
    ratings.comment(chat.session, ticket=ticket, text=text, actor=chat.speaker, now=chat.now)
    chat.leave_form()
    chat.say("customer/rating/commented.html.j2")
    notices.commented(chat, ticket=ticket, customer=chat.speaker, comment=text)


HANDLERS = [tap(Rate, role=Role.CUSTOMER, run=rate), tap(AddComment, role=Role.CUSTOMER, run=ask_comment)]
FORMS = [answered(FORM, COMMENT, role=Role.CUSTOMER, run=commented)]
