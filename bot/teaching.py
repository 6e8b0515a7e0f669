"""Training the classifier in a process of its own, which reads no store: what goes in, and what comes out."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from bot import child
from bot.child import ChildFailed
from crm_store import analysis
from crm_store.service import kinds

LIMIT_SECONDS = 600.0

_SOURCES = {".py", ".txt", ".toml"}


class TrainingFailed(Exception):
    """The training process ended without a model; the message says how."""


@dataclass(frozen=True)
class Order:
    """What to train with, read at ``now``."""

    lessons: list[tuple[str, str]]
    current: bytes | None
    now: datetime


@dataclass(frozen=True)
class Trained:
    """``before`` and ``after`` are macro-F1 without and with the ``n`` lessons; ``data`` is the model to use,
    the old one unless ``kept``."""

    data: bytes
    kept: bool
    before: float
    after: float
    n: int


def fingerprint() -> str:
    """Names the shipped phrases and the code that reads them: another release, another model."""
    folder = Path(analysis.__path__[0])
    seen = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.suffix in _SOURCES):
        seen.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return seen.hexdigest()[:32]


async def train(order: Order) -> Trained:
    """Train in a process of its own, which ends with this task. Raises TrainingFailed."""
    current = base64.b64encode(order.current).decode() if order.current else None
    asked = {"lessons": order.lessons, "current": current}
    try:
        told = await child.run("bot.trainer", asked, limit_seconds=LIMIT_SECONDS)
    except ChildFailed as error:
        raise TrainingFailed(str(error)) from error
    return Trained(**(told | {"data": base64.b64decode(told["data"])}))


def keep(session: Session, *, trained: Trained, always: bool, mark: str, now: datetime) -> None:
    """Write it down as the model to use; one that is not ``kept``, unless ``always``, only as an attempt."""
    kinds.keep_model(
        session,
        data=trained.data,
        score=trained.after if trained.kept else trained.before,
        corrections=trained.n,
        kept=trained.kept or always,
        fingerprint=mark,
        now=now,
    )
