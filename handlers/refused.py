"""What people are told when something cannot be done: always what to do next."""

from typing import TYPE_CHECKING

from crm_store.refusals import Refusal
from handlers.chat import Aside, Chat

if TYPE_CHECKING:
    from handlers.commands import Matcher


def say(chat: Chat, refusal: Refusal) -> None:
    """The refusal's own sentence, with its facts."""
    _stop_waiting(chat)
    chat.say(f"refused/{refusal.template}.html.j2", **refusal.facts)


def role(chat: Chat, handler: "Matcher") -> None:
    """Somebody used what their role may not. A customer learns nothing of staff's commands."""
    _stop_waiting(chat)
    if chat.staff is None:
        chat.say("refused/unknown_command.html.j2")
    else:
        chat.say("refused/not_allowed.html.j2", role=handler.role)


def _stop_waiting(chat: Chat) -> None:
    """Let the tapped button stop spinning."""
    if chat.update.callback_query is not None:
        chat.asides.append(Aside("answerCallbackQuery", {"callback_query_id": chat.query.id}))
