"""Jobs as rows: one holder at a time, and none is ever lost; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from crm_store.engine import transaction
from crm_store.mailbox import jobs
from crm_store.mailbox.jobs import Lane
from crm_store.mailbox.tables import Job, JobState

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
SOON = NOW + timedelta(seconds=10)
LATER = NOW + jobs.LEASE + timedelta(seconds=1)


def ask(engine: Engine, kind: str = "import") -> int:
    with transaction(engine) as session:
        return jobs.ask(session, kind=kind, arguments={"n": 1}, asked_by=None, chat_id=7, now=NOW).id


def claim(engine: Engine, now: datetime = NOW) -> Job | None:
    with transaction(engine) as session:
        return jobs.claim(session, now=now)


def held(engine: Engine, now: datetime = NOW) -> tuple[int, datetime]:
    job = claim(engine, now)
    assert job is not None
    assert job.lease_until is not None
    return job.id, job.lease_until


def state(engine: Engine, job_id: int) -> tuple[JobState, int, str | None]:
    with transaction(engine) as session:
        job = session.get_one(Job, job_id)
        return job.state, job.attempts, job.error


def test_the_oldest_job_is_taken_first_and_by_one_only(engine: Engine) -> None:
    first, second = ask(engine), ask(engine)

    assert [held(engine)[0], held(engine)[0], claim(engine)] == [first, second, None]


@pytest.mark.parametrize("kind", ["talks", "segment", "report", "sales"])
def test_what_somebody_waits_for_does_not_wait_behind_an_import(engine: Engine, kind: str) -> None:
    ask(engine, "import")
    asked = ask(engine, kind)

    with transaction(engine) as session:
        job = jobs.claim(session, now=NOW, lane=Lane.QUICK)
        assert job is not None
        assert job.id == asked


def test_the_job_of_a_process_that_died_is_taken_up_again(engine: Engine) -> None:
    job = ask(engine)
    held(engine)

    assert claim(engine, SOON) is None
    assert held(engine, LATER)[0] == job
    assert state(engine, job) == (JobState.RUNNING, 2, None)


def test_a_job_that_is_renewed_stays_with_its_holder(engine: Engine) -> None:
    job = ask(engine)
    _, lease = held(engine)
    with transaction(engine) as session:
        renewed = jobs.renew(session, job_id=job, lease=lease, now=SOON, advanced=False)

    assert renewed == SOON + jobs.LEASE
    assert claim(engine, LATER) is None


def test_who_lost_the_lease_changes_nothing_any_more(engine: Engine) -> None:
    job = ask(engine)
    _, old = held(engine)
    _, new = held(engine, LATER)
    with transaction(engine) as session:
        assert jobs.renew(session, job_id=job, lease=old, now=LATER, advanced=True) is None
        assert jobs.finish(session, job_id=job, lease=old, now=LATER) is False
        jobs.release(session, job_id=job, lease=old)
        jobs.postpone(session, job_id=job, lease=old, until=LATER, error="no")
        assert jobs.fail(session, job_id=job, lease=old, error="no", now=LATER) is False

    assert state(engine, job) == (JobState.RUNNING, 2, None)
    with transaction(engine) as session:
        assert jobs.finish(session, job_id=job, lease=new, now=LATER) is True
    assert state(engine, job) == (JobState.DONE, 2, None)


def test_a_released_job_is_taken_up_at_once_and_a_postponed_one_when_its_time_has_come(
    engine: Engine,
) -> None:
    job = ask(engine)
    _, lease = held(engine)
    with transaction(engine) as session:
        jobs.release(session, job_id=job, lease=lease)
    _, lease = held(engine)
    with transaction(engine) as session:
        jobs.postpone(session, job_id=job, lease=lease, until=SOON, error="OSError: no")

    assert claim(engine) is None
    assert held(engine, SOON)[0] == job


def test_progress_makes_an_attempt_count_as_the_first(engine: Engine) -> None:
    job = ask(engine)
    for turn in range(3):
        held(engine, NOW + turn * (jobs.LEASE + timedelta(seconds=1)))
    assert state(engine, job)[1] == 3
    _, lease = held(engine, NOW + 3 * (jobs.LEASE + timedelta(seconds=1)))
    with transaction(engine) as session:
        jobs.renew(session, job_id=job, lease=lease, now=LATER, advanced=True)

    assert state(engine, job)[1] == 1


def test_the_only_process_takes_over_what_was_running(engine: Engine) -> None:
    job = ask(engine)
    held(engine)
    with transaction(engine) as session:
        jobs.take_over(session)

    assert held(engine, SOON)[0] == job


def test_a_job_that_is_over_is_nobodys(engine: Engine) -> None:
    done, failed = ask(engine), ask(engine)
    (_, first), (_, second) = held(engine), held(engine)
    with transaction(engine) as session:
        jobs.finish(session, job_id=done, lease=first, now=NOW)
        jobs.fail(session, job_id=failed, lease=second, error="no", now=NOW)

    assert claim(engine, LATER) is None
    assert [state(engine, one)[0] for one in (done, failed)] == [JobState.DONE, JobState.FAILED]
