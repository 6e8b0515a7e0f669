import http.client
import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from bot.demo.faults import Faults
from bot.demo.thread import ServerThread
from tests.bot.demo.conftest import Stand


def status_of(stand, method, **params):
    """The HTTP status of a call, or the exception of a connection that broke."""
    connection = http.client.HTTPConnection("127.0.0.1", stand.server.port, timeout=5)
    try:
        body, kind = json.dumps(params), {"Content-Type": "application/json"}
        connection.request("POST", f"/bot{stand.server.token}/{method}", body, kind)
        with connection.getresponse() as answer:
            answer.read()
            return answer.status
    except (http.client.HTTPException, ConnectionError) as error:
        return type(error)
    finally:
        connection.close()


def test_down_is_a_bad_gateway_and_nothing_happens(stand, ann):
    stand.server.faults.set(down=True)

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{stand.server.base_url}{stand.server.token}/getMe")

    with refused.value:
        assert (refused.value.code, refused.value.headers["Content-Type"]) == (
            502,
            "text/html",
        )
    assert status_of(stand, "sendMessage", chat_id=ann.id, text="x") == 502
    stand.server.faults.clear()
    assert status_of(stand, "sendMessage", chat_id=ann.id, text="x") == 200
    assert len(stand.world.messages(ann.id)) == 1


def test_down_can_be_a_dropped_connection(stand, ann):
    stand.server.faults.set(down=True, down_as="refuse")

    broken = status_of(stand, "sendMessage", chat_id=ann.id, text="x")

    assert broken in (http.client.RemoteDisconnected, ConnectionResetError)
    assert stand.world.messages(ann.id) == []


def test_going_down_ends_a_waiting_poll(stand):
    ended = []
    poll = threading.Thread(target=lambda: ended.append(status_of(stand, "getUpdates", timeout=30)))
    poll.start()
    while stand.server.polling._waiting is None:
        time.sleep(0.01)

    stand.server.faults.set(down=True)

    poll.join(3)
    assert ended == [502]


def test_slow_is_slow(stand):
    stand.server.faults.set(slow_ms=200)
    started = time.monotonic()

    status_of(stand, "getMe")

    assert time.monotonic() - started >= 0.2


def test_a_storm_refuses_its_share_of_sends_and_nothing_else(stand, ann):
    stand.server.faults.set(storm=0.5, retry_after=3)

    answers = [stand.call("sendMessage", chat_id=ann.id, text="x") for _ in range(200)]

    refused = [answer for answer in answers if not answer["ok"]]
    assert 60 < len(refused) < 140
    assert {json.dumps(answer["parameters"]) for answer in refused} == {'{"retry_after": 3}'}
    assert len(stand.world.messages(ann.id)) == 200 - len(refused)
    assert all(stand.call("getMe")["ok"] for _ in range(50))


def test_errors_answer_502_and_carry_nothing_out(stand, ann):
    stand.server.faults.set(errors=0.5)

    statuses = [status_of(stand, "sendMessage", chat_id=ann.id, text="x") for _ in range(100)]

    assert set(statuses) == {200, 502}
    assert len(stand.world.messages(ann.id)) == statuses.count(200)


def test_a_cut_call_was_carried_out(stand, ann):
    stand.server.faults.set(cut=1)

    broken = status_of(stand, "sendMessage", chat_id=ann.id, text="x")

    assert broken in (http.client.RemoteDisconnected, ConnectionResetError)
    assert len(stand.world.messages(ann.id)) == 1


def test_the_time_between_doing_and_answering_can_be_set(stand, ann):
    stand.server.ack_ms = 300
    call = threading.Thread(
        target=status_of, args=(stand, "sendMessage"), kwargs={"chat_id": ann.id, "text": "x"}
    )
    started = time.monotonic()
    call.start()
    while not stand.world.messages(ann.id):
        time.sleep(0.01)
    shown = time.monotonic() - started

    call.join()

    assert shown < 0.25
    assert time.monotonic() - started >= 0.3


def test_a_server_that_stops_lets_a_waiting_poll_go():
    with ServerThread() as running:
        stand = Stand(running)
        ended = []
        poll = threading.Thread(target=lambda: ended.append(status_of(stand, "getUpdates", timeout=30)))
        poll.start()
        while stand.server.polling._waiting is None:
            time.sleep(0.01)
        started = time.monotonic()

    poll.join(3)

    assert ended == [200]
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"storm": 0.2, "flood": 1}, "there is no fault 'flood'"),
        ({"_random": 1}, "there is no fault '_random'"),
        ({"slow_ms": 5, "storm": 1.5}, "storm cannot be 1.5"),
        ({"down": 1}, "down cannot be 1"),
        ({"down_as": "503"}, "down_as cannot be '503'"),
        ({"slow_ms": True}, "slow_ms cannot be True"),
        ({"cut": "0.2"}, "cut cannot be '0.2'"),
        ({"retry_after": 0}, "retry_after cannot be 0"),
    ],
)
def test_a_wrong_fault_is_refused_and_changes_nothing(changes, problem):
    faults = Faults()

    with pytest.raises(ValueError, match=f"^{problem}$"):
        faults.set(**changes)

    assert faults.told() == Faults().told()


def test_all_is_well_again_after_clear():
    faults = Faults()
    faults.set(down=True, slow_ms=5, storm=0.1, cut=0.2, errors=1, jitter_ms=3, retry_after=9)

    faults.clear()

    assert faults.told() == {
        "down": False,
        "down_as": "502",
        "slow_ms": 0.0,
        "jitter_ms": 0.0,
        "storm": 0.0,
        "retry_after": 2,
        "errors": 0.0,
        "cut": 0.0,
    }
