"""/needs, 需求统计: how many customers want what."""

from dataclasses import dataclass

from crm_store.customers import needs
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Tap, button

PAGE = 15


@dataclass(frozen=True)
class TurnNeeds(Tap, verb="needspage"):
    page: int


def show(chat: Chat) -> None:
    _page(chat, 0)


def turn(chat: Chat, tapped: TurnNeeds) -> None:
    _page(chat, max(tapped.page, 0))


def _page(chat: Chat, page: int) -> None:
    found = needs.demands(chat.session, limit=PAGE + 1, offset=page * PAGE)
    turns = [button("previous", TurnNeeds(page - 1))] if page else []
    turns += [button("following", TurnNeeds(page + 1))] if len(found) > PAGE else []
    chat.show("manager/needs/needs.html.j2", demands=found[:PAGE], buttons=[turns] if turns else None)


HANDLERS = [
    command("needs", "需求统计", role=Role.MANAGER, run=show),
    tap(TurnNeeds, role=Role.MANAGER, run=turn),
]
