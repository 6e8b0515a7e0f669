import http.client
import threading
import time

from tests.bot.demo.conftest import FIRST


def texts(updates):
    return [update["message"]["text"] for update in updates]


def write(stand, ann, *lines):
    for line in lines:
        stand.do(stand.world.send_text, ann, line)


def test_updates_come_in_order_until_a_later_offset_confirms_them(stand, ann):
    write(stand, ann, "1", "2", "3")

    assert texts(stand.ok("getUpdates", limit=2)) == ["1", "2"]
    assert texts(stand.ok("getUpdates", offset=FIRST)) == ["1", "2", "3"]
    assert texts(stand.ok("getUpdates", offset=FIRST + 2)) == ["3"]
    assert stand.world.counted()["stored"] == 2
    assert texts(stand.ok("getUpdates", offset=0)) == ["3"]
    assert stand.ok("getUpdates", offset=FIRST + 3, timeout=0) == []
    assert stand.world.counted() | {"calls": 0} == {
        "received": 3,
        "stored": 3,
        "waiting": 0,
        "answered": 0,
        "lost": 0,
        "sent": 0,
        "calls": 0,
        "refused": {},
    }


def test_a_batch_has_a_hundred_updates_at_most(stand, ann):
    write(stand, ann, *map(str, range(120)))

    assert len(stand.ok("getUpdates", limit=1000)) == 100
    assert len(stand.ok("getUpdates", offset=FIRST + 100, limit=0)) == 1


def test_the_same_offset_again_at_once_brings_one_update(stand, ann):
    write(stand, ann, "1", "2", "3")

    assert [len(stand.ok("getUpdates", offset=FIRST)) for _ in range(2)] == [3, 1]


def test_a_negative_offset_forgets_all_but_the_last_and_that_is_a_loss(stand, ann):
    write(stand, ann, "1", "2", "3")

    assert texts(stand.ok("getUpdates", offset=-1)) == ["3"]

    counted = stand.world.counted()
    assert (counted["received"], counted["stored"], counted["waiting"], counted["lost"]) == (3, 0, 1, 2)


def test_an_offset_over_updates_never_handed_out_is_a_loss(stand, ann):
    write(stand, ann, "1", "2")
    stand.ok("getUpdates", limit=1)
    write(stand, ann, "3")

    stand.ok("getUpdates", offset=FIRST + 3, timeout=0)

    counted = stand.world.counted()
    assert (counted["stored"], counted["lost"]) == (1, 2)


def test_messages_expire_after_a_day_and_taps_after_150_seconds(stand, ann):
    sent = stand.ok(
        "sendMessage",
        chat_id=ann.id,
        text="x",
        reply_markup={"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]},
    )
    start = stand.world.clock()
    write(stand, ann, "1")
    stand.do(stand.world.tap, ann, sent["message_id"], "a")
    clock = {"now": start + 151}
    stand.server.world.updates._clock = lambda: clock["now"]

    assert texts(stand.ok("getUpdates")) == ["1"]

    clock["now"] = start + 24 * 3600 + 1
    assert stand.ok("getUpdates", offset=1) == []
    assert stand.world.counted()["lost"] == 1


def test_a_long_poll_waits_for_an_update(stand, ann):
    threading.Timer(0.2, write, (stand, ann, "late")).start()
    started = time.monotonic()

    assert texts(stand.ok("getUpdates", timeout=5)) == ["late"]

    assert 0.15 < time.monotonic() - started < 2


def test_a_long_poll_ends_with_nothing(stand):
    started = time.monotonic()

    assert stand.ok("getUpdates", timeout=1) == []

    assert 0.9 < time.monotonic() - started < 2


def test_a_second_poll_ends_the_first_with_409(stand, ann):
    answers = []
    first = threading.Thread(target=lambda: answers.append(stand.call("getUpdates", timeout=10)))
    first.start()
    while stand.server.polling._waiting is None:
        time.sleep(0.01)
    write_later = threading.Timer(0.2, write, (stand, ann, "x"))
    write_later.start()

    assert texts(stand.ok("getUpdates", timeout=10, offset=1)) == ["x"]

    first.join()
    assert answers == [
        {
            "ok": False,
            "error_code": 409,
            "description": "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running",
        }
    ]


def test_a_poll_whose_caller_is_gone_gives_its_place_up_without_conflict(stand, ann):
    dead = http.client.HTTPConnection("127.0.0.1", stand.server.port)
    dead.request("GET", f"/bot{stand.server.token}/getUpdates?timeout=30")
    while stand.server.polling._waiting is None:
        time.sleep(0.01)
    dead.sock.close()
    dead.close()
    time.sleep(0.05)
    write(stand, ann, "x")

    assert texts(stand.ok("getUpdates", offset=1, timeout=1)) == ["x"]
    assert stand.world.counted()["refused"] == {}


def test_only_what_the_bot_asked_for_arrives(stand, ann):
    asked = stand.do(stand.world.send_text, ann, "x")
    stand.do(stand.world.react, ann, asked, "👍")
    assert [list(update)[1] for update in stand.ok("getUpdates", offset=1)] == ["message"]

    stand.ok("getUpdates", offset=FIRST + 1, allowed_updates=["message_reaction"])
    stand.do(stand.world.react, ann, asked, "👎")
    write(stand, ann, "unheard")

    [update] = stand.ok("getUpdates", offset=FIRST + 1, timeout=1)
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "👎"}]
    assert stand.world.counted()["lost"] == 1


def test_an_unknown_kind_of_update_is_refused_by_name(stand):
    assert stand.refusal("getUpdates", allowed_updates=["message", "mesage"]) == (
        'Bad Request: unknown update type "mesage"'
    )


def test_the_setting_stays_until_an_empty_list_restores_the_default(stand, ann):
    stand.ok("getUpdates", allowed_updates=["callback_query"])
    stand.ok("getUpdates", offset=1)
    write(stand, ann, "unheard")
    stand.ok("getUpdates", offset=2, allowed_updates=[])
    write(stand, ann, "heard")

    assert texts(stand.ok("getUpdates", offset=3)) == ["heard"]


def test_raw_updates_arrive_as_they_are(stand):
    poison = {"message": {"date": "yesterday"}}
    twice = {"update_id": FIRST, "message": {"text": "again"}}

    stand.do(stand.world.inject_raw, poison)
    stand.do(stand.world.inject_raw, twice)

    assert stand.ok("getUpdates") == [{"update_id": FIRST, **poison}, twice]
    assert stand.world.counted()["received"] == 2


def test_answered_counts_messages_followed_by_one_of_the_bot(stand, ann):
    write(stand, ann, "1", "2")
    assert stand.world.counted()["answered"] == 0

    stand.ok("sendMessage", chat_id=ann.id, text="x")
    write(stand, ann, "3")

    assert stand.world.counted()["answered"] == 2


def test_people_see_what_was_said_with_its_latest_words(stand, ann):
    asked = stand.do(stand.world.send_text, ann, "helo")
    stand.do(stand.world.edit_text, ann, asked, "hello /go")

    [message] = stand.world.messages(ann.id)
    assert (message["text"], message["edited"], message["from"], message["from_id"]) == (
        "hello /go",
        True,
        "person",
        ann.id,
    )
    edited = stand.ok("getUpdates")[1]["edited_message"]
    assert (edited["text"], edited["entities"][0]["type"]) == ("hello /go", "bot_command")
