"""/seg_why S3 C12, 为什么: why a customer belongs to a segment, or does not."""

from crm_store.marketing import membership, segments
from crm_store.staff.roles import Role
from handlers import numbers
from handlers.agent.records import whom
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.segments import listed
from handlers.manager.segments.buttons import OpenSegment
from handlers.taps import button


def why(chat: Chat) -> None:
    *before, last = chat.arguments.split() or [""]
    found = numbers.alone(last, numbers.CUSTOMER)
    if found is None or not before:
        chat.say("manager/segments/why_usage.html.j2")
        return
    segment = segments.get(chat.session, named=" ".join(before))
    customer = whom.get(chat, found)
    filtered = segments.read(chat.session, text=segment.filter, reading=listed.reading(chat))
    reasons = membership.why(chat.session, filtered=filtered, customer=customer, seen_by=chat.me)
    chat.say(
        "manager/segments/why.html.j2",
        segment=segment,
        customer=customer,
        reasons=reasons,
        belongs=all(one.met for one in reasons),
        buttons=[
            [
                button("open_customer", OpenCustomer(customer.id), number=customer.number),
                button("segment", OpenSegment(segment.id), name=segment.name),
            ]
        ],
    )


HANDLERS = [command("seg_why", "为什么", role=Role.MANAGER, run=why, glued=listed.GLUED)]
