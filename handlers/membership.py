"""Where the bot is: private chats that block or unblock it, and groups, in which it stays silent."""

from telegram import ChatMember

from crm_store.customers import customers
from crm_store.marketing import opt_outs
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import said

GONE = {ChatMember.BANNED, ChatMember.LEFT}


def changed(chat: Chat) -> None:
    """The person blocked the bot (or let it back in): the desk must not count on reaching them, and they want
    no marketing even when they are back."""
    change = chat.update.my_chat_member
    if change is None or chat.customer is None:
        return
    if change.new_chat_member.status in GONE:
        customers.lose(chat.session, customer=chat.customer, now=chat.now)
        opt_outs.opt_out(
            chat.session, customer=chat.customer, why=opt_outs.BLOCKED, actor=chat.customer, now=chat.now
        )
    else:
        customers.regain(chat.session, customer=chat.customer, now=chat.now)
        notices.reachable_again(chat)


def silent(_chat: Chat) -> None:
    """A group that is not bound to the desk: say nothing, keep nothing."""


HANDLERS = [
    said(
        lambda chat: chat.update.effective_chat is not None and chat.update.effective_chat.type != "private",
        run=silent,
    ),
    said(lambda chat: chat.update.my_chat_member is not None, run=changed),
]
