"""What other systems call ours: their number of a customer, an order or a product."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from crm_store.engine import is_sqlite
from crm_store.exchange.tables import ExternalRef

CUSTOMER, ORDER, PRODUCT = "customer", "order", "product"
"""What can have a number elsewhere: the ``entity`` of a reference."""


def find(session: Session, *, system: str, entity: str, external_id: str) -> int | None:
    """Our id of what ``system`` calls ``external_id``; None for what it never told us of."""
    found = get(session, system=system, entity=entity, external_id=external_id)
    return found.entity_id if found is not None else None


def get(session: Session, *, system: str, entity: str, external_id: str) -> ExternalRef | None:
    """The reference itself."""
    return session.get(ExternalRef, (system, entity, external_id))


def find_all(session: Session, *, system: str, entity: str, external_ids: Collection[str]) -> dict[str, int]:
    """Our ids by theirs, for a batch; unknown ones are left out."""
    statement = select(ExternalRef).where(
        col(ExternalRef.system) == system,
        col(ExternalRef.entity) == entity,
        col(ExternalRef.external_id).in_(list(external_ids)),
    )
    return {one.external_id: one.entity_id for one in session.scalars(statement)}


def put(
    session: Session,
    *,
    system: str,
    entity: str,
    external_id: str,
    entity_id: int,
    digest: str | None = None,
) -> bool:
    """Remember it from now on. False when ``system`` has this number already, whoever's it is: a reference
    never changes hands by being told again. ``digest`` is of what was told with it."""
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = (
        dialect.insert(ExternalRef)
        .values(system=system, entity=entity, external_id=external_id, entity_id=entity_id, digest=digest)
        .on_conflict_do_nothing(index_elements=["system", "entity", "external_id"])
        .returning(ExternalRef.external_id)
    )
    return session.execute(statement).first() is not None


def of(session: Session, *, entity: str, entity_id: int) -> list[ExternalRef]:
    """What every system calls this one."""
    statement = (
        select(ExternalRef)
        .where(col(ExternalRef.entity) == entity, col(ExternalRef.entity_id) == entity_id)
        .order_by(col(ExternalRef.system), col(ExternalRef.external_id))
    )
    return list(session.scalars(statement))
