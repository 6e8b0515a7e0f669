"""Who is in the books twice: how many pairs are found, how many are wrong, by how they came about."""

import multiprocessing
import resource
import sys
import time
from collections import defaultdict

from rich.console import Console
from rich.table import Table

from bot.demo.people import people
from crm_store.customers import contacts, pairing
from crm_store.customers.pairing import Person
from crm_store.customers.tables import ContactKind
from tests.benchmarks.doubles import books
from tests.benchmarks.machine import describe

SEED = 2026
F1, PRECISION = 0.95, 0.99
MANY = 100_000


def main() -> None:
    console = Console(width=120)
    with console.status("looking for duplicates …"):
        quality = _quality()
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, megabytes, found = pool.apply(_many)
    cost = f"{seconds:.0f} s on one core, {megabytes:,.0f} MB, {found:,} pairs"
    quality.caption = f"{MANY:,} customers: {cost} · {describe()}"
    console.print(quality)


def _quality() -> Table:
    made = books(seed=SEED)
    found = {(pair.a, pair.b) for pair in pairing.pairs(made.people)}
    of_kind: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for pair, kind in made.kinds.items():
        of_kind[kind].append(pair)
    table = Table(title=f"Duplicates among {len(made.people):,} customers", caption_justify="left")
    for heading in ("how", "pairs", "found", "wrong"):
        table.add_column(heading, justify="left" if heading == "how" else "right")
    for kind in sorted(of_kind):
        here = set(of_kind[kind])
        true, right = here & made.truth, here & found & made.truth
        wrong = (here & found) - made.truth
        share = f"{len(right)} ({len(right) / len(true):.1%})" if true else ""
        table.add_row(
            kind[2:].replace("_", " "), f"{len(here):,}", share, str(len(wrong)) if here - true else ""
        )
    strangers = found - made.kinds.keys()
    table.add_row("anybody else", "", "", str(len(strangers)))
    right = found & made.truth
    precision, recall = len(right) / len(found), len(right) / len(made.truth)
    f1 = 2 * precision * recall / (precision + recall)
    fine = "✓" if f1 >= F1 and precision >= PRECISION else "✗"
    table.add_section()
    asked = f"F1 {f1:.3f} (≥ {F1}) · precision {precision:.4f} (≥ {PRECISION}) · recall {recall:.3f}"
    table.add_row(
        f"{asked} {fine}",
        f"{len(made.truth):,}",
        f"{len(right):,}",
        str(len(found - made.truth)),
    )
    return table


def _many() -> tuple[float, float, int]:
    """Seconds, peak of memory in MB, and pairs among very many customers, in a process of its own."""
    customers = [
        Person(
            id=number,
            name=one.name,
            phones=(one.phone,) if contacts.normalised(ContactKind.PHONE, one.phone) else (),
            emails=(one.email,) if one.email else (),
            company=one.company,
            city=one.city,
            street=one.street,
        )
        for number, one in enumerate(people(MANY, seed=SEED), start=1)
    ]
    began = time.perf_counter()
    found = pairing.pairs(customers)
    spent = time.perf_counter() - began
    return spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(found)


if __name__ == "__main__":
    sys.exit(main())
