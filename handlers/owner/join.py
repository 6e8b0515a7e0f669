"""/start with an invite's token: somebody joins the staff."""

from crm_store.staff import invites
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import said
from handlers.help import queue_menu


def join(chat: Chat) -> None:
    user = chat.user
    chat.staff = invites.accept(
        chat.session,
        token=_token(chat),
        user_id=user.id,
        chat_id=chat.chat_id,
        name=user.full_name,
        username=user.username,
        language=chat.language,
        now=chat.now,
    )
    chat.leave_form()
    chat.say("owner/join/welcome.html.j2", me=chat.me)
    queue_menu(chat, chat.me, role=chat.role)


def brings_a_token(chat: Chat) -> bool:
    message = chat.update.message
    return (
        message is not None
        and message.chat.type == "private"
        and (message.text or "").startswith("/start")
        and _token(chat).startswith(invites.PREFIX)
    )


def _token(chat: Chat) -> str:
    words = (chat.message.text or "").split()
    return words[1] if len(words) > 1 else ""


HANDLERS = [said(brings_a_token, role=Role.CUSTOMER, run=join)]
