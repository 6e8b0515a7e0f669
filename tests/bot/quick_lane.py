"""Work of the quick lane, done by the real loop and the real process."""

import asyncio
from pathlib import Path
from typing import Any, cast

from bot.jobs import Jobs
from bot.settings import Settings, Store
from bot.writer import Writer
from crm_store.mailbox.jobs import Lane
from handlers.voice import Voice
from tests.talk import DESK, WORDS, Talk


def look_twice(talk: Talk) -> list[bool]:
    """Whether there was something to do."""
    return asyncio.run(_look_twice(talk))


async def _look_twice(talk: Talk) -> list[bool]:
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
