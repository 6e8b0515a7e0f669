"""Questions about an order: the next message answers; what waits for a ticket goes on waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crm_store.mailbox.forms import TYPED
from crm_store.refusals import Refusal
from crm_store.sales.refusals import IllegalOrderStep
from crm_store.sales.tables import Order
from handlers.agent.aim import TEXT, kept, put_aside
from handlers.chat import Chat
from handlers.incoming import read

DRAFTING, PAYING, SHIPPING, REFUNDING = "order_new", "order_pay", "order_ship", "order_refund"
RETURNING, CANCELLING = "order_take_back", "order_cancel"
QUESTIONS = (PAYING, SHIPPING, REFUNDING, RETURNING, CANCELLING)
"""Forms whose answer is carried out at once, and of which the customer hears."""

FORMS_OF_ORDERS = (DRAFTING, *QUESTIONS)


PENDING = "pending"
"""Lines typed for a draft that several products may be meant by; the first is being asked about."""


def ask(chat: Chat, form: str, order: Order, *, step: str = TEXT, typed: str = "", **answers: Any) -> None:
    """The next message answers ``form`` about this order. ``typed`` is what was written already and still
    counts: given back should nobody go on."""
    waiting = kept(chat)
    if not (form == DRAFTING and is_about(chat, order, DRAFTING)) and _give_back(chat):
        chat.form = None
    chat.ask(form, step, order=order.id, kept=waiting, **{TYPED: typed}, **answers)


def leave(chat: Chat) -> None:
    """Out of the question; a draft and what is in it stay."""
    _give_back(chat)
    put_aside(chat)


def leave_done(chat: Chat, order: Order, *forms: str) -> None:
    """Out of the question that asked for what was just done to this order, if that was being asked."""
    if is_about(chat, order, *forms):
        leave(chat)


def turn_away(chat: Chat) -> None:
    """Who goes on to something else no longer answers a question about an order: words meant for a search
    must not give goods or money back. A draft stays as it is."""
    if chat.form is not None and chat.form.form in QUESTIONS and not chat.asked_now:
        leave(chat)


def _give_back(chat: Chat) -> bool:
    """Lines that were typed and would be lost with the form are said back; whether there were any."""
    form = chat.form
    if form is None or form.form != DRAFTING or not (lines := form.answers.get(PENDING)):
        return False
    chat.say("agent/order/not_added.html.j2", number=f"O{form.answers['order']}", unread=lines)
    return True


def is_about(chat: Chat, order: Order, *forms: str) -> bool:
    """Whether the speaker is being asked one of these about this order."""
    return chat.form is not None and chat.form.form in forms and chat.form.answers["order"] == order.id


@contextmanager
def asked_again(chat: Chat, form: str, order: Order) -> Iterator[None]:
    """A refusal of what was answered asks anew, and what was typed no longer counts; where the order's state
    forbids the step altogether, the question is over."""
    try:
        yield
    except Refusal as refusal:
        if is_about(chat, order, form):
            if isinstance(refusal, IllegalOrderStep):
                leave(chat)
            else:
                ask_again(chat, form, order)
        raise


def ask_again(chat: Chat, form: str, order: Order) -> None:
    """What was typed cannot be and no longer counts; what was chosen by buttons stays."""
    if is_about(chat, order, form):
        chat.ask(form, TEXT, **{**answers(chat), TYPED: ""})
    else:
        ask(chat, form, order)


def answers(chat: Chat) -> dict[str, Any]:
    assert chat.form is not None
    return chat.form.answers


def so_far(chat: Chat) -> str:
    """What was typed before, and what is typed now: one text."""
    return f"{answers(chat).get(TYPED, '')} {words(chat)}".strip()


def words(chat: Chat) -> str:
    """What the message says; empty for one without words."""
    return read(chat.message).text.strip()
