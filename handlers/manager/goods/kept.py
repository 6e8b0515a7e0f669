"""The night's latest figures of a kind; where there are none yet, a button to have them now."""

from crm_store.analysis import snapshots
from crm_store.analysis.tables import AnalysisKind, Snapshot
from handlers.chat import Chat
from handlers.manager.segments.analysed import not_yet
from handlers.manager.segments.buttons import AnalyseNow
from handlers.taps import Keyboard, button


def latest(chat: Chat, kind: AnalysisKind) -> Snapshot | None:
    """None after it was said that nothing is known yet."""
    kept = snapshots.latest(chat.session, kind=kind)
    if kept is None:
        not_yet(chat, "manager/goods/not_yet.html.j2", kind=kind)
    return kept


def again() -> Keyboard:
    return [[button("analyse_now", AnalyseNow())]]
