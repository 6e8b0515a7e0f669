"""Whatever happens between, each chat gets its messages in order, each once."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import event, select
from sqlmodel import col

from bot.delivery import Decision, Fate
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import outbox
from crm_store.mailbox.sending import Claimed
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.tables import metadata
from tests.bot.post import Post

CHATS = (1, -2)
MOVED = 1000
"""A group that moves is found this much further down."""

FATES = {
    "sent": None,
    "unreachable": Decision(Fate.AGAIN, "unreachable", after=2, down=True),
    "limited": Decision(Fate.LIMITED, "limited", after=3),
    "unparsable": Decision(Fate.PLAIN, "unparsable", alert=True),
    "refused": Decision(Fate.FAILED, "refused", alert=True),
    "token": Decision(Fate.STOP, "token"),
}


class Sending(RuleBasedStateMachine):
    """Rows come in any chat and class; takes, answers of every kind, moves, deaths and time go by."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.engine = open_engine(f"sqlite:///{Path(self.folder.name) / 'store.db'}")
        event.listen(self.engine, "connect", _hurry)
        metadata.create_all(self.engine)
        self.post = Post(self.engine, datetime(2026, 11, 20, 2, 0, tzinfo=UTC))
        self.queued = 0
        self.refused: set[str] = set()
        self.moved: set[int] = set()

    def teardown(self) -> None:
        for _ in range(self.queued + 20):
            for row in list(self.post.in_flight.values()):
                self.reach_telegram(row)
            self.post.take()
            self.post.later(seconds=5)
        keys = [row.key for _, row in self.post.shown]
        assert sorted(keys) == sorted({f"m{n}" for n in range(self.queued)} - self.refused), "each once"
        self.order_is_kept()
        self.engine.dispose()
        self.folder.cleanup()

    @rule(chat_id=st.sampled_from(CHATS), priority=st.sampled_from([0, 0, 1]), later=st.booleans())
    def queue(self, chat_id: int, priority: int, later: bool) -> None:
        with transaction(self.engine) as session:
            outbox.put(
                session,
                key=f"m{self.queued}",
                chat_id=chat_id,
                method="sendMessage",
                params={"text": "<b>x</b>", "parse_mode": "HTML"},
                priority=priority,
                not_before=self.post.now if later else None,
                now=self.post.now,
            )
        self.queued += 1

    @rule(room=st.integers(1, 5))
    def take(self, room: int) -> None:
        chats = [row.chat_id for row in self.post.take(room)]
        assert len(chats) == len(set(chats)) <= room

    @precondition(lambda self: self.post.in_flight)
    @rule(which=st.integers(0, 9), fate=st.sampled_from(sorted(FATES)))
    def answer(self, which: int, fate: str) -> None:
        flying = list(self.post.in_flight.values())
        row = flying[which % len(flying)]
        if row.chat_id in self.moved:
            self.reach_telegram(row)
            return
        if fate == "refused":
            self.refused.add(row.key)
        self.post.answer(row, FATES[fate])

    def reach_telegram(self, row: Claimed) -> None:
        """It is delivered, unless its group is somewhere else now."""
        there = Decision(Fate.MOVED, "moved", new_chat_id=row.chat_id - MOVED)
        self.post.answer(row, there if row.chat_id in self.moved else None)

    @precondition(lambda self: any(chat_id < 0 for chat_id in self.post.in_flight))
    @rule()
    def move(self) -> None:
        row = next(row for row in self.post.in_flight.values() if row.chat_id < 0)
        if row.chat_id > -MOVED:  # Telegram moves a group once
            self.moved.add(row.chat_id)
            self.reach_telegram(row)

    @precondition(lambda self: self.post.in_flight)
    @rule()
    def die_before_the_calls(self) -> None:
        """The process ends with rows claimed that Telegram has not seen; the next one inherits them."""
        self.post.in_flight.clear()
        with transaction(self.engine) as session:
            self.post.ledger.inherit(
                session, known=(), grace=self.post.now - self.post.now, now=self.post.now
            )

    @rule(seconds=st.sampled_from([0.5, 2, 5]))
    def later(self, seconds: float) -> None:
        self.post.later(seconds=seconds)

    @invariant()
    def order_is_kept(self) -> None:
        lanes = defaultdict(list)
        for chat_id, row in self.post.shown:
            lanes[chat_id % MOVED if chat_id < 0 else chat_id, row.priority].append(row.id)
        for lane, ids in lanes.items():
            assert ids == sorted(ids), f"{lane} out of order"

    @invariant()
    def nothing_is_forgotten(self) -> None:
        with transaction(self.engine) as session:
            sending = set(
                session.scalars(select(col(Outbox.id)).where(col(Outbox.state) == OutboxState.SENDING))
            )
        assert sending == {row.id for row in self.post.in_flight.values()}


def _hurry(connection: Any, _record: Any) -> None:
    """No power fails in this test: many examples cost less so."""
    connection.execute("PRAGMA synchronous=OFF")


TestOrder = Sending.TestCase
TestOrder.settings = settings(
    max_examples=20,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
)
