"""What the bot understands: one ordered list, the first match answers.

Order matters: membership and edits before commands, commands before forms (a command interrupts a form),
forms before free text, and the last entry takes whatever is left.
"""

from crm_store.refusals import Refusal
from handlers import cancel, help, language, membership, refused
from handlers.chat import Aside, Chat, speaking
from handlers.commands import Matcher
from handlers.customer import ask, edit, kind, message, rating, start, tickets
from handlers.manager import today

HANDLERS: list[Matcher] = [
    *membership.HANDLERS,
    *edit.HANDLERS,
    # Commands and buttons: they interrupt a form. The order is that of the menu.
    *ask.HANDLERS,
    *tickets.HANDLERS,
    *today.HANDLERS,
    *help.HANDLERS,
    *language.HANDLERS,
    *cancel.HANDLERS,
    *start.HANDLERS,
    *kind.HANDLERS,
    *rating.HANDLERS,
    *refused.HANDLERS,
    # Answers to what was asked.
    *ask.FORMS,
    *rating.FORMS,
    # Whatever is left.
    *message.HANDLERS,
]


def handle(chat: Chat) -> None:
    """Answer one update with the first handler whose ``check_update`` matches."""
    token = speaking.set(chat)
    try:
        for handler in HANDLERS:
            if handler.check_update(chat.update):
                if not chat.role.includes(handler.role):
                    return refused.role(chat, handler)
                return handler.run(chat)
    except Refusal as refusal:
        refused.say(chat, refusal)
    finally:
        speaking.reset(token)
        if chat.update.callback_query is not None and not chat.asides:  # the button must stop spinning
            chat.asides.append(Aside("answerCallbackQuery", {"callback_query_id": chat.query.id}))
