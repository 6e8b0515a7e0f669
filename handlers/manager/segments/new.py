"""/seg_new, 新客群: a segment of a name and a filter, or a ready-made one.

The name is what stands beside the filter's terms: /seg_new 北京老客 城市:北京 订单数>3.
"""

import tomllib
from functools import cache
from pathlib import Path

from crm_store.customers import filters
from crm_store.marketing import segments
from crm_store.marketing.segment_refusals import NoSuchSegment
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.segments import listed
from handlers.manager.segments.buttons import UseTemplate
from handlers.taps import button


@cache
def templates() -> dict[str, str]:
    """Filters of ready-made segments, by key."""
    path = Path(__file__).with_name("segment_templates.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


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
        buttons=[[button(f"template_{key}", UseTemplate(key))] for key in templates()],
    )


def use(chat: Chat, tapped: UseTemplate) -> None:
    """The same one again opens the segment that was made of it."""
    text = templates().get(tapped.template)
    if text is None:
        return chat.toast("old_button")
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
