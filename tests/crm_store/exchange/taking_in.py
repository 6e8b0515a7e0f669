"""A file taken in without processes: read, decided and written as the bot does, batch by batch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from crm_store.customers import fields
from crm_store.engine import transaction
from crm_store.exchange import headers, imports, reading
from crm_store.exchange.customer_plan import CustomerPlan, Terms
from crm_store.exchange.deciding import Policy
from crm_store.exchange.imports import BATCH_ROWS
from crm_store.exchange.order_plan import OrderPlan
from crm_store.exchange.tables import Import, ImportRow, Subject
from tests.crm_store.people import NOW


@dataclass
class Taken:
    """``fates`` by line; ``tried`` what the dry run said of the same lines."""

    id: int
    fates: dict[int, tuple[str, str | None]]
    tried: dict[int, tuple[str, str | None]]
    layout: headers.Layout = field(repr=False)

    @property
    def counts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for fate, _ in self.fates.values():
            found[fate] = found.get(fate, 0) + 1
        return found


def take_in(
    engine: Engine,
    path: Path,
    text: str | bytes | None = None,
    *,
    policy: Policy = Policy.LEAVE,
    batch_rows: int = BATCH_ROWS,
    before_batch: Callable[[int], None] = lambda number: None,
    **mapping: str,
) -> Taken:
    """Write ``text`` to ``path`` and take the file in; ``mapping`` changes columns (``c0="phone"``)."""
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    table = reading.look(path)
    with table.rows() as rows:
        first = list(islice(rows, 50))
    with transaction(engine) as session:
        own = {one.name: one.id for one in fields.all(session)}
        layout = headers.guess(first, own=own)
        layout.mapping.update({key.removeprefix("c"): of for key, of in mapping.items()})
        row = imports.start(session, name=path.name, started_by=None, now=NOW)
        imports.lay_out(session, import_=row, layout=layout, read={})
        row.policy = policy.value
        import_id = row.id
    tried = _decide(engine, table, layout, policy, dry=True)
    with transaction(engine) as session:
        row = imports.get(session, import_id=import_id)
        imports.check(session, import_=row, counts={})
        imports.begin(session, import_=row, actor="cli", now=NOW)
    plan, items = _items(engine, table, layout, policy, dry=False)
    pending: list[Any] = list(items)
    number = 0
    while pending:
        decisions, batch = plan.plan(pending[:batch_rows])
        before_batch(number)
        with transaction(engine) as session:
            imports.write_batch(session, import_id=import_id, batch=batch.as_json(), now=NOW)
        pending = [one for one in pending if one.line > decisions[-1].line]
        number += 1
    with transaction(engine) as session:
        imports.finish(session, import_=imports.get(session, import_id=import_id), now=NOW)
    return Taken(import_id, fates(engine, import_id), tried, layout)


def fates(engine: Engine, import_id: int) -> dict[int, tuple[str, str | None]]:
    with transaction(engine) as session:
        rows = session.scalars(select(ImportRow).where(ImportRow.import_id == import_id))  # type: ignore[arg-type]
        return {one.line: (one.fate.value, one.reason) for one in rows}


def import_of(session: Session, taken: Taken) -> Import:
    return imports.get(session, import_id=taken.id)


def _items(
    engine: Engine, table: reading.Table, layout: headers.Layout, policy: Policy, *, dry: bool
) -> tuple[Any, list[Any]]:
    terms = Terms(
        mapping=layout.mapping,
        policy=policy,
        system=layout.preset or "import",
        source=table.path.stem,
        currency="CNY",
        languages=["zh", "en"],
        timezone="Asia/Shanghai",
        sale="Sale",
    )
    plan = (OrderPlan if layout.subject == Subject.ORDERS else CustomerPlan)(engine, terms, dry=dry)
    with table.rows() as rows:
        return plan, list(plan.items(row for row in rows if row.line > layout.header))


def _decide(
    engine: Engine, table: reading.Table, layout: headers.Layout, policy: Policy, *, dry: bool
) -> dict[int, tuple[str, str | None]]:
    plan, pending = _items(engine, table, layout, policy, dry=dry)
    found: dict[int, tuple[str, str | None]] = {}
    while pending:
        decisions, _ = plan.plan(pending)
        found |= {one.line: (one.fate.value, one.reason) for one in decisions}
        pending = [one for one in pending if one.line > decisions[-1].line]
    return found
