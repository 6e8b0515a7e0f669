"""The classifier's model: trained once per release, again as people correct it, in a process of its own."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from bot import child, teaching, training
from bot.clock import Clock
from bot.teaching import Order, TrainingFailed
from bot.writer import Writer
from crm_store.analysis.intent import IntentModel
from crm_store.customers import customers
from crm_store.engine import open_engine, transaction
from crm_store.service import kinds, tickets
from crm_store.service.states import Kind, KindSource
from crm_store.service.tables import Correction, TrainedModel
from crm_store.tables import metadata
from tests.talk import DESK, START, WORDS

pytestmark = pytest.mark.usefixtures("warm")

HOUR = timedelta(hours=1)
MARK = "this release"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, IntentModel]]:
    """A store after its first start: the only whole training of the shipped phrases here."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('trained')}/store.db")
    metadata.create_all(engine)
    writer = Writer(engine)
    model = asyncio.run(training.first_model(writer))
    assert model is not None
    yield engine, model
    writer.close()
    engine.dispose()


def file_model(session: Session, *, at: datetime, kept: bool = True, mark: str = MARK) -> None:
    kinds.keep_model(session, data=b"model", score=0.8, corrections=0, kept=kept, fingerprint=mark, now=at)


def correct(
    session: Session, count: int, *, at: datetime, kind: Kind = Kind.COMPLAINT, first: int = 1
) -> None:
    """So many tickets get a lesson each."""
    for number in range(first, first + count):
        ann = customers.by_user_id(session, user_id=number) or customers.meet(
            session,
            user_id=number,
            chat_id=number,
            name='Ann <3 & "张"',
            username=None,
            language="en",
            now=at,
        )
        ticket = tickets.open_ticket(
            session, customer=ann, kind=Kind.UNSURE, source=KindSource.MODEL, confidence=0.3, now=at
        )
        session.add(
            Correction(
                ticket_id=ticket.id,
                text=f"the zorblat of my frobnitz is {'very ' * number}crooked",
                was=Kind.UNSURE,
                kind=kind,
                source=KindSource.STAFF,
                at=at,
            )
        )


def models(engine: Engine) -> list[tuple[bool, int, bool]]:
    """Kept or not, with how many lessons, with bytes or without."""
    with transaction(engine) as session:
        rows = session.scalars(select(TrainedModel).order_by(TrainedModel.id)).all()
        return [(row.kept, row.corrections, bool(row.data)) for row in rows]


def test_the_first_start_trains_from_the_shipped_phrases_and_keeps_the_model(
    trained: tuple[Engine, IntentModel],
) -> None:
    engine, model = trained

    intents = model.classify(["这个质量太差了，我要投诉", "how much is the large one?"])

    assert [one.kind for one in intents] == [Kind.COMPLAINT, Kind.INQUIRY]
    assert models(engine) == [(True, 0, True)]


def test_the_next_start_reads_it(trained: tuple[Engine, IntentModel]) -> None:
    engine, model = trained
    writer = Writer(engine)

    again = asyncio.run(training.first_model(writer))
    writer.close()

    assert again is not None
    assert again.to_bytes() == model.to_bytes()
    assert len(models(engine)) == 1


def test_ten_corrections_make_a_new_model_that_the_clock_hands_on(
    trained: tuple[Engine, IntentModel],
) -> None:
    engine, model = trained
    writer = Writer(engine)
    two_hours_ago = datetime.now(UTC) - 2 * HOUR
    with transaction(engine) as session:
        stored = kinds.last_training(session)
        assert stored is not None
        stored.trained_at = two_hours_ago
        correct(session, training.NEW_LESSONS, at=two_hours_ago + HOUR)
    handed_on: list[IntentModel] = []

    async def run_the_clock() -> None:
        told = asyncio.Event()

        def use(one: IntentModel) -> None:
            handed_on.append(one)
            told.set()

        clock = Clock(writer, desk=DESK, words=WORDS, daily=None, queued=lambda: None, on_model=use)
        running = asyncio.create_task(clock.run())
        await told.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(run_the_clock())

    [new] = handed_on
    message = ["the zorblat of my frobnitz is crooked"]
    assert new.classify(message)[0].best == Kind.COMPLAINT
    assert new.classify(message)[0].confidence > model.classify(message)[0].confidence
    assert models(engine) == [(True, 0, True), (True, training.NEW_LESSONS, True)]
    later = datetime.now(UTC) + 2 * HOUR
    assert asyncio.run(training.retrain(writer, mark=teaching.fingerprint(), now=later)) is None
    assert followed(writer) == new.to_bytes()
    writer.close()


def followed(writer: Writer) -> bytes:
    """The model another process on the same store comes to use."""
    seen: list[bytes] = []

    async def follow() -> None:
        told = asyncio.Event()

        def use(one: IntentModel) -> None:
            seen.append(one.to_bytes())
            told.set()

        following = asyncio.create_task(training.follow(writer, use))
        await told.wait()
        following.cancel()

    asyncio.run(follow())
    return seen[0]


