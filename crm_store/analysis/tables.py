"""What the analyses found: dated snapshots, the latest word on each customer, and figures by day.

Money is in minor units of the row's currency; a day is one of the desk's calendar.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from crm_store.rows import Row
from crm_store.types import BigKey, Json, Utc, enum_of, where_set


class AnalysisKind(StrEnum):
    RFM = "rfm"
    CLUSTERS = "clusters"
    VALUE = "value"
    CHURN = "churn"
    DEMAND = "demand"
    BASKETS = "baskets"
    SEQUENCES = "sequences"
    COHORTS = "cohorts"
    FORECAST = "forecast"
    POTENTIAL = "potential"
    BEHAVIOUR = "behaviour"


class Snapshot(Row, table=True):
    """What one analysis found, as of a moment: never changed; the latest of a kind counts.

    It looked at ``window_start`` (none: since the beginning) up to ``as_of``, at ``n`` customers, orders or
    weeks. ``result`` is the analysis's own; ``method`` says which method and version made it.
    """

    __tablename__ = "analysis_snapshot"
    __table_args__ = (Index("ix_analysis_snapshot_kind", "kind", "as_of"),)

    id: int = Field(default=None, primary_key=True)
    kind: AnalysisKind = Field(sa_type=enum_of(AnalysisKind))
    as_of: datetime = Field(sa_type=Utc)
    window_start: datetime | None = Field(default=None, sa_type=Utc)
    zone: str
    currency: str
    n: int = Field(sa_type=BigKey)
    method: str
    result: dict[str, Any] = Field(sa_type=Json)
    made_at: datetime = Field(sa_type=Utc)
    seconds: float


class CustomerScore(Row, table=True):
    """What the latest analyses say of one customer, as of their snapshots' moment.

    ``r``, ``f`` and ``m`` are 1 to 5, ``rfm`` the tier they make, ``cluster`` a number of the latest clusters
    (the best customers' is 1). ``expected_orders`` and ``expected_value`` (with its 80 % range) are of the
    next twelve months; ``risk`` is the chance, 0 to 1, of no order within the window of the churn snapshot,
    ``reasons`` what speaks for it, strongest first. None where too little is known.
    """

    __tablename__ = "customer_score"
    __table_args__ = (
        where_set("customer_score", "rfm"),
        where_set("customer_score", "cluster"),
        where_set("customer_score", "expected_value"),
        where_set("customer_score", "risk"),
    )

    customer_id: int = Field(primary_key=True, foreign_key="customer.id")
    as_of: datetime = Field(sa_type=Utc)
    recency_days: int | None = None
    orders: int = 0
    net: int = Field(default=0, sa_type=BigKey)
    r: int | None = None
    f: int | None = None
    m: int | None = None
    rfm: str | None = None
    rfm_before: str | None = None
    cluster: int | None = None
    cluster_before: int | None = None
    expected_orders: float | None = None
    expected_value: int | None = Field(default=None, sa_type=BigKey)
    value_low: int | None = Field(default=None, sa_type=BigKey)
    value_high: int | None = Field(default=None, sa_type=BigKey)
    risk: float | None = None
    reasons: list[str] | None = Field(default=None, sa_type=Json)


class DayFigure(Row, table=True):
    """One measure of one day, whole (``by`` and ``key`` empty) or one part of a breakdown (by city, 北京市).

    ``value`` is an amount in ``currency``, or nothing for a count alone. Sums of parts are the whole.
    """

    __tablename__ = "day_figure"
    __table_args__ = ({"sqlite_with_rowid": False},)

    measure: str = Field(primary_key=True)
    by: str = Field(primary_key=True, default="")
    day: date = Field(primary_key=True)
    key: str = Field(primary_key=True, default="")
    currency: str = Field(primary_key=True, default="")
    count: int = Field(default=0, sa_type=BigKey)
    value: int = Field(default=0, sa_type=BigKey)


class DayCounted(Row, table=True):
    """A day whose figures are kept, and when they were counted; ``stale_since`` something of it changed.
    ``changes`` counts those times: figures of a day that changed while it was counted are not kept."""

    __tablename__ = "day_counted"

    day: date = Field(primary_key=True)
    counted_at: datetime | None = Field(default=None, sa_type=Utc)
    stale_since: datetime | None = Field(default=None, sa_type=Utc)
    changes: int = 0
