"""The classifier: how right, how fast, how big: ``python -m tests.benchmarks.intent``."""

import resource
import time
from collections.abc import Callable, Sequence
from functools import partial

from rich.console import Console
from rich.table import Table

from crm_store.analysis.intent import IntentModel
from crm_store.analysis.normalise import has_han
from crm_store.analysis.phrases import KINDS, LANGUAGES, load_phrases
from crm_store.analysis.scoring import Score, score
from crm_store.analysis.training import train
from tests.crm_store.analysis.held_out import read_messages, read_urgent

BATCH = 64


def main() -> None:
    before = _peak_megabytes()
    started = time.process_time()
    model = train()
    seconds = time.process_time() - started
    grown = _peak_megabytes() - before
    console = Console(width=120)
    console.print(_quality({language: score(model, read_messages(language)) for language in LANGUAGES}))
    console.print(_speed(model))
    console.print(
        f"training {seconds:.1f} s of one core on {len(load_phrases())} phrases, {grown:.0f} MB at its peak; "
        f"the model is {len(model.to_bytes()) / 1e6:.2f} MB, reading it back takes "
        f"{_microseconds(lambda: IntentModel.from_bytes(model.to_bytes()), 3) / 1000:.0f} ms"
    )


def _quality(scores: dict[str, Score]) -> Table:
    table = Table(title="messages never met; precision and recall by kind")
    for heading in ("", "n", "macro-F1", "also accepted", "answered", "right", *KINDS):
        table.add_column(heading)
    for language, found in scores.items():
        kinds = (f"{found.kinds[kind].precision:.2f} {found.kinds[kind].recall:.2f}" for kind in KINDS)
        shares = (f"{share:.1%}" for share in (found.answered, found.right))
        f1 = (f"{found.macro_f1:.3f}", f"{found.lenient_macro_f1:.3f}")
        table.add_row(language, str(found.n), *f1, *shares, *kinds)
    return table


def _speed(model: IntentModel) -> Table:
    table = Table(title="CPU time a message, and urgency")
    for heading in (
        "",
        "characters",
        f"µs in {BATCH}s",
        "µs single",
        "urgent found",
        "alarms in ordinary ones",
    ):
        table.add_column(heading)
    for language in LANGUAGES:
        texts = [message.text for message in read_messages(language)]
        high = [text for text in read_urgent("high") if has_han(text) == (language == "zh")]
        alarms = sum(intent.urgent for intent in model.classify(texts))
        table.add_row(
            language,
            f"{sum(map(len, texts)) / len(texts):.0f}",
            f"{_microseconds(partial(_in_batches, model, texts, BATCH), 10) / len(texts):.0f}",
            f"{_microseconds(partial(_in_batches, model, texts, 1), 3) / len(texts):.0f}",
            f"{sum(intent.urgent for intent in model.classify(high))} of {len(high)}",
            f"{alarms} of {len(texts)}",
        )
    return table


def _in_batches(model: IntentModel, texts: Sequence[str], size: int) -> None:
    for start in range(0, len(texts), size):
        model.classify(texts[start : start + size])


def _microseconds(run: Callable[[], object], times: int) -> float:
    """The best of several runs: what is slower is the machine's other work."""
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        run()
        best = min(best, time.process_time() - started)
    return best * 1e6


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
