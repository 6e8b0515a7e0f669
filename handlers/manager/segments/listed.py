"""/seg, 客群: the segments there are, and one segment: whom it holds and whom it could be sent to."""

from typing import Any

from markupsafe import Markup

from crm_store.customers import lookups
from crm_store.customers.tables import Customer
from crm_store.mailbox import jobs
from crm_store.marketing import reckoning, segments
from crm_store.marketing.segments import Looked, Reading
from crm_store.marketing.tables import Segment
from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers.agent.records import hits
from handlers.agent.records.buttons import TurnFound
from handlers.agent.records.filtered_page import Setting
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.segments.buttons import ConfirmDrop, DropSegment, OpenSegment, ShowSegments
from handlers.taps import Keyboard, button

PAGE = 8
SAMPLE = 5
JOB = "segment"
CARD = "manager/segments/card.html.j2"
GLUED = r"\s*[SsＳｓ]?\d"


def reading(chat: Chat) -> Reading:
    return Reading(chat.desk.timezone, chat.desk.currency, chat.now)


def named(chat: Chat) -> None:
    if chat.arguments:
        return show(chat, segments.get(chat.session, named=chat.arguments))
    return _page(chat, 0)


def turn(chat: Chat, tapped: ShowSegments) -> None:
    _page(chat, max(tapped.page, 0))


def _page(chat: Chat, page: int) -> None:
    found = segments.every(chat.session)
    shown = found[page * PAGE : (page + 1) * PAGE] or found[:PAGE]
    page = page if found[page * PAGE :] else 0
    turns = [button("previous", ShowSegments(page - 1))] if page else []
    turns += [button("following", ShowSegments(page + 1))] if len(found) > (page + 1) * PAGE else []
    chat.show(
        "manager/segments/list.html.j2",
        segments=shown,
        total=len(found),
        buttons=[
            *([button("segment", OpenSegment(one.id), name=one.name)] for one in shown),
            *([turns] if turns else []),
        ],
    )


def open_(chat: Chat, tapped: OpenSegment) -> None:
    show(chat, segments.get(chat.session, named=f"S{tapped.segment}"), anew=True)


def show(chat: Chat, segment: Segment, *, anew: bool = False, made: bool = False) -> None:
    """The card; a filter that cannot be read any more is shown with what is wrong with it. Where counting
    takes long it says so first, and a process of its own counts (the job "segment")."""
    try:
        filtered = segments.read(chat.session, text=segment.filter, reading=reading(chat))
    except Refusal as refusal:
        why = Markup(chat.render(chat.language, f"refused/{refusal.template}.html.j2", **refusal.facts))  # noqa: S704 (rendered and escaped just now)
        buttons = [[button("drop_segment", DropSegment(segment.id))]]
        chat.show("manager/segments/broken.html.j2", segment=segment, why=why, buttons=buttons)
        return
    if not reckoning.is_small(chat.session):
        _have_counted(chat, segment, anew=anew, made=made)
        return
    rules = chat.desk.campaigns
    looked = segments.look(chat.session, filtered=filtered, rules=rules, now=chat.now, most=SAMPLE)
    at = Setting(chat.session, chat.desk, chat.me, chat.now)
    values, buttons = card(at, segment, looked, made=made)
    (chat.say if anew else chat.show)(CARD, buttons=buttons, **values)


def _have_counted(chat: Chat, segment: Segment, *, anew: bool, made: bool) -> None:
    key = (chat.say if anew else chat.turn_into)("manager/segments/counting.html.j2", segment=segment)
    jobs.ask(
        chat.session,
        kind=JOB,
        arguments={"segment": segment.id, "made": made},
        asked_by=chat.me,
        chat_id=chat.chat_id,
        progress_key=key,
        now=chat.now,
    )


def card(at: Setting, segment: Segment, looked: Looked, *, made: bool) -> tuple[dict[str, Any], Keyboard]:
    """What ``CARD`` says, and the buttons under it."""
    customers = [at.session.get(Customer, one) for one in looked.first]
    lines = hits.customer_lines(at, [(one, None) for one in customers if one is not None])
    lookup = lookups.keep(at.session, text=f"segment:{segment.number}", by=at.me, now=at.now)
    everybody = [button("whole_list", TurnFound(lookup.id, ""))] if looked.found.total else []
    values = {"segment": segment, "found": looked.found, "lines": lines, "made": made}
    return values, [[*everybody, button("drop_segment", DropSegment(segment.id))]]


def ask_to_drop(chat: Chat, tapped: DropSegment) -> None:
    segment = segments.get(chat.session, named=f"S{tapped.segment}")
    chat.show(
        "manager/segments/drop.html.j2",
        segment=segment,
        buttons=[
            [button("drop_segment", ConfirmDrop(segment.id)), button("keep_segment", OpenSegment(segment.id))]
        ],
    )


def drop(chat: Chat, tapped: ConfirmDrop) -> None:
    segment = segments.get(chat.session, named=f"S{tapped.segment}")
    segments.drop(chat.session, segment=segment, by=chat.me, now=chat.now)
    chat.show("manager/segments/dropped.html.j2", segment=segment)


HANDLERS = [
    command("seg", "客群", role=Role.MANAGER, run=named, glued=GLUED),
    tap(ShowSegments, role=Role.MANAGER, run=turn),
    tap(OpenSegment, role=Role.MANAGER, run=open_),
    tap(DropSegment, role=Role.MANAGER, run=ask_to_drop),
    tap(ConfirmDrop, role=Role.MANAGER, run=drop),
]
