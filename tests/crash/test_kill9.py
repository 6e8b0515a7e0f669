"""kill -9 at any moment: no message lost, none twice, no order inverted."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from bot.demo.thread import ServerThread
from bot.leader import KEYS
from crm_store.engine import transaction
from crm_store.mailbox.tables import Inbox, InboxState, Outbox, OutboxState
from crm_store.service.tables import Message, Ticket
from crm_store.staff import invites
from crm_store.staff.roles import Role
from tests.crash.conftest import MakeStore
from tests.crash.process import BotProcess, ForkedBot, wait_until

pytestmark = pytest.mark.crash

SEED = 20_261_120
FIRST = 7_000_000_000
AGENT = 1001
ACK_MS = 15
"""Between carrying a send out and answering it: the time in which a bot that is killed cannot know."""


SENDER = """
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND objid = :key AND granted
"""


@dataclass
class Siege:
    """Customers write, and the bots that serve them are killed again and again."""

    running: ServerThread
    store: Engine
    bots: Sequence[BotProcess]
    said: dict[int, list[str]] = field(default_factory=dict)
    kills: int = 0
    in_flight: int = 0

    def open(self, customers: int) -> None:
        """An agent joins, the customers come to the shop."""
        with transaction(self.store) as session:
            token = invites.invite(session, role=Role.AGENT, by=None, now=datetime.now(UTC))
        self.running.call(self._open, customers, token)
        for one in self.bots:
            one.start()
        self.wait(lambda: self.waiting() == 0)

    def _open(self, customers: int, token: str) -> None:
        world = self.running.world
        world.user(AGENT, "Bob")
        world.start(AGENT, token)
        for number in range(customers):
            world.user(FIRST + number, 'Ann <3 & "张"')
            self.said[FIRST + number] = []

    def say(self, customers: Sequence[int]) -> None:
        """One more message of each, in this order."""
        self.running.call(self._say, customers)

    def _say(self, customers: Sequence[int]) -> None:
        for customer in customers:
            words = f"kettle {customer - FIRST} leaks, line {len(self.said[customer])}"
            self.said[customer].append(words)
            self.running.world.send_text(customer, words)

    def kill(self) -> None:
        """Kill one of the bots in the middle of whatever it does, and start it again."""
        victim = self.bots[self.kills % len(self.bots)]
        victim.check()
        sends = self._sends(victim)
        victim.kill()
        self.kills += 1
        if sends:
            with transaction(self.store) as session:
                self.in_flight += _count(session, select(Outbox).where(Outbox.state == OutboxState.SENDING))
        victim.start()

    def _sends(self, bot: BotProcess) -> bool:
        """True when this process is the one that sends: of several on PostgreSQL one does."""
        if self.store.dialect.name == "sqlite":
            return True
        with self.store.connect() as connection:
            return bot.name in connection.scalars(text(SENDER), {"key": KEYS["sender"]}).all()

    def wait(self, is_so: Callable[[], Any]) -> None:
        wait_until(is_so, seconds=90, bots=tuple(self.bots))

    def waiting(self) -> int:
        """Updates Telegram still holds."""
        return len(self.running.call(lambda: list(self.running.world.updates)))

    def settle(self) -> None:
        """Let the bots finish everything, then stop them as a supervisor does."""
        self.wait(lambda: all(one.is_up for one in self.bots) and not self.unfinished())
        assert [one.stop() for one in self.bots] == [0] * len(self.bots)

    def unfinished(self) -> int:
        with transaction(self.store) as session:
            pending = [OutboxState.PENDING, OutboxState.SENDING]
            return (
                self.waiting()
                + _count(session, select(Inbox).where(Inbox.state == InboxState.NEW))
                + _count(session, select(Outbox).where(Outbox.state.in_(pending)))  # type: ignore[attr-defined]
            )


def _count(session: Any, rows: Any) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def check_nothing_lost(siege: Siege) -> None:
    """Every message exactly once, in a ticket, in its customer's order."""
    assert siege.running.world.counted()["lost"] == 0
    with transaction(siege.store) as session:
        found = session.execute(
            select(Message.chat_id, Message.text, Message.ticket_id).order_by(Message.id)  # type: ignore[call-overload]
        ).all()
        assert _count(session, select(Inbox).where(Inbox.state != InboxState.DONE)) == 0
        owners = session.execute(select(Ticket.customer_id, func.count()).group_by(Ticket.customer_id)).all()  # type: ignore[arg-type]
    kept: dict[int, list[str]] = {customer: [] for customer in siege.said}
    for chat_id, words, ticket_id in found:
        assert ticket_id is not None
        kept[chat_id].append(words)
    assert kept == siege.said
    assert [count for _, count in owners] == [1] * len([one for one in siege.said.values() if one])


