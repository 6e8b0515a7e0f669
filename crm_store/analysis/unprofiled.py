"""Customers who took back their consent to be profiled: no analysis learns from them or scores them."""

from datetime import datetime

import numpy as np
from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis.purchases import Ints
from crm_store.customers.tables import Consent, ConsentState, Purpose


def customers(session: Session, *, as_of: datetime | None = None) -> Ints:
    """Whose last word on profiling (before ``as_of``) was no, ascending."""
    said = select(func.max(col(Consent.id))).where(col(Consent.purpose) == Purpose.PROFILING)
    if as_of is not None:
        said = said.where(col(Consent.at) < as_of)
    latest = said.group_by(col(Consent.customer_id))
    statement = select(col(Consent.customer_id)).where(
        col(Consent.id).in_(latest), col(Consent.state) == ConsentState.WITHDRAWN
    )
    return np.sort(np.fromiter(session.scalars(statement), np.int64))
