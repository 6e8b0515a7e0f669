import pytest

from bot.demo.limits import Limits
from bot.demo.server import DemoServer
from bot.demo.thread import ServerThread
from tests.bot.demo.conftest import Stand


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limits(clock):
    return Limits(clock=clock)


def test_thirty_a_second_over_all_and_not_one_more(limits, clock):
    assert [limits.take(chat, is_group=False) for chat in range(31)] == [None] * 30 + [1]

    clock.now += 0.99
    assert limits.take(99, is_group=False) == 1
    clock.now += 0.01
    assert limits.take(99, is_group=False) is None


def test_no_window_of_a_second_ever_holds_more_than_thirty(limits, clock):
    accepted = []
    for step in range(2000):
        clock.now = 100 + step * 0.013
        if limits.take(step, is_group=False) is None:
            accepted.append(clock.now)

    busiest = max(sum(at <= other < at + 1 - 1e-9 for other in accepted) for at in accepted)
    assert busiest == 30


def test_a_private_chat_takes_a_small_burst_then_one_a_second(limits, clock):
    assert [limits.take(7, is_group=False) for _ in range(5)] == [None] * 4 + [1]

    clock.now += 1
    assert [limits.take(7, is_group=False) for _ in range(2)] == [None, 1]
    clock.now += 60
    assert [limits.take(7, is_group=False) for _ in range(5)] == [None] * 4 + [1]


def test_a_group_takes_twenty_a_minute(limits, clock):
    for _ in range(20):
        assert limits.take(-7, is_group=True) is None
        clock.now += 0.125

    assert limits.take(-7, is_group=True) == 58
    clock.now += 57.5
    assert limits.take(-7, is_group=True) is None


def test_an_album_counts_by_its_messages_in_a_group(limits):
    assert limits.take(-7, is_group=True, messages=10) is None
    assert limits.take(-7, is_group=True, messages=10) is None
    assert limits.take(-7, is_group=True) == 60


def test_what_is_refused_does_not_count(limits, clock):
    for _ in range(50):
        limits.take(7, is_group=False)

    clock.now += 1

    assert limits.take(7, is_group=False) is None


def test_switched_off_there_are_none(limits):
    limits.is_on = False

    assert {limits.take(7, is_group=False) for _ in range(1000)} == {None}


def test_the_fifth_message_at_once_is_refused_as_telegram_refuses_it():
    with ServerThread() as running:
        stand = Stand(running)
        stand.do(stand.world.user, 7, "Ann", started=True)

        answers = [stand.call("sendMessage", chat_id=7, text="x") for _ in range(5)]

        assert [answer["ok"] for answer in answers] == [True] * 4 + [False]
        assert answers[-1] == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
        assert stand.world.counted()["refused"] == {"429": 1}
        assert [sent.chat_id for sent in stand.world.sends] == [7] * 4


def test_a_wrong_message_is_refused_for_what_is_wrong_and_costs_nothing():
    with ServerThread() as running:
        stand = Stand(running)
        stand.do(stand.world.user, 7, "Ann", started=True)

        refusals = {stand.refusal("sendMessage", chat_id=7, text=" ") for _ in range(10)}

        assert refusals == {"Bad Request: message text is empty"}
        assert stand.call("sendMessage", chat_id=7, text="x")["ok"]


def test_an_album_is_one_message_to_the_limits_of_a_private_chat():
    with ServerThread() as running:
        stand = Stand(running)
        ann = stand.do(stand.world.user, 7, "Ann")
        known = stand.do(stand.world.send_photo, ann).body["photo"][-1]["file_id"]
        media = [{"type": "photo", "media": known}] * 10

        assert len(stand.ok("sendMediaGroup", chat_id=7, media=media)) == 10
        assert len(stand.world.sends) == 10


def test_the_list_of_sends_can_be_left_out():
    assert DemoServer(log_sends=False).world.sends is None
