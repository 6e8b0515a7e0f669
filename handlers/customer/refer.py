"""/refer, 介绍朋友: a customer's own link, in a message to send on; and how many came by it."""

from crm_store.customers import referrals
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command


def refer(chat: Chat) -> None:
    """The second message is the one to send on: nothing in it is meant for the customer themself."""
    customer = chat.speaker
    token = referrals.token(chat.session, customer=customer)
    chat.say("customer/refer/how.html.j2", brought=referrals.brought(chat.session, customer=customer))
    chat.say("customer/refer/invitation.html.j2", link=f"https://t.me/{chat.desk.bot_username}?start={token}")


HANDLERS = [
    command(
        "refer",
        "介绍朋友",
        "推荐给朋友",
        "老带新",
        role=Role.CUSTOMER,
        run=refer,
        customers_only=True,
    )
]
