"""Inbox → units of work: in order per lane, exactly once, and nobody suffers for somebody else's update."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from time import sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import OperationalError
from telegram import Bot

from bot.dispatcher import GROUP, Dispatcher
from bot.poller import arrivals
from crm_store.engine import open_engine, transaction
from crm_store.mailbox import inbox
from crm_store.mailbox.inbox import Arrived
from crm_store.mailbox.tables import Inbox, InboxState
from crm_store.service.tables import Message, Ticket
from crm_store.staff.roles import Role
from crm_store.tables import metadata
from handlers.words import Words
from tests.talk import BOT_ID, DESK, START, WORDS, NoNetwork, Person, Talk, texts

POISON = "poison"


@pytest.fixture
def running(talk: Talk) -> Talk:
    """A shop whose dispatcher has started: what comes now was not waiting when it did."""
    talk.dispatcher.run_group(talk.now)
    return talk


def arrive(talk: Talk, *messages: dict[str, Any], first: int = 1000) -> None:
    """Messages that came in one poll; the dispatcher has not run yet."""
    batch = [{"update_id": first + at, "message": one} for at, one in enumerate(messages)]
    with transaction(talk.engine) as session:
        inbox.store(session, bot_id=BOT_ID, arrived=arrivals(batch), now=talk.now)


def kept(engine: Engine) -> list[str]:
    """The texts of all tickets' messages, in order."""
    with transaction(engine) as session:
        return list(session.scalars(select(Message.text).order_by(Message.id)))  # type: ignore[arg-type]


def rows(engine: Engine) -> list[Inbox]:
    with transaction(engine) as session:
        return list(session.scalars(select(Inbox).order_by(Inbox.id)))  # type: ignore[arg-type]


def states(engine: Engine) -> list[str]:
    return [row.state.value for row in rows(engine)]


