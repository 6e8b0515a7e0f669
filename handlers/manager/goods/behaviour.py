"""/funnel, 漏斗: how far visits to the shop's pages go, and what people do next."""

from crm_store.analysis.tables import AnalysisKind
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.goods.kept import again, latest

MOST_KINDS, MOST_NEXT = 5, 3


def named(chat: Chat) -> None:
    kept = latest(chat, AnalysisKind.BEHAVIOUR)
    if kept is None:
        return
    following = [
        (kind, n, sorted(after, key=lambda one: -one[1])[:MOST_NEXT])
        for kind, n, after in kept.result["next"][:MOST_KINDS]
    ]
    chat.show(
        "manager/goods/behaviour.html.j2",
        kept=kept,
        steps=kept.result["steps"],
        following=following,
        buttons=again(),
    )


HANDLERS = [command("funnel", "漏斗", role=Role.MANAGER, run=named)]
