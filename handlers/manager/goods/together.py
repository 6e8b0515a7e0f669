"""/basket, 关联: what is bought together, and what after what, beyond chance."""

from crm_store.analysis import snapshots
from crm_store.analysis.tables import AnalysisKind
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.goods.kept import again, latest

MOST_RULES, MOST_SEQUENCES = 5, 5


def named(chat: Chat) -> None:
    kept = latest(chat, AnalysisKind.BASKETS)
    if kept is None:
        return
    after = snapshots.latest(chat.session, kind=AnalysisKind.SEQUENCES)
    chat.show(
        "manager/goods/together.html.j2",
        kept=kept,
        rules=kept.result["rules"][:MOST_RULES],
        after=after,
        sequences=after.result["sequences"][:MOST_SEQUENCES] if after is not None else [],
        buttons=again(),
    )


HANDLERS = [command("basket", "关联", role=Role.MANAGER, run=named)]