def refuse(engine: Engine, said: str) -> None:
    """The store refuses every message that says ``said``."""
    with engine.begin() as connection:
        connection.execute(
            text(
                f"CREATE TRIGGER refuse BEFORE INSERT ON message WHEN NEW.text = '{said}' "
                "BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        )


def relent(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER refuse"))


@contextmanager
def breaking(engine: Engine, breaks: Callable[[str, Any], None]) -> Iterator[None]:
    """Between us and the driver: ``breaks(statement, parameters)`` may raise."""

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        breaks(statement, parameters)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def dispatcher(engine: Engine, *, words: Words = WORDS, classifier: Any = None) -> Dispatcher:
    """Another process's dispatcher on the same store."""
    return Dispatcher(
        engine,
        bot=Bot(f"{BOT_ID}:test", request=NoNetwork(), get_updates_request=NoNetwork()),
        desk=DESK,
        words=words,
        classifier=classifier,
        share=engine.dialect.name == "postgresql",
    )


def test_a_poison_update_in_the_middle_of_a_batch_harms_no_other(running: Talk) -> None:
    people = [running.customer(100 + number) for number in range(5)]
    refuse(running.engine, POISON)
    said = ["one", "two", POISON, "four", "five"]
    arrive(running, *(one.message(words) for one, words in zip(people, said, strict=True)))

    group = running.dispatcher.run_group(running.now)

    assert (group.taken, group.failed) == (5, 1)
    assert kept(running.engine) == ["one", "two", "four", "five"]
    assert states(running.engine) == ["done", "done", "new", "done", "done"]


def test_what_fails_leaves_no_trace_of_its_attempt(running: Talk) -> None:
    ann = running.customer()
    refuse(running.engine, POISON)

    arrive(running, ann.message(POISON))
    running.dispatcher.run_group(running.now)

    assert running.outbox() == []
    with transaction(running.engine) as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 0


def test_a_failing_update_is_tried_after_1_5_25_and_60_seconds_and_then_set_aside(running: Talk) -> None:
    refuse(running.engine, POISON)
    arrive(running, running.customer().message(POISON))

    waits = []
    for _ in range(5):
        assert running.dispatcher.run_group(running.now).failed == 1
        assert running.dispatcher.run_group(running.now).taken == 0  # not before its time
        [row] = rows(running.engine)
        if row.not_before is not None and row.state == InboxState.NEW:
            waits.append((row.not_before - running.now).total_seconds())
            running.now = row.not_before

    [row] = rows(running.engine)
    assert waits == [1, 5, 25, 60]
    assert (row.state, row.attempts) == (InboxState.DEAD, 5)
    assert "refused" in (row.error or "")


def exhaust(talk: Talk) -> None:
    """Let every attempt of what fails pass."""
    for _ in range(5):
        talk.dispatcher.run_group(talk.now)
        talk.later(seconds=61)


def test_staff_are_told_what_a_dead_message_said(running: Talk) -> None:
    bob, ann = running.staff(1, "Bob"), running.customer()
    refuse(running.engine, "a <b> & c")
    newest = running.outbox()[-1].row.id
    arrive(running, ann.message("a <b> & c"))

    exhaust(running)

    told = running.render("agent/dead/notice.html.j2", name='Ann <3 & "张"', text="a <b> & c", number=2)
    assert texts(running.outbox(after=newest), bob) == [told]
    assert "a &lt;b&gt; &amp; c" in told


def test_a_dead_update_runs_again_once_it_is_replayed(running: Talk) -> None:
    refuse(running.engine, POISON)
    arrive(running, running.customer().message(POISON))
    exhaust(running)
    relent(running.engine)

    with transaction(running.engine) as session:
        assert inbox.replay_dead(session) == 1
    running.dispatcher.run_group(running.now)

    assert kept(running.engine) == [POISON]
    assert states(running.engine) == ["done"]


def test_while_one_lane_waits_for_its_retry_the_others_go_on_and_its_own_order_holds(running: Talk) -> None:
    ann, bea = running.customer(100), running.customer(200)
    refuse(running.engine, "first")
    arrive(running, ann.message("first"), ann.message("second"), bea.message("hers"))

    while running.dispatcher.run_group(running.now).taken:
        pass
    meanwhile = kept(running.engine)
    relent(running.engine)
    running.later(seconds=1)
    while running.dispatcher.run_group(running.now).taken:
        pass

    assert meanwhile == ["hers"]
    assert kept(running.engine) == ["hers", "first", "second"]


def test_after_a_dead_update_its_lane_goes_on(running: Talk) -> None:
    ann = running.customer()
    refuse(running.engine, POISON)
    arrive(running, ann.message("before"), ann.message(POISON), ann.message("after"))

    for _ in range(8):
        running.dispatcher.run_group(running.now)
        running.later(seconds=61)

    assert kept(running.engine) == ["before", "after"]
    assert states(running.engine) == ["done", "dead", "done"]


USER = {"id": 5, "is_bot": False, "first_name": 'Ann <3 & "张"'}
PRIVATE = {"id": 5, "type": "private", "first_name": 'Ann <3 & "张"'}
GROUP_CHAT = {"id": -100, "type": "supergroup", "title": "Elsewhere"}
HEAD = {"message_id": 1, "date": 1}


@pytest.mark.parametrize(
    "content",
    [
        {"inline_query": {"id": "1", "from": USER, "query": "tea", "offset": ""}},
        {"a_kind_of_tomorrow": {"id": 7, "from": USER}},
        {},
        {"channel_post": {**HEAD, "chat": {"id": -1, "type": "channel", "title": "News"}, "text": "hi"}},
        {"message": {**HEAD, "chat": GROUP_CHAT, "from": USER, "text": "in a group"}},
        {"edited_message": {**HEAD, "chat": PRIVATE, "from": USER, "text": "of a message never seen"}},
        {"callback_query": {"id": "1", "from": USER, "chat_instance": "1", "data": "forged:1"}},
        {"callback_query": {"id": "1", "from": USER, "chat_instance": "1", "game_short_name": "chess"}},
    ],
    ids=lambda content: next(iter(content), "nothing"),
)
def test_an_update_that_nobody_answers_is_done_and_says_nothing(
    running: Talk, content: dict[str, Any]
) -> None:
    assert running.update(**content) == []

    assert states(running.engine) == ["done"]


def test_a_message_that_does_not_say_whose_it_is_ends_with_the_staff(running: Talk) -> None:
    bob = running.staff(1, "Bob")
    newest = running.outbox()[-1].row.id
    arrive(running, {**HEAD, "chat": PRIVATE, "text": "from nobody"})

    exhaust(running)

    assert states(running.engine)[-1] == "dead"
    assert ["from nobody" in one for one in texts(running.outbox(after=newest), bob)] == [True]


CANCELLED = "{{ lipsum.__globals__.__builtins__.exec('import asyncio; raise asyncio.CancelledError') }}"


def test_a_cancellation_in_a_handler_is_a_failure_of_that_update_alone(
    sqlite: Engine, tmp_path: Path
) -> None:
    cancels = tmp_path / "en/customer/start/greeting.html.j2"
    cancels.parent.mkdir(parents=True)
    cancels.write_text(CANCELLED)
    talk = Talk(sqlite)
    talk.dispatcher = dispatcher(sqlite, words=Words(tmp_path))
    arrive(talk, talk.customer(100).message("/start"), talk.customer(200).message("and me?"))

    group = talk.dispatcher.run_group(talk.now)

    assert (group.taken, group.failed) == (2, 1)
    assert kept(sqlite) == ["and me?"]


def test_an_update_that_breaks_the_connection_each_time_ends_dead_and_the_others_are_done(
    running: Talk,
) -> None:
    def cancel(statement: str, parameters: Any) -> None:
        if statement.startswith("INSERT INTO message ") and POISON in parameters:
            raise asyncio.CancelledError  # in the middle of a statement: the connection is given up

    people = [running.customer(100 + number) for number in range(3)]
    arrive(
        running, *(one.message(words) for one, words in zip(people, ["one", POISON, "three"], strict=True))
    )
    with breaking(running.engine, cancel):
        exhaust(running)

    assert kept(running.engine) == ["one", "three"]
    assert states(running.engine) == ["done", "dead", "done"]


@pytest.mark.parametrize(
    "raw",
    ["no JSON <at all>", "[1, 2]", "17", '{"message": "is no object", "update_id": 1}', "[" * 100_000],
    ids=lambda raw: raw[:12],
)
def test_what_cannot_be_read_is_dead_at_once_and_staff_hear_of_it(running: Talk, raw: str) -> None:
    bob = running.staff(1, "Bob")
    newest = running.outbox()[-1].row.id
    with transaction(running.engine) as session:
        inbox.store(session, bot_id=BOT_ID, arrived=[Arrived(77, 0, raw)], now=running.now)

    group = running.dispatcher.run_group(running.now)

    assert (group.taken, group.failed) == (1, 1)
    assert states(running.engine)[-1] == "dead"
    assert len(texts(running.outbox(after=newest), bob)) == 1


def test_an_update_that_comes_twice_is_one_row_and_acts_once(running: Talk) -> None:
    message = running.customer().message("my kettle leaks")

    for _ in range(2):
        arrive(running, message)
        running.dispatcher.run_group(running.now)

    assert states(running.engine) == ["done"]
    assert kept(running.engine) == ["my kettle leaks"]
    assert len(running.outbox()) == 1


def test_up_to_64_updates_share_one_commit(running: Talk) -> None:
    arrive(running, *(running.customer(100 + number).message("hello there") for number in range(100)))
    commits = []
    event.listen(running.engine, "commit", lambda _connection: commits.append(1))

    taken = [running.dispatcher.run_group(running.now).taken for _ in range(3)]

    assert GROUP == 64
    assert taken == [64, 36, 0]
    assert len(commits) == 2 * 2 + 1  # looking for work, and doing it


def test_a_full_disk_leaves_the_whole_group_for_later(running: Talk) -> None:
    arrive(running, *(running.customer(100 + number).message("so long " * 100) for number in range(20)))
    with running.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    with pytest.raises(OperationalError):
        running.dispatcher.run_group(running.now)
    untouched = [(row.state.value, row.attempts) for row in rows(running.engine)]
    said = kept(running.engine)
    with running.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    running.dispatcher.run_group(running.now)

    assert (untouched, said) == ([("new", 0)] * 20, [])
    assert states(running.engine) == ["done"] * 20


def test_a_text_the_model_cannot_read_is_taken_all_the_same(sqlite: Engine) -> None:
    class Puzzled:
        def classify(self, texts: Sequence[str]) -> list[Any]:
            raise ValueError(f"cannot read {len(texts)} texts")

    talk = Talk(sqlite, classifier=Puzzled())
    ann = talk.customer()

    assert len(texts(ann.say("my kettle leaks"), ann)) == 1


def test_a_notice_that_fails_too_does_not_hold_up_the_others(sqlite: Engine, tmp_path: Path) -> None:
    broken = tmp_path / "en/agent/dead/notice.html.j2"
    broken.parent.mkdir(parents=True)
    broken.write_text("{{ 1 // 0 }}")
    talk = Talk(sqlite)
    talk.staff(1, "Bob")
    talk.dispatcher = dispatcher(sqlite, words=Words(tmp_path))
    arrive(talk, talk.customer().message("hello there"))
    with transaction(sqlite) as session:
        inbox.store(session, bot_id=BOT_ID, arrived=[Arrived(77, 0, "no JSON")], now=talk.now)

    talk.dispatcher.run_group(talk.now)

    assert states(sqlite) == ["done", "done", "dead"]


def test_who_leaves_the_staff_is_a_customer_from_the_next_update_on(running: Talk) -> None:
    """Also where both were taken in one group, and with a form left open."""
    eve, bob = running.staff(1, "Eve", Role.OWNER), running.staff(2, "Bob")
    running.customer().say("my kettle leaks")
    bob.tap("answer:1")
    revoke = {"id": "1", "from": eve.user, "chat_instance": "1", "data": "revoke_yes:2"}
    revoke["message"] = {"message_id": 1, "date": 1, "chat": eve.chat, "text": "…"}
    batch = [
        {"update_id": 900, "callback_query": revoke},
        {"update_id": 901, "message": bob.message("where is my order?")},
    ]

    sent = running.updates(batch)
    running.later(minutes=1)
    later = bob.say("/ask") + bob.say("and when does it come?")

    assert any("T2" in one for one in texts(sent, bob))
    assert any("T3" in one for one in texts(later, bob))
    assert kept(running.engine) == ["my kettle leaks", "where is my order?", "and when does it come?"]


def test_characters_no_database_takes_are_left_out_and_the_rest_is_kept(engine: Engine) -> None:
    talk = Talk(engine)

    talk.customer().say("my \0 kettle \ud83d leaks 🫖")

    assert kept(engine) == ["my  kettle \ufffd leaks 🫖"]


# The process dies: what waited then is counted before it is tried.

KILLER = "{% if name == 'Killer' %}{{ cycler.__init__.__globals__.os._exit(9) }}{% endif %}Welcome"
STARTS = """
    import os, sys, time
    from datetime import UTC, datetime
    from pathlib import Path
    from crm_store.engine import open_engine, transaction
    from crm_store.mailbox import inbox
    from handlers.words import Words
    from tests.bot.test_dispatcher import dispatcher

    def work():
        engine = open_engine(sys.argv[1])
        mine = dispatcher(engine, words=Words(Path(sys.argv[2])))
        while True:
            mine.run_group(datetime.now(UTC))
            with transaction(engine) as session:
                if not inbox.count_waiting(session):
                    os._exit(0)
            time.sleep(0.02)

    for _ in range(6):
        process = os.fork() or work()
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
"""


def test_an_update_that_kills_the_process_is_dead_after_five_starts_and_the_others_are_done(
    engine: Engine, tmp_path: Path
) -> None:
    deadly = tmp_path / "words/en/customer/start/greeting.html.j2"
    deadly.parent.mkdir(parents=True)
    deadly.write_text(KILLER)
    talk = Talk(engine)
    bob = talk.staff(1, "Bob")
    people = [talk.person(100 + number, "Killer" if number == 3 else "Ann") for number in range(7)]
    arrive(talk, *(one.message("/start") for one in people))

    ended = subprocess.run(
        [sys.executable, "-c", dedent(STARTS), _url(engine), str(tmp_path / "words")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()

    assert ended == ["9", "9", "9", "9", "9", "0"]
    assert states(engine)[1:] == ["done", "done", "done", "dead", "done", "done", "done"]
    assert len([one for one in talk.outbox() if one.to == bob.id and "Killer" in one.text]) == 1
    assert sorted(one.to for one in talk.outbox() if one.text == "Welcome") == [100, 101, 102, 104, 105, 106]


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


# Many workers, on PostgreSQL.


def work_together(engine: Engine, *, workers: int = 2) -> None:
    """So many dispatchers at once, until nothing waits."""

    def work() -> None:
        mine = dispatcher(engine)
        while True:
            taken = mine.run_group(datetime.now(UTC)).taken
            with transaction(engine) as session:
                if not taken and not inbox.count_waiting(session):
                    return

    with ThreadPoolExecutor(workers) as threads:
        for done in [threads.submit(work) for _ in range(workers)]:
            done.result()


def test_two_workers_run_every_update_once_and_in_order(postgres: Engine) -> None:
    talk = Talk(postgres)
    people = [talk.customer(100 + number) for number in range(20)]
    said = {one.id: [f"{one.id} line {line}" for line in range(8)] for one in people}
    arrive(talk, *(one.message(said[one.id][line]) for line in range(8) for one in people))

    work_together(postgres)

    assert states(postgres) == ["done"] * 160
    with transaction(postgres) as session:
        found = session.execute(select(Message.chat_id, Message.text).order_by(Message.id)).all()  # type: ignore[call-overload]
        assert session.scalar(select(func.count()).select_from(Ticket)) == 20
    for one in people:
        assert [words for chat, words in found if chat == one.id] == said[one.id]


def test_of_two_taps_on_claim_at_once_one_wins_and_the_other_is_told_who(postgres: Engine) -> None:
    talk = Talk(postgres)
    bob, eve = talk.staff(1, "Bob"), talk.staff(2, "Eve")
    people = [talk.customer(100 + number) for number in range(10)]
    for one in people:
        one.say("my kettle leaks")
    newest = talk.outbox()[-1].row.id
    with transaction(postgres) as session:
        taps = [tapped(who, ticket) for ticket in range(1, 11) for who in (bob, eve)]
        batch = [{"update_id": 5000 + at, "callback_query": one} for at, one in enumerate(taps)]
        inbox.store(session, bot_id=BOT_ID, arrived=arrivals(batch), now=talk.now)

    work_together(postgres)

    with transaction(postgres) as session:
        tickets = session.scalars(select(Ticket).order_by(Ticket.id)).all()  # type: ignore[arg-type]
        has = {ticket.number: {1: bob, 2: eve}[ticket.assignee_id or 0] for ticket in tickets}
    told = [(one.to, one.text) for one in talk.outbox(after=newest)]
    for number, winner in has.items():
        loser = eve if winner is bob else bob
        [refused] = [said for to, said in told if to == loser.id and re.search(rf"\b{number}\b", said)]
        assert winner.first_name in refused
    assert states(postgres) == ["done"] * (2 + 10 + 20)


def tapped(who: Person, ticket: int) -> dict[str, Any]:
    return {
        "id": str(who.talk.next_message_id()),
        "from": who.user,
        "chat_instance": "1",
        "data": f"claim:{ticket}",
        "message": {"message_id": 1, "date": 1, "chat": who.chat, "text": "…"},
    }


def test_a_unit_that_met_another_on_the_same_ticket_runs_again_at_once_and_uncounted(
    postgres: Engine,
) -> None:
    talk = Talk(postgres)
    ann = talk.customer()
    ann.say("my kettle leaks")
    talk.later(minutes=1)
    arrive(talk, ann.message("it still does"))

    with ThreadPoolExecutor(1) as thread:
        with postgres.begin() as other:
            other.execute(text("UPDATE ticket SET version = version + 1"))
            running = thread.submit(talk.dispatcher.run_group, talk.now)
            while not running.done() and not _is_blocked(postgres):
                sleep(0.01)
        met = running.result()

    assert (met.taken, met.failed) == (1, 0)
    assert [(row.state.value, row.attempts) for row in rows(postgres)][1:] == [("done", 0)]
    assert kept(postgres) == ["my kettle leaks", "it still does"]


def _is_blocked(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


# Whatever fails, whenever: the order of a lane holds.


class Faults:
    """The store refuses a text so many times."""

    def __init__(self, left: dict[str, int]) -> None:
        self.left = left

    def __call__(self, statement: str, parameters: Any) -> None:
        if not statement.startswith("INSERT INTO message "):
            return
        for said, left in self.left.items():
            if left and said in parameters:
                self.left[said] -= 1
                raise RuntimeError("refused")


LINES = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 0, 1, 2, 4, 5, 7])), max_size=14)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=LINES, steps=st.lists(st.sampled_from([0, 0.5, 2, 30, 61]), min_size=1, max_size=6))
def test_whatever_fails_and_whenever_every_lane_keeps_its_order(
    lines: list[tuple[int, int]], steps: list[float]
) -> None:
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/store.db")
        metadata.create_all(engine)
        talk = Talk(engine)
        talk.dispatcher.run_group(START)
        said = [(lane, f"line {at} of {lane}", fails) for at, (lane, fails) in enumerate(lines)]

        with breaking(engine, Faults({words: fails for _, words, fails in said})):
            for at, (lane, words, _) in enumerate(said):
                arrive(talk, talk.customer(100 + lane).message(words), first=1000 + at)
                talk.dispatcher.run_group(talk.now)
                talk.later(seconds=steps[at % len(steps)])
            while "new" in states(engine):
                talk.dispatcher.run_group(talk.now)
                talk.later(seconds=30)

        survivors = kept(engine)
        for lane in range(4):
            wanted = [words for of, words, fails in said if of == lane and fails < inbox.MAX_ATTEMPTS]
            assert [words for words in survivors if words.endswith(f"of {lane}")] == wanted
        dead = [
            json.loads(row.raw)["message"]["text"] for row in rows(engine) if row.state == InboxState.DEAD
        ]
        assert sorted(dead) == sorted(words for _, words, fails in said if fails >= inbox.MAX_ATTEMPTS)
        engine.dispose()


# What Telegram's library refuses as a whole is read in part.

POLL = {"id": "1", "question": "which tea?", "options": [], "type": "regular"}
"""From an older server: of what the library wants today much is missing."""


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"poll": POLL}, "other"),
        ({"caption": "see", "photo": [{"file_id": "small"}]}, "other"),
        (
            {
                "caption": "see",
                "photo": [{"file_id": "s"}, {"file_id": "l", "file_unique_id": "u", "width": 9, "height": 9}],
            },
            "photo",
        ),
        (
            {
                "caption": "see",
                "document": {"file_id": "d", "file_unique_id": "u", "thumbnail": {"file_id": "t"}},
            },
            "document",
        ),
    ],
    ids=["a poll", "a photo", "one size of a photo", "a file's thumbnail"],
)
def test_content_that_cannot_be_read_does_not_cost_the_customer_the_ticket(
    running: Talk, content: dict[str, Any], kind: str
) -> None:
    bob, ann = running.staff(1, "Bob"), running.customer()

    sent = ann.say(**content)

    assert states(running.engine)[-1] == "done"
    with transaction(running.engine) as session:
        [message] = session.scalars(select(Message)).all()
        assert (message.kind, message.text) == (kind, content.get("caption", ""))
    assert [len(texts(sent, ann)), len(texts(sent, bob))] == [1, 1]


