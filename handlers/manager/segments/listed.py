"""/seg, 客群: the segments there are, and one segment: whom it holds and whom it could be sent to."""

from markupsafe import Markup

from crm_store.customers import lookups
from crm_store.marketing import segments
from crm_store.marketing.segments import Reading
from crm_store.marketing.tables import Segment
from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers.agent.records import hits
from handlers.agent.records.buttons import TurnFound
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.segments.buttons import ConfirmDrop, DropSegment, OpenSegment, ShowSegments
from handlers.taps import button

PAGE = 8
SAMPLE = 5
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
    """The card; a filter that cannot be read any more is shown with what is wrong with it."""
    drop_it = button("drop_segment", DropSegment(segment.id))
    try:
        filtered = segments.read(chat.session, text=segment.filter, reading=reading(chat))
    except Refusal as refusal:
        why = Markup(chat.render(chat.language, f"refused/{refusal.template}.html.j2", **refusal.facts))  # noqa: S704 (rendered and escaped just now)
        chat.show("manager/segments/broken.html.j2", segment=segment, why=why, buttons=[[drop_it]])
        return
    found = segments.counted(chat.session, filtered=filtered, rules=chat.desk.campaigns, now=chat.now)
    lines = hits.customer_lines(
        chat, [(one, None) for one in segments.sample(chat.session, filtered=filtered, limit=SAMPLE)]
    )
    lookup = lookups.keep(chat.session, text=f"segment:{segment.number}", by=chat.me, now=chat.now)
    everybody = button("whole_list", TurnFound(lookup.id, ""))
    (chat.say if anew else chat.show)(
        "manager/segments/card.html.j2",
        segment=segment,
        found=found,
        lines=lines,
        made=made,
        buttons=[[*([everybody] if found.total else []), drop_it]],
    )


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
