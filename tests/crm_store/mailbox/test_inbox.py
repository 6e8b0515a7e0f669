"""The inbox: kept once, given out in order, tried again, set aside, forgotten; on both databases."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, event, select
from sqlmodel import Session

from crm_store.engine import transaction
from crm_store.mailbox import inbox
from crm_store.mailbox.inbox import Arrived
from crm_store.mailbox.tables import Inbox, InboxState

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
BOT = 7_700_000_001
ANN, BEA, CAT = 7_000_000_000, -1_002_000_000_000, 3


def keep(engine: Engine, *arrived: tuple[int, int], bot_id: int = BOT, now: datetime = NOW) -> None:
    """Updates of (number, lane) arrive in one batch."""
    batch = [Arrived(number, lane, f'{{"update_id":{number}}}') for number, lane in arrived]
    with transaction(engine) as session:
        inbox.store(session, bot_id=bot_id, arrived=batch, now=now)


def numbers(engine: Engine) -> list[int]:
    """All there are, as they came."""
    with transaction(engine) as session:
        return list(session.scalars(select(Inbox.update_id).order_by(Inbox.id)))  # type: ignore[arg-type]


def heads(engine: Engine, *, now: datetime = NOW, limit: int = 64) -> list[int]:
    with transaction(engine) as session:
        return [row.update_id for row in inbox.heads(session, now=now, limit=limit)]


def finish(engine: Engine, *numbers: int) -> None:
    with transaction(engine) as session:
        ids = [row.id for row in session.scalars(select(Inbox)) if row.update_id in numbers]
        inbox.mark_done(session, ids=ids, now=NOW)


def row_of(session: Session, number: int) -> Inbox:
    return session.scalars(select(Inbox).where(Inbox.update_id == number)).one()  # type: ignore[arg-type]


def test_an_update_is_kept_once_however_often_it_is_offered(engine: Engine) -> None:
    keep(engine, (1, ANN), (2, ANN))
    keep(engine, (1, ANN), (2, ANN), (3, ANN))
    keep(engine, (3, ANN))
    keep(engine)

    assert numbers(engine) == [1, 2, 3]


def test_done_updates_are_remembered_and_not_run_again(engine: Engine) -> None:
    keep(engine, (1, ANN))
    finish(engine, 1)

    keep(engine, (1, ANN))

    assert (numbers(engine), heads(engine)) == ([1], [])


def test_two_bots_may_have_updates_of_one_number(engine: Engine) -> None:
    keep(engine, (1, ANN))
    keep(engine, (1, ANN), bot_id=BOT + 1)

    assert numbers(engine) == [1, 1]


def test_each_lane_gives_its_oldest_and_what_came_first_goes_first(engine: Engine) -> None:
    keep(engine, (9, BEA), (10, ANN), (11, BEA))
    keep(engine, (5, CAT), (12, ANN))  # numbers may jump back after a quiet week: arrival decides

    assert heads(engine) == [9, 10, 5]
    assert heads(engine, limit=2) == [9, 10]
    finish(engine, 9, 10)
    assert heads(engine) == [11, 5, 12]


def test_a_lane_whose_oldest_must_wait_gives_none(engine: Engine) -> None:
    keep(engine, (1, ANN), (2, ANN), (3, BEA))

    with transaction(engine) as session:
        dead = inbox.put_off(session, row=row_of(session, 1), error="refused", now=NOW)

    assert not dead
    assert heads(engine) == [3]
    assert heads(engine, now=NOW + timedelta(seconds=1)) == [1, 3]


def test_the_fifth_failure_is_the_last_and_its_lane_goes_on(engine: Engine) -> None:
    keep(engine, (1, ANN), (2, ANN))
    now, waits = NOW, []

    for _ in range(5):
        with transaction(engine) as session:
            row = row_of(session, 1)
            dead = inbox.put_off(session, row=row, error="e" * 5000, now=now)
            if not dead:
                assert row.not_before is not None
                waits.append((row.not_before - now).total_seconds())
                now = row.not_before

    assert (dead, waits) == (True, [1, 5, 25, 60])
    with transaction(engine) as session:
        row = row_of(session, 1)
        assert (row.state, row.attempts, row.done_at) == (InboxState.DEAD, 5, now)
        assert row.error == "e" * 2000
    assert heads(engine) == [2]


def test_an_attempt_that_was_counted_before_is_not_counted_again(engine: Engine) -> None:
    keep(engine, (1, ANN))

    with transaction(engine) as session:
        row = row_of(session, 1)
        inbox.count_attempt(session, rows=[row])
        inbox.put_off(session, row=row, error="refused", now=NOW, counted=True)

    with transaction(engine) as session:
        assert row_of(session, 1).attempts == 1


def test_replayed_dead_updates_start_afresh_in_their_place(engine: Engine) -> None:
    keep(engine, (1, ANN), (2, ANN), (3, BEA))
    with transaction(engine) as session:
        inbox.bury(session, row=row_of(session, 1), error="cannot be read", now=NOW)
    assert heads(engine) == [2, 3]

    with transaction(engine) as session:
        assert inbox.replay_dead(session) == 1

    assert heads(engine) == [1, 3]
    with transaction(engine) as session:
        row = row_of(session, 1)
        assert (row.attempts, row.not_before, row.done_at) == (0, None, None)
        assert inbox.replay_dead(session) == 0


def test_what_waits_is_counted(engine: Engine) -> None:
    keep(engine, (1, ANN), (2, ANN), (3, BEA))
    finish(engine, 1)
    with transaction(engine) as session:
        inbox.bury(session, row=row_of(session, 3), error="", now=NOW)

    with transaction(engine) as session:
        assert inbox.count_waiting(session) == 1


def test_what_is_done_is_forgotten_after_a_week_and_nothing_else_ever(engine: Engine) -> None:
    keep(engine, (1, ANN), (2, ANN), (3, BEA), now=NOW - timedelta(days=8))
    keep(engine, (4, ANN), now=NOW - timedelta(days=6))
    finish(engine, 1, 4)
    with transaction(engine) as session:
        inbox.bury(session, row=row_of(session, 3), error="", now=NOW)

    with transaction(engine) as session:
        assert inbox.forget_old(session, now=NOW) == 1
        assert inbox.forget_old(session, now=NOW) == 0

    assert numbers(engine) == [2, 3, 4]


def test_a_number_is_never_given_twice_so_answers_keep_their_keys(engine: Engine) -> None:
    keep(engine, (1, ANN), now=NOW - timedelta(days=8))
    finish(engine, 1)
    with transaction(engine) as session:
        first = row_of(session, 1).id
        inbox.forget_old(session, now=NOW)

    keep(engine, (1, ANN))

    with transaction(engine) as session:
        assert row_of(session, 1).id > first


def test_heads_are_found_by_the_index_of_what_waits(sqlite: Engine) -> None:
    """Or each message would cost more with every message there ever was."""
    keep(sqlite, (1, ANN))
    asked = []
    event.listen(sqlite, "before_cursor_execute", lambda *call: asked.append(call[2:4]))

    heads(sqlite)

    [(statement, values)] = [call for call in asked if "GROUP BY" in call[0]]
    with sqlite.connect() as connection:
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("USING COVERING INDEX ix_inbox_waiting" in step for step in plan), plan
    assert not any(step.startswith("SCAN inbox") and "ix_inbox_waiting" not in step for step in plan), plan


# Several workers, on PostgreSQL.


def claimed(session: Session, *ids: int, now: datetime = NOW) -> list[int]:
    return [row.update_id for row in inbox.claim(session, ids=ids, now=now)]


def test_what_one_worker_has_no_other_gets_nor_anything_after_it(postgres: Engine) -> None:
    keep(postgres, (1, ANN), (2, ANN), (3, BEA))

    with transaction(postgres) as one:
        assert claimed(one, 1) == [1]
        with transaction(postgres) as other:
            assert [row.update_id for row in inbox.heads(other, now=NOW, limit=9)] == [3]
            assert claimed(other, 1, 2, 3) == [3]


def test_what_another_worker_has_just_done_is_not_claimed(postgres: Engine) -> None:
    keep(postgres, (1, ANN), (2, ANN))
    with transaction(postgres) as session:
        ids = [row.id for row in session.scalars(select(Inbox))]
    finish(postgres, 1)

    with transaction(postgres) as session:
        assert claimed(session, *ids) == [2]


def test_a_counted_attempt_is_kept_from_other_workers_for_a_while(postgres: Engine) -> None:
    keep(postgres, (1, ANN))
    until = NOW + timedelta(seconds=2)

    with transaction(postgres) as session:
        inbox.count_attempt(session, rows=[row_of(session, 1)], until=until)

    assert heads(postgres) == []
    assert heads(postgres, now=until) == [1]
