"""What people are told when something cannot be done: always what to do next."""

from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers.chat import Aside, Chat
from handlers.commands import CaptionCommand, Matcher, UnknownCommand, said


def say(chat: Chat, refusal: Refusal) -> None:
    """The refusal's own sentence, with its facts."""
    _stop_waiting(chat)
    chat.say(f"refused/{refusal.template}.html.j2", **refusal.facts)


def role(chat: Chat, handler: Matcher) -> None:
    """Somebody used what their role may not. A customer learns nothing of staff's commands."""
    if chat.update.callback_query is not None:
        chat.toast("no_access", alert=True)
    elif chat.staff is None:
        unknown_command(chat)
    else:
        chat.say("refused/not_allowed.html.j2", role=handler.role)


def unknown_command(chat: Chat) -> None:
    chat.say("refused/unknown_command.html.j2")


def caption_command(chat: Chat) -> None:
    """Staff wrote a command under a file: neither may reach the customer by mistake."""
    chat.say("refused/caption_command.html.j2")


def old_button(chat: Chat) -> None:
    """A button of an earlier version, or a forged one."""
    chat.toast("old_button")


def _stop_waiting(chat: Chat) -> None:
    """Let the tapped button stop spinning."""
    if chat.update.callback_query is not None:
        chat.asides.append(Aside("answerCallbackQuery", {"callback_query_id": chat.query.id}))


HANDLERS: list[Matcher] = [
    UnknownCommand(unknown_command, role=Role.CUSTOMER),
    CaptionCommand(caption_command, role=Role.AGENT),
    said(lambda chat: chat.update.callback_query is not None, run=old_button),
]
