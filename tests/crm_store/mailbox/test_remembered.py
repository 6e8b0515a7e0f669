"""What the machine remembers."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from crm_store.engine import transaction
from crm_store.mailbox import remembered


def test_the_last_word_on_a_fact_is_kept(engine: Engine) -> None:
    for value in ("one", "two"):
        with transaction(engine) as session:
            remembered.remember(session, "a", value)

    with transaction(engine) as session:
        assert (remembered.recall(session, "a"), remembered.recall(session, "b")) == ("two", None)


def test_workers_that_start_together_may_note_the_same_fact(engine: Engine) -> None:
    def note(number: int) -> None:
        with transaction(engine) as session:
            remembered.remember(session, f"fact {number // 4}", "known")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(note, range(80)))

    with transaction(engine) as session:
        assert [remembered.recall(session, f"fact {number}") for number in range(20)] == ["known"] * 20
