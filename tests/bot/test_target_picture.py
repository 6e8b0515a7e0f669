"""The picture after /target: drawn by a process of what was told, sent once to who asked."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job, Outbox, OutboxFile
from crm_store.staff.roles import Role
from handlers.voice import Voice
from tests.talk import DESK, WORDS, Talk

pytestmark = pytest.mark.usefixtures("warm")


def asked(talk: Talk) -> list[str]:
    with transaction(talk.engine) as session:
        return [one.kind for one in session.scalars(select(Job))]


def test_a_look_at_targets_is_followed_by_their_picture_once(talk: Talk) -> None:
    mia = talk.staff(2, "Mia", Role.MANAGER)
    mia.say("/target sales 200000")
    mia.say("/target 2027-03")
    assert asked(talk) == []
    mia.say("/target")
    assert asked(talk) == ["target_picture"]

    done = asyncio.run(_work(talk))

    assert done == [True, False]
    with transaction(talk.engine) as session:
        [sent] = session.scalars(select(Outbox).where(col(Outbox.method) == "sendPhoto")).all()
        assert (sent.chat_id, sent.params["caption"]) == (
            mia.id,
            "Bars, one for each target of November 2026: 1; Net received at 0%, behind",
        )
        file = session.get_one(OutboxFile, sent.file_id)
        assert (file.name, file.data[:4]) == ("targets.png", b"\x89PNG")


async def _work(talk: Talk) -> list[bool]:
    """Two looks into the quick lane, with the real process."""
    writer = Writer(talk.engine)
    url = f"sqlite:///{Path(talk.engine.url.database or '')}"
    jobs = Jobs(
        writer,
        bot=cast(Any, None),
        settings=Settings.model_construct(store=Store(url=url)),
        voice=Voice(DESK, WORDS),
        queued=lambda: None,
    )
    done = [await jobs.step(Lane.QUICK) for _ in range(2)]
    writer.close()
    return done
