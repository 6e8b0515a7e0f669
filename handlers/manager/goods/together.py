"""/basket, 关联: what is bought together, and what after what, beyond chance; who bought the one and not yet
the other is a tap away."""

from crm_store.analysis import snapshots
from crm_store.analysis.tables import AnalysisKind, Snapshot
from crm_store.customers import lookups
from crm_store.staff.roles import Role
from handlers.agent.records.buttons import TurnFound
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.goods.kept import again, latest
from handlers.taps import Keyboard, button

MOST_RULES, MOST_SEQUENCES = 5, 5
QUOTE = '"'


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
        buttons=[*_without_it(chat, kept), *again()],
    )


def _without_it(chat: Chat, kept: Snapshot) -> Keyboard:
    """Customers to offer something: a search for each rule that was seen again."""
    found = []
    for one in kept.result["rules"][:MOST_RULES]:
        names = (*one["given"], one["then"])
        if one["again"] == "yes" and not any(QUOTE in name for name in names):
            has = " ".join(f'ordered:"{name}"' for name in one["given"])
            text = f'{has} -ordered:"{one["then"]}"'
            lookup = lookups.keep(chat.session, text=text, by=chat.me, now=chat.now)
            found.append([button("without_it", TurnFound(lookup.id, ""), name=one["then"][:24])])
    return found


HANDLERS = [command("basket", "关联", role=Role.MANAGER, run=named)]
