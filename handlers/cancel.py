"""/cancel, 取消: out of whatever question is open."""

from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command


def cancel(chat: Chat) -> None:
    left = chat.leave_form()
    if left:
        chat.say("cancel/left.html.j2", staff=chat.staff)
    else:
        chat.say("cancel/nothing.html.j2")


HANDLERS = [command("cancel", "取消", role=Role.CUSTOMER, run=cancel)]
