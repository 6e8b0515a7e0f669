"""/seg_new, 新客群: a segment of a name and a filter, or a ready-made one.

The name is what stands beside the filter's terms: /seg_new 北京老客 城市:北京 订单数>3.
"""

from crm_store.customers import filters
from crm_store.marketing import segments
from crm_store.marketing.segment_refusals import NoSuchSegment
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.segments import listed
from handlers.manager.segments.buttons import UseTemplate
from handlers.taps import button

READY_MADE = ("best", "gone_quiet", "newcomers", "promising", "may_leave", "asleep", "bought_once")
"""Segments by their keys: names are ``[segment_templates]`` of the labels, filters ``[segment_filters]``."""


def new(chat: Chat) -> None:
    terms, name = filters.split(chat.arguments)
    if not terms:
        return _usage(chat, name)
    text = " ".join(map(str, terms))
    if not name:
        segments.read(chat.session, text=text, reading=listed.reading(chat))
        chat.say("manager/segments/nameless.html.j2", filter=text)
        return None
    segment = segments.create(chat.session, name=name, text=text, reading=listed.reading(chat), by=chat.me)
    return listed.show(chat, segment, made=True)


def _usage(chat: Chat, name: str) -> None:
    chat.say(
        "manager/segments/usage.html.j2",
        name=name,
        buttons=[[button(f"template_{key}", UseTemplate(key))] for key in READY_MADE],
    )


def use(chat: Chat, tapped: UseTemplate) -> None:
    """The same one again opens the segment that was made of it."""
    if tapped.template not in READY_MADE:
        return chat.toast("old_button")
    text = chat.words.label(chat.language, "segment_filters", tapped.template)
    name = chat.words.label(chat.language, "segment_templates", tapped.template)
    try:
        segment, made = segments.get(chat.session, named=name), False
    except NoSuchSegment:
        segment, made = (
            segments.create(chat.session, name=name, text=text, reading=listed.reading(chat), by=chat.me),
            True,
        )
    return listed.show(chat, segment, anew=True, made=made)


HANDLERS = [
    command("seg_new", "新客群", role=Role.MANAGER, run=new),
    tap(UseTemplate, role=Role.MANAGER, run=use),
]
