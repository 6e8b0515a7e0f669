"""A batch of decided rows as it goes to the writer, and how it is written: all or nothing, in one commit.

Customers are made in bulk: the rows that ``records.create`` would write one by one, in a few statements. Who
is changed goes through ``records.apply``, as from anywhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel, col

from crm_store import bulk
from crm_store.customers import contacts, fields, names, records, search_keys
from crm_store.customers.search_keys import Packed
from crm_store.customers.tables import (
    Consent,
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    CustomerTag,
    CustomField,
    CustomValue,
    Interaction,
    InteractionKind,
    Purpose,
    Tier,
    Touchpoint,
)
from crm_store.exchange import events, order_batches, refs
from crm_store.exchange.customer_rows import CustomerRow
from crm_store.exchange.deciding import Decision
from crm_store.exchange.tables import ExternalRef, Fate, ImportRow
from crm_store.marketing import addresses, opt_outs
from crm_store.staff.tables import Audit

CHANNEL = "import"

Made = Sequence[tuple[int, Mapping[str, Any]]]
"""New customers: their ids, and what they are to be, as in ``Batch.creates``."""

Rows = Iterable[tuple[Any, ...]]

_OWN_TEXTS = tuple(records.LENGTHS)
_CUSTOMER = (
    "id",
    *_OWN_TEXTS,
    "tier",
    "owner_id",
    "name_chosen",
    "language",
    "language_chosen",
    "source",
    "reachable",
    "created_at",
    "updated_at",
    "version",
)
_CONTACT = ("customer_id", "kind", "value", "primary", "invalid", "created_at")
_KINDS = tuple(ContactKind)


class Stale(Exception):
    """Somebody changed one of these customers since the rows were decided: decide again."""


@dataclass
class Batch:
    """Plain values, to be sent as JSON. ``fates`` are [line, fate, reason, what]; what is a customer's id (in
    a file of orders, an order's), or -1 for the first that this batch makes, -2 for the second, and so on.
    ``met`` are [line, id, source] of customers who were here before."""

    fates: list[list[Any]] = field(default_factory=list)
    creates: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    met: list[list[Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)  # not asdict, which would copy every key of every row


def batch_of(
    decisions: Iterable[Decision], *, languages: Sequence[str], source: str, keys: Mapping[int, Packed]
) -> Batch:
    """``keys`` are the search keys of who may be new, by line; ``source`` is where they came from, unless
    their row says it; ``languages`` are the desk's."""
    batch = Batch()
    for one in decisions:
        who = None
        if one.fate == Fate.NEW and one.row is not None:
            batch.creates.append(new_customer(one.row, languages, source, keys[one.line]))
            who = -len(batch.creates)
        elif one.fate in (Fate.CHANGED, Fate.SAME) and one.target is not None:
            who = one.target.customer.id
            if one.fate == Fate.CHANGED and one.row is not None:
                batch.updates.append(_update(one, one.row))
            if (
                one.row is not None and one.row.number is None
            ):  # with a number it is what we exported ourselves
                batch.met.append([one.line, who, one.row.source or source])
        batch.fates.append([one.line, one.fate.value, one.reason, who])
    return batch


def language_of(name: str, languages: Sequence[str]) -> str:
    """The language to write in to somebody of whom only the name is known."""
    wanted = "zh" if names.is_han(name) else "en"
    return wanted if wanted in languages else languages[0]


def new_customer(row: CustomerRow, languages: Sequence[str], source: str, keys: Packed) -> dict[str, Any]:
    """Somebody to be made, as plain values."""
    return {
        "values": row.values,
        "external_id": row.external_id,
        "source": row.source or source,
        "note": row.note,
        "opt_out": row.opt_out,
        "language": language_of(row.name, languages),
        "keys": keys,
    }


def _update(one: Decision, row: CustomerRow) -> dict[str, Any]:
    assert one.target is not None
    return {
        "line": one.line,
        "id": one.target.customer.id,
        "version": one.target.customer.version,
        "changes": one.changes,
        "external_id": row.external_id,
        "note": one.note,
        "opt_out": one.opt_out,
    }