def test_a_reply_with_unreadable_content_still_finds_its_ticket(running: Talk) -> None:
    bob, ann = running.staff(1, "Bob"), running.customer()
    ann.say("my kettle leaks")
    shown = [one.row.telegram_id for one in running.deliver() if one.to == bob.id][-1]

    bob.say("this one?", reply_to=shown, poll=POLL)

    assert kept(running.engine) == ["my kettle leaks", "this one?"]


# One update that the database refuses as if it were in trouble itself.


def test_an_update_that_looks_like_trouble_of_the_store_each_time_ends_dead_and_stalls_nobody(
    engine: Engine,
) -> None:
    def refuse_poison(statement: str, parameters: Any) -> None:
        values = parameters.values() if isinstance(parameters, dict) else parameters
        if statement.startswith("INSERT INTO message ") and POISON in values:
            raise OperationalError(statement, parameters, Exception("program limit exceeded"))

    talk = Talk(engine)
    talk.dispatcher.run_group(talk.now)
    people = [talk.customer(100 + number) for number in range(3)]
    arrive(talk, *(one.message(words) for one, words in zip(people, ["one", POISON, "three"], strict=True)))

    with breaking(engine, refuse_poison):
        for _ in range(10):
            try:
                talk.dispatcher.run_group(talk.now)
            except OperationalError:
                continue
            talk.later(seconds=61)

    assert kept(engine) == ["one", "three"]
    found = [(row.state.value, row.attempts) for row in rows(engine)]
    assert found == [("done", 0), ("dead", 5), ("done", 0)]


def test_while_the_store_is_full_nothing_is_counted_however_often_it_is_tried(running: Talk) -> None:
    arrive(running, *(running.customer(100 + number).message("x" * 4000) for number in range(3)))
    with running.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    for _ in range(8):
        with pytest.raises(OperationalError):
            running.dispatcher.run_group(running.now)
        running.later(seconds=61)
    untouched = [(row.state.value, row.attempts) for row in rows(running.engine)]
    with running.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    running.dispatcher.run_group(running.now)

    assert untouched == [("new", 0)] * 3
    assert states(running.engine) == ["done"] * 3
