"""/cancel, 取消: out of whatever question is open."""

from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command


def cancel(chat: Chat) -> None:
    left = chat.leave_form()
    chat.say("cancel/left.html.j2" if left else "cancel/nothing.html.j2")


HANDLERS = [command("cancel", "取消", role=Role.CUSTOMER, run=cancel)]
