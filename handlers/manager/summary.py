"""The desk's numbers in words, with what can be done about them: /today."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from crm_store.analysis import service_summary
from crm_store.analysis.service_summary import Backlog, ServiceSummary, Window
from crm_store.customers import pairs
from handlers.agent.buttons import OpenTicket
from handlers.agent.queue import OpenQueue
from handlers.manager.merge_buttons import OpenPairs
from handlers.taps import Keyboard, button

TEMPLATE = "manager/summary/service.html.j2"


@dataclass(frozen=True)
class Report:
    """What a manager is told. ``before`` is None where comparing would mislead; ``so_far`` says that its
    window has not ended; ``pairs`` of customers wait to be decided."""

    summary: ServiceSummary
    before: ServiceSummary | None
    backlog: Backlog
    so_far: bool
    pairs: int = 0

    def values(self) -> dict[str, Any]:
        """What the template needs."""
        return {
            "summary": self.summary,
            "before": self.before,
            "by_chance": self._may_be_chance(),
            "backlog": self.backlog,
            "so_far": self.so_far,
        }

    def _may_be_chance(self) -> bool:
        if self.before is None or self.before.new == self.summary.new:
            return False
        return service_summary.may_be_chance(self.summary.new, self.before.new)


def report(
    session: Session,
    *,
    window: Window,
    before: Window,
    so_far: bool = False,
) -> Report:
    return Report(
        summary=service_summary.summarise(session, window=window),
        before=service_summary.comparable(session, window=window, before=before),
        backlog=service_summary.backlog(session),
        so_far=so_far,
        pairs=pairs.count_waiting(session),
    )


def buttons(report: Report) -> Keyboard:
    """To what can be done about it now; the numbers stay where they are."""
    oldest = report.backlog.oldest
    rows: Keyboard = []
    if oldest is not None:
        first = button("oldest", OpenTicket(oldest.id), number=oldest.number)
        rows.append([first, button("whole_queue", OpenQueue())])
    if report.pairs:
        rows.append([button("open_pairs", OpenPairs(), count=report.pairs)])
    return rows
