"""A file of customers, batch by batch: read, compared with the store, decided. Nothing is written here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers import search_keys
from crm_store.customers.search_keys import Packed
from crm_store.exchange import deciding
from crm_store.exchange.batches import Batch, batch_of
from crm_store.exchange.cells_in import RowRefused
from crm_store.exchange.customer_rows import CustomerReader, CustomerRow
from crm_store.exchange.deciding import Decision, Policy
from crm_store.exchange.present import Known, Present, add_details, present, squeezed
from crm_store.exchange.reading import Row
from crm_store.exchange.seen import Earlier, Seen
from crm_store.exchange.tables import Fate

MOST_CHANGED = 40
"""In one batch: each goes through the gate of records on the writer's thread, while customers wait."""

_WRITTEN = (Fate.NEW, Fate.CHANGED, Fate.SAME)


@dataclass(frozen=True)
class Terms:
    """What holds for all rows of an import. ``source`` is where people came from unless their row says it,
    ``system`` whose numbers the file has, ``sale`` what is sold where an order does not say."""

    mapping: Mapping[str, str]
    policy: Policy
    system: str
    source: str
    currency: str
    languages: Sequence[str]
    timezone: str
    sale: str


@dataclass
class Item:
    """A row that was read, or why it was not. ``keys`` are worked out while the writer is busy."""

    line: int
    row: CustomerRow | None = None
    refused: str | None = None
    keys: Packed | None = field(default=None, repr=False)

    @property
    def lines(self) -> list[int]:
        return [self.line]


class CustomerPlan:
    """``dry``: nothing is written between batches, and no batch is made, only decided."""

    def __init__(self, engine: Engine, terms: Terms, *, dry: bool) -> None:
        self._engine = engine
        self._terms = terms
        self._dry = dry
        self._seen = Seen()
        self._reader = CustomerReader(engine, terms.mapping, currency=terms.currency)

    def items(self, rows: Iterable[Row]) -> Iterable[Item]:
        for row in rows:
            try:
                yield Item(row.line, self._reader.read(row))
            except RowRefused as refusal:
                yield Item(row.line, refused=refusal.reason)

    def prepare(self, item: Item) -> None:
        """Work that needs no store, done ahead of time."""
        if item.row is not None and item.keys is None and not self._dry:
            item.keys = _keys(item.row)

    def skip(self, item: Item, fates: Mapping[int, Fate]) -> None:
        """An earlier run of the same import wrote this."""
        if item.row is not None and fates[item.line] in _WRITTEN:
            name = squeezed(item.row.name)
            self._seen.add(deciding.keys_of(item.row), Earlier(item.line, name, item.row.digest))

    def plan(self, items: Sequence[Item]) -> tuple[list[Decision], Batch]:
        """Decide the first of ``items``, as many as go well into one commit."""
        return self._plan(items, unwritten=None)

    def ahead(self, items: Sequence[Item], *, unwritten: int) -> tuple[list[Decision], Batch]:
        """The same while the batch before, which begins at line ``unwritten``, is not in the store yet:
        nothing that adds to its people is decided, so there may be no decision at all."""
        return self._plan(items, unwritten=unwritten)

    def _plan(self, items: Sequence[Item], *, unwritten: int | None) -> tuple[list[Decision], Batch]:
        rows = [one.row for one in items if one.row is not None]
        with Session(self._engine) as session:
            found = present(session, rows, system=self._terms.system)
            if any(one.note or one.opt_out for one in rows):
                add_details(session, {one.customer.id: one for one in _everybody(found)})
            decisions = self._decide(items, found, unwritten)
        if self._dry:
            return decisions, Batch()
        for one in items[: len(decisions)]:
            self.prepare(one)
        keys = {one.line: one.keys for one in items if one.keys is not None}
        terms = self._terms
        return decisions, batch_of(decisions, languages=terms.languages, source=terms.source, keys=keys)

    def _decide(self, items: Sequence[Item], found: Present, unwritten: int | None) -> list[Decision]:
        decisions: list[Decision] = []
        changed = 0
        first = items[0].line if unwritten is None else unwritten
        for one in items:
            if one.row is None:
                decisions.append(Decision(one.line, None, Fate.REFUSED, one.refused))
                continue
            waits = bool(decisions) or unwritten is not None
            if waits and not self._dry and self._hangs_on(one.row, first):
                break
            decision = deciding.decide(
                one.row, found, self._seen, policy=self._terms.policy, planned=self._dry
            )
            decisions.append(decision)
            changed += decision.fate == Fate.CHANGED
            if changed == MOST_CHANGED and not self._dry:
                break
        return decisions

    def _hangs_on(self, row: CustomerRow, first: int) -> bool:
        """It is to add to somebody whom line ``first`` or one after it makes: not before that is written."""
        if self._terms.policy != Policy.UPDATE:
            return False
        earlier = self._seen.find(deciding.asked_of(row), before=row.line)
        return bool(earlier) and earlier[0].line >= first


def _everybody(found: Present) -> Iterable[Known]:
    groups = [*found.by_contact.values(), *found.by_name.values()]
    return [*found.by_number.values(), *found.by_ref.values(), *(one for of in groups for one in of)]


def _keys(row: CustomerRow) -> Packed:
    return search_keys.keys_of(
        name=row.name,
        remark=row.values.get("remark"),
        salutation=row.values.get("salutation"),
        company=row.values.get("company"),
        contacts=row.contacts,
    ).packed
