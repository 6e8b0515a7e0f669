"""The classifier's model: from the store or trained on the first start, and again as people correct it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlmodel import Session

from bot.teaching import Order, TrainingFailed, fingerprint, keep, train
from bot.writer import Writer
from crm_store.analysis.intent import ForeignModel, IntentModel
from crm_store.mailbox import job_runs
from crm_store.service import kinds

JOB = "retrain"
NEW_LESSONS = 10
"""So many corrections are worth a training."""

REST = timedelta(hours=1)
"""Between two trainings."""

FOLLOW_SECONDS = 60.0

log = structlog.get_logger()


async def first_model(writer: Writer) -> IntentModel | None:
    """The store's model; where it has none of this release, one trained now (seconds) and kept.

    None when the training fails: messages are taken all the same, and sorted by people.
    """
    mark = await asyncio.to_thread(fingerprint)
    found = await writer.run(_stored, mark=mark)
    if found is not None:
        return found
    log.info("training the classifier, this takes seconds", action="training")
    order = await writer.run(_order, current=None, now=datetime.now(UTC))
    try:
        trained = await train(order)
        model = IntentModel.from_bytes(trained.data)
    except (TrainingFailed, ForeignModel) as error:
        log.error("the classifier could not be trained", action="training_failed", error=str(error))  # noqa: TRY400 (the reason is the child's)
        return None
    await writer.run(keep, trained=trained, always=True, mark=mark, now=order.now)
    return model


def due(session: Session, *, mark: str, now: datetime) -> Order | None:
    """What to train with, when there is enough new to learn. Claims the hour: one attempt in it, by one
    worker."""
    last = kinds.last_training(session)
    if last is not None and last.fingerprint == mark:
        if now - last.trained_at < REST:
            return None
        if kinds.count_lessons(session, since=last.trained_at) < NEW_LESSONS:
            return None
    if not job_runs.claim(session, job=JOB, slot=f"{now:%Y-%m-%dT%H}", now=now):
        return None
    model = kinds.latest_model(session)
    return _order(session, current=model.data if model else None, now=now)


async def retrain(writer: Writer, *, mark: str, now: datetime) -> IntentModel | None:
    """Train if it is due. The model to use from now on, when there is a new one. Raises TrainingFailed."""
    order = await writer.run(due, mark=mark, now=now)
    if order is None:
        return None
    trained = await train(order)
    log.info(
        "trained",
        action="trained",
        kept=trained.kept,
        before=round(trained.before, 3),
        after=round(trained.after, 3),
        lessons=trained.n,
    )
    await writer.run(keep, trained=trained, always=False, mark=mark, now=order.now)
    return IntentModel.from_bytes(trained.data) if trained.kept else None


async def follow(writer: Writer, use: Callable[[IntentModel], None]) -> None:
    """Use the newest kept model, also when another process trained it. Runs until cancelled."""
    seen = 0
    while True:
        try:
            row = await writer.run(kinds.latest_model, after=seen)
            if row is not None:
                seen = row.id
                use(await asyncio.to_thread(IntentModel.from_bytes, row.data))
        except Exception:
            log.exception("the newest model could not be read", action="model_unreadable")
        await asyncio.sleep(FOLLOW_SECONDS)


def _stored(session: Session, *, mark: str) -> IntentModel | None:
    row = kinds.latest_model(session)
    if row is None or row.fingerprint != mark:
        return None
    try:
        return IntentModel.from_bytes(row.data)
    except ForeignModel:
        return None


def _order(session: Session, *, current: bytes | None, now: datetime) -> Order:
    return Order([(text, str(kind)) for text, kind in kinds.lessons(session)], current, now)