def due(session: Session, now: datetime) -> Order | None:
    return training.due(session, mark=MARK, now=now)


def test_it_is_due_after_ten_lessons_and_an_hour(engine: Engine) -> None:
    with transaction(engine) as session:
        file_model(session, at=START)
        correct(session, 9, at=START + timedelta(minutes=1))

    with transaction(engine) as session:
        assert due(session, START + HOUR) is None
        correct(session, 1, at=START + timedelta(minutes=2), first=10)
        assert due(session, START + HOUR - timedelta(seconds=1)) is None
        order = due(session, START + HOUR)

    assert order is not None
    assert (len(order.lessons), order.current, order.now) == (10, b"model", START + HOUR)
    assert order.lessons[0] == ("the zorblat of my frobnitz is very crooked", "complaint")


def test_a_lesson_that_came_during_the_training_counts_for_the_next(engine: Engine) -> None:
    with transaction(engine) as session:
        correct(session, 10, at=START + timedelta(seconds=5))
        file_model(session, at=START)  # its lessons were read at START, it was done later

        assert due(session, START + HOUR) is not None


def test_a_training_that_was_not_kept_is_not_repeated_without_new_lessons(engine: Engine) -> None:
    with transaction(engine) as session:
        correct(session, 10, at=START)
        file_model(session, at=START + HOUR, kept=False)

        assert due(session, START + 3 * HOUR) is None


def test_the_model_in_use_is_the_last_that_was_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        file_model(session, at=START)
        file_model(session, at=START + HOUR, kept=False)

        found = kinds.latest_model(session)
        assert found is not None
        assert (found.kept, found.data) == (True, b"model")
        assert kinds.latest_model(session, after=found.id) is None


def test_what_somebody_is_still_unsure_about_is_no_lesson(engine: Engine) -> None:
    with transaction(engine) as session:
        file_model(session, at=START)
        correct(session, 10, at=START + timedelta(minutes=1), kind=Kind.UNSURE)

        assert due(session, START + HOUR) is None
        assert kinds.lessons(session) == []


def test_another_release_trains_again(engine: Engine) -> None:
    with transaction(engine) as session:
        file_model(session, at=START, mark="the last release")

        assert due(session, START) == Order([], b"model", START)


def test_an_attempt_is_made_once_an_hour_by_one_worker(engine: Engine) -> None:
    with transaction(engine) as session:
        file_model(session, at=START)
        correct(session, 10, at=START + timedelta(minutes=1))

    attempts = []
    for minutes in (60, 61, 119, 120):
        with transaction(engine) as session:
            attempts.append(due(session, START + timedelta(minutes=minutes)) is not None)

    assert attempts == [True, False, False, True]


def test_the_fingerprint_is_that_of_phrases_and_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "phrases" / "en").mkdir(parents=True)
    phrases = tmp_path / "phrases" / "en" / "inquiry.txt"
    phrases.write_text("how much is it?", encoding="utf-8")
    (tmp_path / "training.py").write_text("FOLDS = 4", encoding="utf-8")
    monkeypatch.setattr(teaching.analysis, "__path__", [str(tmp_path)])

    marks = [teaching.fingerprint(), teaching.fingerprint()]
    phrases.write_text("how much is it ?", encoding="utf-8")
    marks.append(teaching.fingerprint())
    (tmp_path / "training.py").write_text("FOLDS = 5", encoding="utf-8")
    marks.append(teaching.fingerprint())

    assert marks[0] == marks[1]
    assert len(set(marks)) == 3


def test_a_process_that_fails_says_why_and_nothing_of_the_lessons() -> None:
    order = Order([("my secret complaint", "no such kind")], None, START)

    with pytest.raises(TrainingFailed, match=r"^exit 1: ValueError: 'no such kind' is not a valid Kind$"):
        asyncio.run(teaching.train(order))


def test_where_nothing_can_be_trained_the_bot_starts_all_the_same(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(sqlite)
    monkeypatch.setattr(child, "PYTHON", ["false"])

    assert asyncio.run(training.first_model(writer)) is None

    writer.close()
    assert models(sqlite) == []


def test_a_training_that_is_cancelled_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[asyncio.subprocess.Process] = []
    spawned = asyncio.Event()
    spawn = asyncio.create_subprocess_exec

    async def remembering(*args: str, **options: Any) -> asyncio.subprocess.Process:
        made.append(await spawn(*args, **options))
        spawned.set()
        return made[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remembering)

    async def cancelled() -> None:
        task = asyncio.create_task(teaching.train(Order([], None, START)))
        await spawned.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())

    assert made[0].returncode == -9


def test_no_setting_of_ours_reaches_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHANGGUI_STORE__KEY", "a key")
    monkeypatch.setenv("zhanggui_telegram__token", "a token")

    assert [name for name in child._environment() if "zhanggui" in name.lower()] == []