def write(
    session: Session,
    *,
    import_id: int,
    batch: Mapping[str, Any],
    system: str,
    author_id: int | None,
    actor: str,
    now: datetime,
) -> list[int]:
    """Write a batch (``Batch.as_json``). Returns the ids of who was made, as they stand in ``creates``.

    Raises Stale with nothing written that outlives a rollback.
    """
    about = _About(session, system=system, author_id=author_id, actor=actor, now=now)
    before = {one["line"]: about.update(one) for one in _fresh(session, batch["updates"])}
    for line, touchpoint in about.meet(batch["met"]):
        before.setdefault(line, {})["touchpoint"] = touchpoint
    ids = about.create(batch["creates"])
    orders = [order_batches.write(session, one, made=ids, actor=actor, now=now) for one in batch["orders"]]
    if orders:
        before |= order_batches.before(batch["orders"], made=ids)
    what = orders or ids
    rows = (
        (
            import_id,
            line,
            fate,
            reason,
            what[-one - 1] if one is not None and one < 0 else one,
            before.get(line),
        )
        for line, fate, reason, one in batch["fates"]
    )
    columns = ("import_id", "line", "fate", "reason", "entity_id", "before")
    bulk.insert(session, _table(ImportRow), columns, rows)
    return ids


def _fresh(session: Session, updates: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Raises Stale."""
    if not updates:
        return updates
    statement = select(Customer).where(col(Customer.id).in_([one["id"] for one in updates])).with_for_update()
    present = {one.id: one.version for one in session.scalars(statement)}
    if any(present.get(one["id"]) != one["version"] for one in updates):
        raise Stale
    return updates


class _About:
    """What all rows of one batch share."""

    def __init__(
        self, session: Session, *, system: str, author_id: int | None, actor: str, now: datetime
    ) -> None:
        self._session = session
        self._system = system
        self._author_id = author_id
        self._actor = actor
        self._now = now

    def update(self, one: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what is needed to undo it."""
        session, now = self._session, self._now
        customer = session.get_one(Customer, one["id"])
        changes = {
            key: Tier(value) if key == "tier" and value else value for key, value in one["changes"].items()
        }
        changed = records.apply(
            session, customer=customer, values=changes, action="changed", actor=self._actor, now=now
        )
        before: dict[str, Any] = {"values": _plain(changed.before)}
        if one["external_id"] and refs.put(
            session,
            system=self._system,
            entity=refs.CUSTOMER,
            external_id=one["external_id"],
            entity_id=customer.id,
        ):
            before["ref"] = one["external_id"]
            known = {one["external_id"]: customer.id}
            events.join_all(session, source=self._system, customers=known)
        if one["note"]:
            row = Interaction(
                customer_id=customer.id,
                kind=InteractionKind.NOTE,
                text=one["note"],
                author_id=self._author_id,
                at=now,
            )
            session.add(row)
            session.flush()
            before["note"] = row.id
        if one["opt_out"]:
            before["opt_out"] = opt_outs.opt_out(
                session, customer=customer, why=opt_outs.IMPORTED, actor=self._actor, now=now
            )
        return before

    def meet(self, met: Sequence[Sequence[Any]]) -> list[tuple[int, int]]:
        """They came by this way, too: written once for each file or place. Returns new touchpoints' ids, by
        line."""
        ids = {id_ for _, id_, _ in met}
        known = select(col(Touchpoint.customer_id), col(Touchpoint.source)).where(
            col(Touchpoint.customer_id).in_(ids), col(Touchpoint.channel) == CHANNEL
        )
        seen = {(id_, source) for id_, source in self._session.execute(known)} if ids else set()
        new: list[tuple[int, Touchpoint]] = []
        for line, id_, told in met:
            source = told[:64]
            if (id_, source) not in seen:
                seen.add((id_, source))
                touch = Touchpoint(customer_id=id_, channel=CHANNEL, source=source, at=self._now)
                new.append((line, touch))
        self._session.add_all([one for _, one in new])
        self._session.flush()
        return [(line, one.id) for line, one in new]

    def create(self, people: Sequence[Mapping[str, Any]]) -> list[int]:
        session = self._session
        if not people:
            return []
        ids = bulk.reserve(session, _table(Customer), len(people))
        made = list(zip(ids, people, strict=True))
        for model, columns, rows in (
            (Customer, _CUSTOMER, self._customers(made)),
            (ContactMethod, _CONTACT, self._contacts(made)),
            (CustomerTag, ("customer_id", "tag"), _tags(made)),
            (CustomValue, ("customer_id", "field_id", "value", "rank"), self._own_values(made)),
            (Touchpoint, ("customer_id", "channel", "source", "at"), self._touchpoints(made)),
            (ExternalRef, ("system", "entity", "external_id", "entity_id"), self._refs(made)),
            (Interaction, ("customer_id", "kind", "text", "author_id", "at"), self._notes(made)),
            (Consent, ("customer_id", "purpose", "state", "source", "at"), self._consents(made)),
            (Audit, ("at", "actor", "action", "entity", "entity_id", "after"), self._trail(made)),
        ):
            bulk.insert(session, _table(model), columns, rows)
        self._keep_opt_outs(made)
        search_keys.put(session, keys={id_: Packed(*one["keys"]) for id_, one in made})
        if known := {one["external_id"]: id_ for id_, one in made if one["external_id"]}:
            events.join_all(session, source=self._system, customers=known)
        return ids

    def _customers(self, made: Made) -> Rows:
        for id_, one in made:
            value = one["values"].get
            yield (
                id_,
                *[value(key) for key in _OWN_TEXTS],
                Tier(value("tier")) if value("tier") else None,
                value("owner_id"),
                True,
                one["language"],
                False,
                one["source"][:64],
                True,
                self._now,
                self._now,
                1,
            )

    def _contacts(self, made: Made) -> Rows:
        for id_, one in made:
            for kind in _KINDS:
                for place, value in enumerate(one["values"].get(kind, ())):
                    nobodys = kind == ContactKind.PHONE and contacts.is_placeholder(value)
                    yield id_, kind, value, place == 0, nobodys, self._now

    def _own_values(self, made: Made) -> Rows:
        for id_, one in made:
            for key, value in one["values"].items():
                if key.startswith(records.OWN):
                    field = self._session.get_one(CustomField, int(key.removeprefix(records.OWN)))
                    yield id_, field.id, value, fields.rank(field, value)

    def _touchpoints(self, made: Made) -> Rows:
        return ((id_, CHANNEL, one["source"][:64], self._now) for id_, one in made)

    def _refs(self, made: Made) -> Rows:
        wanted = {one["external_id"]: id_ for id_, one in made if one["external_id"]}
        taken = (
            refs.find_all(self._session, system=self._system, entity=refs.CUSTOMER, external_ids=list(wanted))
            if wanted
            else {}
        )
        return ((self._system, refs.CUSTOMER, one, id_) for one, id_ in wanted.items() if one not in taken)

    def _notes(self, made: Made) -> Rows:
        return (
            (id_, InteractionKind.NOTE, one["note"], self._author_id, self._now)
            for id_, one in made
            if one["note"]
        )

    def _consents(self, made: Made) -> Rows:
        return (
            (id_, Purpose.MARKETING, ConsentState.WITHDRAWN, CHANNEL, self._now)
            for id_, one in made
            if one["opt_out"]
        )

    def _keep_opt_outs(self, made: Made) -> None:
        """By address, too: it holds whoever is made of the address later."""
        wanted = [
            (kind, value)
            for _, kind, value, _, nobodys, _ in self._contacts([one for one in made if one[1]["opt_out"]])
            if not nobodys
        ]
        about = {"reason": opt_outs.IMPORTED, "campaign_id": None, "at": self._now}
        hashed = addresses.of_contacts(self._session, contacts=wanted)
        addresses.keep(self._session, rows=[{"address": one, **about} for one in hashed])

    def _trail(self, made: Made) -> Rows:
        return ((self._now, self._actor, "created", "customer", id_, one["values"]) for id_, one in made)


def _tags(made: Made) -> Rows:
    return ((id_, tag) for id_, one in made for tag in one["values"].get("tags", ()))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: getattr(value, "value", value) for key, value in values.items()}


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined, no-any-return]  # a table model has it
