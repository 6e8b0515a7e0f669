"""The outbox on both databases: what may go, in which order, and how the two find it quickly."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select, text
from sqlmodel import Session, col

from crm_store.engine import transaction
from crm_store.mailbox import outbox, sending, sent
from crm_store.mailbox.tables import MovedChat, OnAmbiguous, Outbox, OutboxState
from crm_store.service import places
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.bot.test_sender import meet

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def put(session: Session, chat_id: int, key: str, **about: object) -> Outbox:
    row = outbox.put(
        session,
        key=key,
        chat_id=chat_id,
        **{"method": "sendMessage", "params": {"text": key}, "now": NOW} | about,  # type: ignore[arg-type]
    )
    session.flush()
    return row


def heads(session: Session, room: int = 100, **ask: object) -> list[str]:
    found = sending.heads(session, **{"room": room, "now": NOW} | ask)  # type: ignore[arg-type]
    return [row.key for row in found.rows]


def claim(session: Session, now: datetime = NOW) -> list[sending.Claimed]:
    return sending.claim(session, rows=sending.heads(session, room=100, now=now).rows, now=now).rows


def test_each_chat_gives_the_oldest_of_its_most_urgent(engine: Engine) -> None:
    with transaction(engine) as session:
        put(session, 1, "bulk", priority=outbox.BULK)
        put(session, 2, "notice", priority=outbox.NOTICE)
        put(session, 1, "first")
        put(session, 1, "second")
        put(session, 3, "receipt", priority=outbox.RECEIPT)
        put(session, 3, "third")

        assert heads(session) == ["receipt", "first", "notice"]


def test_a_row_for_later_holds_its_own_class_and_no_other(engine: Engine) -> None:
    with transaction(engine) as session:
        put(session, 1, "later", not_before=NOW + SECOND)
        put(session, 1, "behind it")
        put(session, 1, "notice", priority=outbox.NOTICE)

        assert heads(session) == ["notice"]
        assert heads(session, now=NOW + SECOND) == ["later"]
        assert sending.next_due(session, now=NOW) == NOW + SECOND


def test_closed_chats_give_nothing_reserved_ones_only_conversation_tight_ones_no_album(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        put(session, 1, "a")
        put(session, 2, "b", priority=outbox.NOTICE)
        put(session, -3, "c", method="sendMediaGroup", params={"media": [{}, {}]})

        assert heads(session, closed=[1]) == ["c", "b"]
        assert heads(session, reserved=[1, 2]) == ["a", "c"]
        assert heads(session, tight=[-3]) == ["a", "b"]


def test_where_there_is_no_room_for_all_the_desks_own_conversation_goes_first(engine: Engine) -> None:
    with transaction(engine) as session:
        for user_id, revoked_at in ((50, None), (51, NOW)):
            session.add(
                Staff(
                    user_id=user_id,
                    chat_id=user_id,
                    name="S",
                    role=Role.AGENT,
                    language="en",
                    joined_at=NOW,
                    revoked_at=revoked_at,
                )
            )
        for number in range(5):
            put(session, number, f"ack {number}")
        put(session, 50, "news", priority=outbox.NOTICE)
        put(session, 51, "gone")
        put(session, 50, "queue")

        assert heads(session, room=2) == ["queue", "ack 0"]
        assert heads(session) == [*(f"ack {n}" for n in range(5)), "gone", "queue"]


def test_what_is_too_late_is_told_apart(engine: Engine) -> None:
    with transaction(engine) as session:
        old = put(session, 1, "old", expires_at=NOW)
        put(session, 2, "new", expires_at=NOW + SECOND)

        found = sending.heads(session, room=10, now=NOW)

        assert ([row.key for row in found.rows], found.expired) == (["new"], [old.id])


def test_a_claimed_row_is_nobodys_head_and_its_outcome_counts_once(engine: Engine) -> None:
    with transaction(engine) as session:
        put(session, 1, "one")
        put(session, 1, "two")
    with transaction(engine) as session:
        [first] = claim(session)
    with transaction(engine) as session:
        assert sent.interrupted(session, known=[]) != []
        assert sent.interrupted(session, known=[first.id]) == []
        assert sent.get_claimed(session, id=first.id, claimed_at=NOW - SECOND) is None
        row = sent.get_claimed(session, id=first.id, claimed_at=NOW)
        assert row is not None
        sent.put_off(row, until=None, error="unreachable: x", counted=True)
    with transaction(engine) as session:
        [again] = claim(session, NOW + SECOND)
        assert (again.id, again.attempts) == (first.id, 1)
    with transaction(engine) as session:
        sent.mark_sent(session, sent=[(first.id, 77, NOW)])  # the first attempt had arrived after all
        assert sent.get_claimed(session, id=first.id, claimed_at=NOW + SECOND) is None
        found = outbox.by_key(session, key="one")
        assert found is not None
        assert (found.state, found.telegram_id, found.error) == (OutboxState.SENT, 77, None)


def test_rows_of_a_turn_whose_commit_failed_wait_again(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(3):
            put(session, number, f"m{number}")
            sending.claim(
                session,
                rows=sending.heads(session, room=1, now=NOW).rows,
                now=NOW + number * SECOND,
            )

        sent.release(session, first=NOW + SECOND, last=NOW + 2 * SECOND)

        assert heads(session, now=NOW + 9 * SECOND) == ["m1", "m2"]


def test_when_telegram_is_back_what_waited_for_it_waits_no_longer(engine: Engine) -> None:
    with transaction(engine) as session:
        for number, error in enumerate(("unreachable: x", "no_answer: y", "limited: z", "100%: %")):
            row = put(session, number, f"m{number}", not_before=NOW + SECOND)
            row.error = error

        sent.hurry(session, errors=("unreachable", "no_answer"))

        assert heads(session) == ["m0", "m1"]
        assert sent.resting(session, error="limited", now=NOW) == {2: 1.0}


def test_a_waiting_message_is_changed_where_it_waits(engine: Engine) -> None:
    with transaction(engine) as session:
        keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "t:1"}]]}
        first = {"text": "<b>a</b>", "parse_mode": "HTML", "reply_markup": keyboard, "protect_content": True}
        put(session, 1, "m", params=first, not_before=NOW + SECOND)
    with transaction(engine) as session:
        changed = outbox.amend(session, key="m", params={"text": "b"}, edit_key="m:1", now=NOW)
        assert changed is not None
        assert changed.key == "m"
    with transaction(engine) as session:
        row = outbox.by_key(session, key="m")
        assert row is not None
        assert (row.params, row.not_before) == ({"text": "b", "protect_content": True}, None)
        assert outbox.by_key(session, key="m:1") is None


@pytest.mark.parametrize(
    ("method", "params", "left"),
    [
        ("editMessageCaption", {"caption": "b"}, {"photo": "p", "caption": "b"}),
        (
            "editMessageReplyMarkup",
            {"message_id": 9, "reply_markup": {}},
            {"photo": "p", "caption": "a", "parse_mode": "HTML", "reply_markup": {}},
        ),
        ("editMessageReplyMarkup", {}, {"photo": "p", "caption": "a", "parse_mode": "HTML"}),
    ],
)
def test_each_kind_of_edit_replaces_what_telegram_would_replace(
    sqlite: Engine, method: str, params: dict[str, object], left: dict[str, object]
) -> None:
    with transaction(sqlite) as session:
        first = {"photo": "p", "caption": "a", "parse_mode": "HTML", "reply_markup": {"x": 1}}
        row = put(session, 1, "m", method="sendPhoto", params=first)

        outbox.amend(session, key="m", method=method, params=params, edit_key="e", now=NOW)

        assert row.params == left


def test_a_message_that_has_left_is_edited_where_it_stands(engine: Engine) -> None:
    with transaction(engine) as session:
        put(session, 1, "m", priority=outbox.NOTICE)
        [row] = claim(session)
        queued = outbox.amend(session, key="m", params={"text": "b"}, edit_key="m:1", now=NOW)
        assert queued is not None
        assert (queued.method, queued.edits, queued.chat_id, queued.priority) == (
            "editMessageText",
            "m",
            1,
            1,
        )
        session.flush()
        sent.mark_sent(session, sent=[(row.id, 77, NOW)])

        [edit] = claim(session)

        assert (edit.key, edit.edited) == ("m:1", 77)


def test_a_deleted_message_that_still_waits_never_leaves(engine: Engine) -> None:
    with transaction(engine) as session:
        put(session, 1, "m")
        outbox.amend(session, key="m", method="deleteMessage", params={}, edit_key="m:gone", now=NOW)

        assert heads(session) == []
        assert outbox.amend(session, key="m", params={"text": "x"}, edit_key="m:1", now=NOW) is None
        assert outbox.amend(session, key="never", params={"text": "x"}, edit_key="y", now=NOW) is None


def test_an_edit_of_a_message_of_unknown_fate_is_done_to_what_may_be_sent_again(engine: Engine) -> None:
    with transaction(engine) as session:
        row = put(session, 1, "offer", on_ambiguous=OnAmbiguous.HOLD)
        row.state = OutboxState.UNKNOWN
        put(session, 1, "edit", method="editMessageText", params={"text": "better"}, edits="offer")
        put(session, 1, "media", method="editMessageMedia", params={"media": {}}, edits="offer")

        taken = sending.claim(session, rows=sending.heads(session, room=9, now=NOW).rows, now=NOW)
        assert (taken.rows, taken.settled) == ([], 1)
        taken = sending.claim(session, rows=sending.heads(session, room=9, now=NOW).rows, now=NOW)
        assert (taken.rows, taken.settled) == ([], 1)
        assert outbox.send_again(session, first=row.id, last=row.id) == 1

        session.expire_all()
        assert [one.params for one in claim(session)] == [{"text": "better"}]


def test_a_moved_group_takes_its_rows_along_however_often_it_moves(engine: Engine) -> None:
    with transaction(engine) as session:
        put(session, -1, "one")
        outbox.move_chat(session, old_id=-1, new_id=-2)
        outbox.move_chat(session, old_id=-2, new_id=-3)
        outbox.move_chat(session, old_id=-1, new_id=-3)
        put(session, -1, "two")  # by a job that was asked for before
        outbox.post(session, key="three", chat_id=-2, method="sendMessage", params={"text": "three"}, now=NOW)

        waiting = session.scalars(select(Outbox).order_by(col(Outbox.id)))
        assert [(row.key, row.chat_id) for row in waiting] == [("one", -3), ("two", -3), ("three", -3)]
        session.expire_all()
        moves = session.scalars(select(MovedChat).order_by(col(MovedChat.old_id).desc()))
        assert [(one.old_id, one.new_id) for one in moves] == [(-1, -3), (-2, -3)]


def test_an_edit_keeps_a_messages_place_in_the_conversation_unless_it_becomes_another_tickets(
    engine: Engine,
) -> None:
    one, other = meet(engine, 1), meet(engine, 2)

    def note(ticket_id: int, message_id: int | None) -> tuple[int, int | None]:
        with transaction(engine) as session:
            sent.note_places(
                session,
                places=[{"chat_id": 1, "telegram_id": 5, "ticket_id": ticket_id, "message_id": message_id}],
            )
        with transaction(engine) as session:
            found = places.mapped(session, chat_id=1, telegram_id=5)
            assert found is not None
            return found.ticket_id, found.message_id

    assert note(one, 40) == (one, 40)
    assert note(one, None) == (one, 40)
    assert note(other, None) == (other, None)
    with transaction(engine) as session:
        sent.forget_places(session, places=[(1, 5)])
        assert places.mapped(session, chat_id=1, telegram_id=5) is None


def test_what_waits_is_counted_and_its_age_known(engine: Engine) -> None:
    with transaction(engine) as session:
        assert (outbox.count_waiting(session), outbox.oldest_waiting(session)) == (0, None)
        put(session, 1, "a", now=NOW - SECOND)
        claim(session)
        put(session, 1, "b")
        put(session, 2, "c", now=NOW + SECOND)

        assert (outbox.count_waiting(session), outbox.oldest_waiting(session)) == (2 + 1, NOW - SECOND)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_two_workers_never_wait_for_each_others_rows(engine: Engine) -> None:
    with transaction(engine) as session:
        put(session, 1, "changing")
        put(session, 1, "behind it")
        put(session, 2, "free")
    with transaction(engine) as handler, transaction(engine) as sender:
        outbox.amend(handler, key="changing", params={"text": "changed"}, edit_key="e", now=NOW)
        handler.flush()

        assert heads(sender) == ["free"]


def test_a_long_queue_is_not_read_to_find_its_head(sqlite: Engine) -> None:
    asked = []
    event.listen(sqlite, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    with transaction(sqlite) as session:
        heads(session, closed=[1], reserved=[2], tight=[3])
        [(statement, values)] = [call for call in asked if "EXISTS" in call[0]]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = " | ".join(row[3] for row in plan)
        due = session.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT not_before FROM outbox WHERE state = 'pending' AND not_before > 1 "
                "ORDER BY not_before LIMIT 1"
            )
        )

        assert "ix_outbox_order" in steps
        assert "ix_outbox_lane" in steps
        assert "TEMP B-TREE" not in steps
        assert "ix_outbox_due" in " | ".join(row[3] for row in due)
