"""What customers did in another system: kept once each."""

from collections.abc import Sequence

from sqlmodel import Session

from crm_store.customers.tables import Event
from crm_store.exchange import events
from crm_store.exchange.events import NewEvent
from handlers.intake.teller import Teller


def keep(session: Session, teller: Teller, told: Sequence[NewEvent]) -> list[tuple[Event, bool]]:
    """Each event, and whether it is new."""
    return events.keep(session, source=teller.system, told=told, now=teller.now)
