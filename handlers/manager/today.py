"""/today, 今日: the desk's numbers since midnight, beside yesterday's up to this time of day."""

from datetime import time, timedelta

from crm_store.analysis.service_summary import Window
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager import summary


def today(chat: Chat) -> None:
    local = chat.desk.local(chat.now)
    yesterday = local.date() - timedelta(days=1)
    midnight = chat.desk.moment(local.date(), time())
    report = summary.report(
        chat.session,
        # What was written in the same moment as /today is no news of tomorrow's.
        window=Window(midnight, chat.now + timedelta.resolution),
        before=Window(chat.desk.moment(yesterday, time()), chat.desk.moment(yesterday, local.time())),
        so_far=True,
    )
    chat.say(summary.TEMPLATE, buttons=summary.buttons(report), **report.values())


HANDLERS = [command("today", "今日", role=Role.MANAGER, run=today, glued=None)]
