"""Customer value for a million customers: both models fitted, everybody scored, in a process of its own."""

import multiprocessing
import resource
import time
from collections.abc import Iterator

from crm_store.analysis import bg_nbd, gamma_gamma
from crm_store.analysis.value_model import history, learn, repeat_mean
from tests.benchmarks.line import Line, at_most
from tests.crm_store.analysis.ledger import FIRST, shop

CUSTOMERS = 1_000_000
WEEKS = 104.0
MOST_SECONDS = 30.0


def run() -> Iterator[Line]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        fit, score, histories, megabytes = pool.apply(_million)
    what = f"BG/NBD + Gamma-Gamma fit, {CUSTOMERS:,} customers"
    yield at_most(what, fit, MOST_SECONDS, "s", f"({histories:,} histories)")
    yield Line("their next twelve months, with ranges", f"{score:.1f} s, at most {megabytes:,.0f} MB")


def _million() -> tuple[float, float, int, float]:
    """Seconds to fit and to score, different histories, and the peak of memory in MB."""
    bought = shop(CUSTOMERS, weeks=WEEKS).until(FIRST + int(WEEKS * 7)).purchases()
    began = time.perf_counter()
    x, t_x, t = history(bought)
    seen = bg_nbd.histories(x=x, t_x=t_x, t=t)
    bg_nbd.fit(seen)
    gamma_gamma.fit(x=x, z=repeat_mean(bought))
    fit = time.perf_counter() - began
    model = learn(bought)
    began = time.perf_counter()
    model.expect(bought, 52.0)
    score = time.perf_counter() - began
    return fit, score, len(seen.x), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
