"""/on, /off (上班, 下班): who hears of new tickets. Coming on duty shows what waits."""

from crm_store.service import queue as waiting
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.agent import queue
from handlers.chat import Chat
from handlers.commands import command


def come(chat: Chat) -> None:
    fresh = staff_verbs.set_duty(chat.session, staff=chat.me, on_duty=True, now=chat.now)
    chat.say("agent/duty/on.html.j2", fresh=fresh)
    queue.show_queue(chat)


def go(chat: Chat) -> None:
    fresh = staff_verbs.set_duty(chat.session, staff=chat.me, on_duty=False, now=chat.now)
    left = [one.name for one in staff_verbs.on_duty(chat.session)]
    chat.say(
        "agent/duty/off.html.j2",
        fresh=fresh,
        own=waiting.count_of_assignee(chat.session, staff=chat.me),
        left=left,
    )


HANDLERS = [
    command("on", "上班", role=Role.AGENT, run=come, glued=None),
    command("off", "下班", role=Role.AGENT, run=go, glued=None),
]
