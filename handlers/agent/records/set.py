"""/set, 改客户: change a customer's fields in one line: /set C12 phone=13900000000 城市=上海."""

from crm_store.staff.roles import Role
from handlers.agent.records import conflict, keys
from handlers.agent.records.whom import whom
from handlers.chat import Chat
from handlers.commands import command
from handlers.numbers import GLUED_CUSTOMER


def set_named(chat: Chat) -> None:
    found = whom(chat, "set")
    pairs = keys.pairs(chat, found.rest)
    if not pairs.typed or pairs.stray:
        chat.say(
            "agent/records/set_usage.html.j2",
            customer=found.customer,
            stray=pairs.stray,
            names=[keys.label(chat, one) for one in keys.OFFERED],
            fields=keys.visible(chat),
        )
    else:
        conflict.write(chat, found.customer, pairs.typed)


HANDLERS = [command("set", "改客户", role=Role.AGENT, run=set_named, glued=GLUED_CUSTOMER)]