def check_answers(siege: Siege) -> int:
    """Everybody was answered; nothing twice but what was on its way at a kill. Returns how many were."""
    with transaction(siege.store) as session:
        sent = _count(session, select(Outbox).where(Outbox.state == OutboxState.SENT))
        failed = [OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.CANCELLED]
        assert _count(session, select(Outbox).where(Outbox.state.in_(failed))) == 0  # type: ignore[attr-defined]
    assert siege.running.world.sends is not None
    duplicates = len(siege.running.world.sends) - sent
    assert 0 <= duplicates <= siege.in_flight
    answered = {one.chat_id for one in siege.running.world.sends}
    assert answered >= {customer for customer, said in siege.said.items() if said}
    return duplicates


def check_store(siege: Siege) -> None:
    if siege.store.dialect.name == "sqlite":
        with siege.store.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 1), ("postgresql", 2)])
def test_2000_messages_survive_kills_at_random_moments(
    kind: str, workers: int, make_store: MakeStore, opened: Callable[[str], Engine], folder: Path
) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    url = make_store(kind)
    with ServerThread(limits=False, ack_ms=ACK_MS) as running:
        bots = [ForkedBot(folder, running.server, store=url, name=f"bot{one}") for one in range(workers)]
        siege = Siege(running, opened(url), bots)
        with ExitStack() as ended:
            for one in bots:
                ended.enter_context(one)
            siege.open(100)
            besiege(siege, chance)
            siege.settle()

    check_nothing_lost(siege)
    duplicates = check_answers(siege)
    check_store(siege)
    print(f"{siege.kills} kills, {siege.in_flight} in flight, {duplicates} sent twice")
    assert sum(map(len, siege.said.values())) == 2000
    assert siege.kills >= 20


def besiege(siege: Siege, chance: random.Random) -> None:
    """Twenty lines of each customer in random order, and a kill somewhere in every ninety."""
    writers = [customer for customer in siege.said for _ in range(20)]
    chance.shuffle(writers)
    while writers:
        share, writers = writers[:90], writers[90:]
        before = siege.waiting() + len(share)
        siege.say(share)
        if chance.random() < 0.85:  # else it is killed while it starts
            siege.wait(lambda before=before: siege.waiting() < before)
        time.sleep(chance.random() * 0.5)
        siege.kill()


def test_300_customers_at_50_a_second_and_three_kills_make_300_tickets(
    make_store: MakeStore, opened: Callable[[str], Engine], folder: Path
) -> None:
    url = make_store("sqlite")
    with (
        ServerThread(limits=False, ack_ms=150) as running,
        BotProcess(folder, running.server, store=url) as bot,
    ):
        siege = Siege(running, opened(url), [bot])
        siege.open(300)
        start = time.monotonic()
        for number in range(300):
            time.sleep(max(0.0, start + number / 50 - time.monotonic()))
            siege.say([FIRST + number])
            if number in (75, 150, 225):
                siege.kill()
        siege.settle()

    check_nothing_lost(siege)
    check_answers(siege)
    check_store(siege)
    with transaction(siege.store) as session:
        assert _count(session, select(Ticket)) == 300
