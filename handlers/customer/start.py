"""/start: a greeting that says what to expect. It opens no ticket; a deep link's payload is the source, or
who brought a newcomer."""

from crm_store.customers import customers, referrals
from crm_store.staff.roles import Role
from handlers import numbers
from handlers.agent.records import card
from handlers.chat import Chat
from handlers.commands import command


def start(chat: Chat) -> None:
    if chat.staff is not None:
        return chat_with_staff(chat)
    is_new = chat.customer is None
    customer = chat.speaker
    if referrals.looks_right(chat.arguments):
        by = referrals.whose(chat.session, chat.arguments) if is_new else None
        if by is not None:
            referrals.bring(chat.session, customer=customer, by=by, now=chat.now)
    elif numbers.number(chat.arguments) is None:  # a button that staff posted leads here too
        customers.note_source(chat.session, customer=customer, source=chat.arguments, now=chat.now)
    chat.leave_form()
    chat.say(
        "customer/start/greeting.html.j2",
        name=customer.name,
        is_open=chat.desk.is_open(chat.now),
        opens_at=chat.desk.next_opening(chat.now),
    )


def chat_with_staff(chat: Chat) -> None:
    """The welcome; behind a button of an inline result, the customer whom it names."""
    named = numbers.alone(chat.arguments, numbers.CUSTOMER)
    if named is not None:
        card.open_number(chat, named)
    else:
        chat.say("agent/help/start.html.j2", me=chat.me)


HANDLERS = [command("start", "开始", role=Role.CUSTOMER, run=start, menu=False)]
