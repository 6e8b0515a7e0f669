"""/rfm, 分层: how many customers are in each tier of value and what they bring, and who has gone quiet."""

from crm_store.analysis import snapshots, standing, standings
from crm_store.analysis.tables import AnalysisKind, Snapshot
from crm_store.customers import lookups
from crm_store.customers.tables import Customer
from crm_store.staff.roles import Role
from handlers.agent.records.buttons import TurnFound
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.segments.analysed import not_yet
from handlers.manager.segments.buttons import AnalyseNow, ShowTiers
from handlers.taps import Keyboard, button


def named(chat: Chat) -> None:
    _show(chat)


def tapped(chat: Chat, _: ShowTiers) -> None:
    _show(chat)


def _show(chat: Chat) -> None:
    kept = snapshots.latest(chat.session, kind=AnalysisKind.RFM)
    again: Keyboard = [[button("analyse_now", AnalyseNow())]]
    if kept is None:
        return not_yet(chat, "manager/segments/not_yet.html.j2")
    if not kept.result.get("tiers"):
        return chat.show("manager/segments/too_few.html.j2", kept=kept, buttons=again)
    clusters = snapshots.latest(chat.session, kind=AnalysisKind.CLUSTERS)
    quiet, best = standings.gone_quiet(kept.result["moved"])
    rows: Keyboard = []
    if quiet:
        text = chat.words.label(chat.language, "segment_filters", "gone_quiet")
        lookup = lookups.keep(chat.session, text=text, by=chat.me, now=chat.now)
        rows.append([button("gone_quiet", TurnFound(lookup.id, ""), count=quiet)])
    return chat.show(
        "manager/segments/tiers.html.j2",
        kept=kept,
        standing=standings.of(kept.result["tiers"]),
        clusters=clusters,
        groups=standings.of(clusters.result.get("clusters", ())) if clusters is not None else None,
        typical=_typical(chat, clusters) if clusters is not None else {},
        quiet=quiet,
        best=best,
        buttons=[*rows, *again],
    )


def _typical(chat: Chat, clusters: Snapshot) -> dict[int, Customer]:
    """Of each group the customer most like all others in it, if they still are one and may be profiled."""
    found = {}
    for one in clusters.result.get("clusters", ()):
        customer = chat.session.get(Customer, one["typical"])
        if customer is None or customer.merged_into_id is not None:
            continue
        if not standing.is_refused(chat.session, customer=customer):
            found[one["cluster"]] = customer
    return found


HANDLERS = [
    command("rfm", "分层", "价值分层", role=Role.MANAGER, run=named),
    tap(ShowTiers, role=Role.MANAGER, run=tapped),
]
