"""Telegram's limits are never exceeded, however the network delays calls and answers."""

import asyncio
import random
from collections import defaultdict

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.limits import (
    CATCH_UP,
    GROUP_PER_MINUTE,
    GROUP_SECONDS,
    OVERALL_PER_SECOND,
    PRIVATE_BURST,
    SPARE_GROUP,
    Limits,
)
from tests.bot.telegram import put, scripted, sending, until

PRIVATE, GROUP = 7, -7
TELEGRAM_BURST = 4
"""What a private chat takes at once, as far as anybody has measured."""


def test_a_lone_message_leaves_at_once() -> None:
    assert Limits(per_second=27).room(1000.0) >= 1


def test_over_all_messages_are_paced() -> None:
    limits, now, left = Limits(per_second=27), 1000.0, []
    for chat_id in range(200):
        now = max(now, limits.next_room())
        assert limits.room(now) >= 1
        limits.depart(chat_id, now)
        limits.answer(chat_id, now)
        left.append(now)

    assert max(sum(at <= other < at + 1 for other in left) for at in left) <= 28 + CATCH_UP
    assert max(sum(at <= other < at + 1 for other in left[50:]) for at in left[50:]) <= 28
    assert len(left[50:]) / (left[-1] - left[50]) == pytest.approx(27, rel=0.02)


def test_what_left_too_late_is_made_up_for_a_few_at_a_time() -> None:
    limits = Limits(per_second=25)
    rooms = []
    for now in (1000.0, 1000.01, 1000.09, 1001.0):
        rooms.append(limits.room(now))
        for number in range(rooms[-1]):
            limits.depart(number, now)
            limits.answer(number, now)

    assert rooms == [1 + CATCH_UP, 0, 2, 1 + CATCH_UP]


def test_a_turn_may_begin_before_there_is_room_and_forgets_nothing_too_early() -> None:
    limits, now = Limits(per_second=30), 1000.0
    for chat_id in range(OVERALL_PER_SECOND):
        limits.depart(chat_id, now)
        limits.answer(chat_id, now)

    soon = [limits.room(now + 0.97, ahead=ahead) for ahead in (0.0, 0.02, 0.04)]
    after = [limits.room(now + at) for at in (0.97, 1.0)]

    assert (soon, after) == ([0, 0, 1 + CATCH_UP], [0, 1 + CATCH_UP])


def test_without_limits_of_our_own_telegrams_word_still_holds() -> None:
    limits = Limits(per_second=0)
    assert limits.room(10.0) > 1000

    limits.rest(PRIVATE, 20.0)
    limits.pause(15.0)

    assert (limits.closed(19.9), limits.closed(20.0)) == ([PRIVATE], [])
    assert limits.room(14.9) == 0
    assert (limits.next_room(), limits.next_chat(14.9)) == (15.0, 20.0)
    assert limits.room(15.0) > 1000


def test_a_private_chat_takes_three_at_once_and_then_one_a_second() -> None:
    limits, now, left = Limits(per_second=27), 100.0, []
    while len(left) < 6:
        if PRIVATE not in limits.closed(now):
            limits.depart(PRIVATE, now)
            limits.answer(PRIVATE, now)
            left.append(round(now - 100, 2))
        else:
            now = limits.next_chat(now)

    assert left == [0, 0, 0, 1, 2, 3]


def test_notices_leave_the_last_room_in_a_chat_to_conversation() -> None:
    limits = Limits(per_second=27)
    for _ in range(PRIVATE_BURST - 1):
        limits.depart(PRIVATE, 100.0)
        limits.answer(PRIVATE, 100.0)
    for _ in range(GROUP_PER_MINUTE - SPARE_GROUP):
        limits.depart(GROUP, 100.0)
        limits.answer(GROUP, 100.0)

    assert limits.reserved(100.0) == [PRIVATE, GROUP]
    assert limits.closed(100.0) == []


