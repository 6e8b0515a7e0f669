"""kill -9 in mid-campaign, twenty times: nobody gets it twice, and everybody is accounted for."""

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import col

from bot.demo.thread import ServerThread
from crm_store.engine import transaction
from crm_store.mailbox.tables import Outbox
from crm_store.marketing import campaigns, freezing, members
from crm_store.marketing.members import Progress
from crm_store.marketing.states import CampaignState, MemberState
from crm_store.marketing.tables import Campaign, CampaignMember
from tests.crash.conftest import MakeStore
from tests.crash.process import BotProcess, ForkedBot, wait_until
from tests.crm_store.marketing import crowd

pytestmark = pytest.mark.crash

SEED = 20_261_120
KILLS = 20
MEMBERS = 1000
ACK_MS = 15
"""Between carrying a send out and answering it: the time in which a bot that is killed cannot know."""

PACE = 30


def plan(store: Engine, running: ServerThread) -> int:
    """A campaign that begins at once, and everybody of it known to the stand-in."""
    now = datetime.now(UTC)
    with transaction(store) as session:
        crowd.gather(session, count=MEMBERS, now=now)
        send_at = now - timedelta(seconds=1)
        campaign = crowd.campaign_at(session, send_at=send_at, holdout=100, now=now)

    def arrive() -> None:
        for manager in (crowd.AUTHOR, crowd.APPROVER):
            running.world.user(manager, "Olga", started=True)
        for number in range(MEMBERS):
            running.world.user(crowd.FIRST + number, f"Ann {number}", started=True)

    running.call(arrive)
    return campaign.id


def look(store: Engine, campaign_id: int) -> tuple[CampaignState, Progress]:
    with transaction(store) as session:
        campaign = campaigns.get(session, number=campaign_id)
        return campaign.state, members.progress(session, campaign=campaign)


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 1), ("postgresql", 2)])
def test_a_campaign_survives_twenty_kills_and_nobody_gets_it_twice(
    kind: str, workers: int, make_store: MakeStore, opened: Callable[[str], Engine], folder: Path
) -> None:
    print(f"seed {SEED}")
    url = make_store(kind)
    with ServerThread(limits=False, ack_ms=ACK_MS) as running, ExitStack() as ended:
        store = opened(url)
        campaign_id = plan(store, running)

        def bot(name: str, pace: int) -> BotProcess:
            made = ForkedBot(folder, running.server, store=url, pace=pace, name=name)
            return ended.enter_context(made)

        besieged = [bot(f"bot{number}", PACE) for number in range(workers)]
        besiege(besieged, lambda: sent(running), lambda: look(store, campaign_id))
        last = bot("last", pace=0)  # what is left goes as fast as it can
        last.start()
        wait_until(lambda: look(store, campaign_id)[0] == CampaignState.MEASURING, seconds=90, bots=(last,))
        assert last.stop() == 0

    _, progress = look(store, campaign_id)
    check_nobody_twice(running, store, campaign_id, progress)
    print(f"{KILLS} kills, {progress.of(MemberState.UNKNOWN)} unknown")


def besiege(
    bots: list[BotProcess],
    count: Callable[[], int],
    look: Callable[[], tuple[CampaignState, Progress]],
) -> None:
    """Kill one after another, some while they send, some while they start; none is left at the end."""
    chance = random.Random(SEED)
    for one in bots:
        one.start()
    wait_until(count, seconds=60, bots=tuple(bots))
    for number in range(KILLS):
        victim = bots[number % len(bots)]
        if number % (2 * len(bots)) == 0:  # of two on PostgreSQL another one has to take over first
            before = count()
            wait_until(lambda before=before: count() > before, seconds=60, bots=tuple(bots))
        time.sleep(chance.random() * 0.5)
        state, progress = look()
        assert state == CampaignState.RUNNING, f"it was over after {number} kills: {progress}"
        victim.restart()
    for one in bots:
        one.kill()


def sent(running: ServerThread) -> int:
    sends = running.world.sends
    assert sends is not None
    return sum(one.chat_id >= crowd.FIRST for one in list(sends))


def check_nobody_twice(running: ServerThread, store: Engine, campaign_id: int, progress: Progress) -> None:
    """By what Telegram saw, and by what the store says of it."""
    assert running.world.sends is not None
    got = Counter(one.chat_id - crowd.FIRST for one in running.world.sends if one.chat_id >= crowd.FIRST)
    assert set(got.values()) == {1}
    with transaction(store) as session:
        campaign = session.get_one(Campaign, campaign_id)
        assert freezing.seal(session, campaign_id=campaign_id) == campaign.members_hash
        rows = session.execute(select(col(CampaignMember.customer_id), col(CampaignMember.state))).all()
        first = min(id for id, _ in rows)
        keys = session.scalar(
            select(func.count()).select_from(Outbox).where(col(Outbox.key).startswith("campaign:"))
        )
    by_state = {
        state: {id - first for id, each in rows if each == state} for state in {state for _, state in rows}
    }
    held, unknown = by_state[MemberState.HOLDOUT], by_state.get(MemberState.UNKNOWN, set())
    assert len(rows) == MEMBERS
    assert len(held) == MEMBERS // 10
    assert progress.of(*MemberState) == MEMBERS
    assert by_state.keys() <= {MemberState.SENT, MemberState.HOLDOUT, MemberState.UNKNOWN}
    assert by_state[MemberState.SENT] <= got.keys() <= by_state[MemberState.SENT] | unknown
    assert len(by_state[MemberState.SENT]) + len(unknown) == keys == MEMBERS - len(held)
    assert len(unknown) <= KILLS * PACE
