"""What customers agreed to, and took back: never changed, the latest word of a purpose counts."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers.tables import Consent, ConsentState, Customer, Purpose
from crm_store.marketing import addresses
from crm_store.marketing.refusals import OptedOut
from crm_store.staff import audit
from crm_store.staff.audit import Actor


def current(session: Session, *, customer: Customer) -> dict[Purpose, ConsentState]:
    """The purposes a customer has said something about, and what last."""
    rows = session.scalars(
        select(Consent).where(col(Consent.customer_id) == customer.id).order_by(col(Consent.id))
    )
    return {one.purpose: one.state for one in rows}


def record(
    session: Session,
    *,
    customer: Customer,
    purpose: Purpose,
    state: ConsentState,
    source: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """Write down what a customer agrees to, or no longer; ``source`` is where they said so ("chat", "import",
    "api"). False when it was so already.

    Raises OptedOut where somebody else would grant marketing to a customer who took it back: that is theirs
    alone.
    """
    before = current(session, customer=customer).get(purpose)
    if before == state:
        return False
    grants = (purpose, state) == (Purpose.MARKETING, ConsentState.GRANTED)
    if grants and not _is_self(actor, customer) and _has_opted_out(session, customer, before):
        raise OptedOut(number=customer.number)
    session.add(Consent(customer_id=customer.id, purpose=purpose, state=state, source=source, at=now))
    audit.record(
        session,
        actor=actor,
        action="consent",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before={f"consent:{purpose}": before},
        after={f"consent:{purpose}": state},
    )
    session.flush()
    return True


def _is_self(actor: Actor, customer: Customer) -> bool:
    return isinstance(actor, Customer) and actor.id == customer.id


def _has_opted_out(session: Session, customer: Customer, last: ConsentState | None) -> bool:
    return last == ConsentState.WITHDRAWN or addresses.is_opted_out(session, customer=customer)