def test_a_group_takes_nineteen_a_minute_and_an_album_counts_by_its_pictures() -> None:
    limits = Limits(per_second=27)
    limits.depart(GROUP, 100.0, messages=10)
    assert limits.tight(100.0) == [GROUP]
    limits.answer(GROUP, 101.0, messages=10)
    for _ in range(9):
        assert limits.closed(102.0) == []
        limits.depart(GROUP, 102.0)
        limits.answer(GROUP, 102.0)

    assert limits.closed(102.0) == [GROUP]
    assert limits.closed(101.0 + GROUP_SECONDS - 0.1) == [GROUP]
    assert limits.closed(101.0 + GROUP_SECONDS) == []


def test_what_is_over_takes_no_memory() -> None:
    limits = Limits(per_second=27)
    for chat_id in range(500):
        limits.depart(chat_id, chat_id * 1.0)
        limits.answer(chat_id, chat_id * 1.0)
        limits.room(chat_id * 1.0)

    assert len(limits._chats) < 5


@settings(deadline=None, max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 10**9), slow=st.floats(0, 3), chats=st.integers(1, 60))
def test_no_delay_on_the_way_lets_more_arrive_than_telegram_takes(seed: int, slow: float, chats: int) -> None:
    """Virtual time: calls take up to ``slow`` seconds to arrive, answers as long to come back."""
    chance, limits, now = random.Random(seed), Limits(per_second=30), 0.0
    people = [number + 1 if chance.random() < 0.8 else -number - 1 for number in range(chats)]
    flying: dict[int, float] = {}
    arrived: list[tuple[float, int]] = []
    while now < 70:
        for chat_id, answered_at in [one for one in flying.items() if one[1] <= now]:
            limits.answer(chat_id, answered_at)
            del flying[chat_id]
        free = [one for one in people if one not in flying and one not in limits.closed(now)]
        if limits.room(now) and free:
            chat_id = chance.choice(free)
            limits.depart(chat_id, now)
            arrives = now + chance.random() * slow
            arrived.append((arrives, chat_id))
            flying[chat_id] = arrives + chance.random() * slow
        now += 0.02

    check(arrived)


def check(arrived: list[tuple[float, int]]) -> None:
    times = sorted(at for at, _ in arrived)
    for first, at in enumerate(times[OVERALL_PER_SECOND:]):
        assert at - times[first] >= 1.0, "more than 30 within a second"
    chats = defaultdict(list)
    for at, chat_id in sorted(arrived):
        chats[chat_id].append(at)
    for chat_id, each in chats.items():
        if chat_id < 0:
            for first, at in enumerate(each[20:]):
                assert at - each[first] >= 60.0, "more than 20 within a minute in a group"
        else:
            empty_at = 0.0
            for at in each:
                empty_at = max(empty_at, at) + 1
                assert empty_at - at <= TELEGRAM_BURST, "more than one a second in a private chat"


def test_on_a_jittery_network_the_real_sender_stays_below_the_limits(sqlite: Engine) -> None:
    chance = random.Random(1)

    async def scenario() -> None:
        async with scripted() as telegram:
            telegram.latency = telegram.back = lambda: chance.random() * 0.12
            for number in range(60):
                put(sqlite, 1000 + number, f"answer {number}")
            for number in range(5):
                put(sqlite, PRIVATE, f"private {number}")
            for number in range(25):
                put(sqlite, GROUP, f"group {number}")
            async with sending(sqlite, telegram, messages_per_second=30):
                await until(lambda: len(telegram.arrivals) >= 60 + 5 + GROUP_PER_MINUTE, seconds=20)
                await asyncio.sleep(0.5)

            assert len(telegram.shown(GROUP)) == GROUP_PER_MINUTE
            check([(one.at, one.chat_id) for one in telegram.arrivals])
            assert telegram.shown(PRIVATE) == [f"private {number}" for number in range(5)]

    asyncio.run(scenario())
