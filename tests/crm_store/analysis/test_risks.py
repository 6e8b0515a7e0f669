"""What waits for a manager, counted."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis import risks
from crm_store.analysis.tables import CustomerScore
from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, Customer, Purpose
from crm_store.engine import transaction
from tests.crm_store.analysis.buying import customers

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


def test_who_took_back_their_consent_since_the_night_is_not_among_those_who_may_leave(engine: Engine) -> None:
    with transaction(engine) as session:
        assert risks.of_now(session, now=NOW).leaving is None
        ids = customers(session, 5, at=NOW)
        for one, risk in zip(ids, (0.9, 0.7, 0.6, 0.59, None), strict=True):
            session.add(CustomerScore(customer_id=one, as_of=NOW - timedelta(hours=8), risk=risk))
        session.flush()
        assert risks.of_now(session, now=NOW).leaving == 3
        for one, state in ((ids[0], ConsentState.WITHDRAWN), (ids[1], ConsentState.GRANTED)):
            said(session, one, state)

        assert risks.of_now(session, now=NOW).leaving == 2


def said(session: Session, customer_id: int, state: ConsentState) -> None:
    consents.record(
        session, customer=session.get_one(Customer, customer_id), purpose=Purpose.PROFILING, state=state,
        source="chat", actor="test", now=NOW,
    )  # fmt: skip
