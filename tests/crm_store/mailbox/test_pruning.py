"""What the outbox forgets, and what it keeps."""

from datetime import timedelta

from sqlalchemy import Engine, select

from bot.clock import Clock
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox import pruning, sent
from crm_store.mailbox.tables import Outbox, OutboxFile, OutboxState
from handlers.desk import Desk
from tests.crm_store.mailbox.test_outbox import NOW, put
from tests.talk import DESK, WORDS

DAY = timedelta(days=1)
WORDS_OF = {"text": "my address is 1 Tea Street"}


def params(engine: Engine) -> dict[str, object]:
    with transaction(engine) as session:
        return {row.key: row.params for row in session.scalars(select(Outbox))}


def clock(engine: Engine, desk: Desk = DESK) -> Clock:
    return Clock(
        Writer(engine), desk=desk, words=WORDS, daily=None, queued=lambda: None, on_model=lambda _: None
    )


def test_words_of_what_was_over_thirty_days_ago_are_forgotten_and_nothing_else(engine: Engine) -> None:
    over = ["sent", "failed", "cancelled", "folded"]
    with transaction(engine) as session:
        for state in [*over, "pending", "unknown"]:
            put(session, 1, state, params=WORDS_OF).state = OutboxState(state)
        put(session, 1, "young", params=WORDS_OF, now=NOW + 2 * DAY).state = OutboxState.SENT

    clock(engine).tick(NOW + 29 * DAY)
    before = params(engine)
    clock(engine).tick(NOW + 31 * DAY)

    assert before == dict.fromkeys([*over, "pending", "unknown", "young"], WORDS_OF)
    kept = dict.fromkeys(["pending", "unknown", "young"], WORDS_OF)
    assert params(engine) == {key: {} for key in over} | kept
    clock(engine).tick(NOW + 33 * DAY)
    assert params(engine)["young"] == {}


def test_many_rows_are_forgotten_some_at_a_time(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(7):
            put(session, 1, str(number), params=WORDS_OF).state = OutboxState.SENT

    looked = []
    for _ in range(4):
        with transaction(engine) as session:
            looked.append(pruning.blank_old(session, now=NOW + 31 * DAY, limit=3))

    assert looked == [3, 3, 1, 0]
    assert set(map(str, params(engine).values())) == {"{}"}


def test_bytes_go_once_telegram_has_the_file_and_nothing_waits_for_them(engine: Engine) -> None:
    with transaction(engine) as session:
        for name, known in [("known", "f1"), ("awaited", "f2"), ("unknown", None)]:
            session.add(OutboxFile(name=name, mime_type="text/plain", data=b"tea", telegram_file_id=known))
        session.flush()
        ids = {file.name: file.id for file in session.scalars(select(OutboxFile))}
        put(session, 1, "done", file_id=ids["known"]).state = OutboxState.SENT
        put(session, 1, "waits", file_id=ids["awaited"])

    clock(engine).tick(NOW)

    with transaction(engine) as session:
        found = {
            file.name: (file.data, file.telegram_file_id) for file in session.scalars(select(OutboxFile))
        }
    assert found == {"known": (b"", "f1"), "awaited": (b"tea", "f2"), "unknown": (b"tea", None)}


def test_an_invite_cannot_be_read_in_the_store_once_it_is_sent(engine: Engine) -> None:
    said = {
        "link": {"text": "https://t.me/tea_desk_bot?start=join-abc"},
        "command": {"text": "<code>/start join-abc</code>"},
        "other": {"text": "join-us at the start"},
        "waiting": {"text": "https://t.me/tea_desk_bot?start=join-def"},
    }
    with transaction(engine) as session:
        ids = {key: put(session, 1, key, params=one).id for key, one in said.items()}
        quoted = put(session, 1, "quoted", params=said["link"], ticket_id=1).id
        sent.mark_sent(
            session, sent=[(one, 77, NOW) for one in (ids["link"], ids["command"], ids["other"], quoted)]
        )

    assert params(engine) == said | {"link": {}, "command": {}, "quoted": said["link"]}
