"""What is found out every night: the analyses in their order, from one reading of the orders.

An analysis is a function of the ``Night``: it returns what it found, which is kept as a dated snapshot, or
None where there is nothing to keep, and may give customers values by ``night.score``. It runs in a process of
its own with a store that can only be read. Another analysis is one more line of ``ANALYSES``.
"""

from collections.abc import Callable

from crm_store.analysis import churn, rfm, value
from crm_store.analysis.night import Found, Night
from crm_store.analysis.tables import AnalysisKind

Analysis = Callable[[Night], Found | None]

ANALYSES: dict[AnalysisKind, Analysis] = {
    AnalysisKind.RFM: rfm.nightly,
    AnalysisKind.VALUE: value.nightly,
    AnalysisKind.CHURN: churn.nightly,
}
"""In the order in which they run; a later one finds the scores of the earlier ones in ``night.scores``."""
