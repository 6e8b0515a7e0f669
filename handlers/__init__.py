"""What the bot understands: one ordered list, the first match answers.

Order matters: membership and edits before commands, commands before forms (a command interrupts a form),
forms before free text, and the last entry takes whatever is left.
"""

from crm_store.refusals import Refusal
from handlers import refused
from handlers.chat import Chat, speaking
from handlers.commands import Matcher
from handlers.customer import kind, message

HANDLERS: list[Matcher] = [
    *kind.HANDLERS,
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
