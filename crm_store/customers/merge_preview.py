"""What a merge would do, field by field, before anything is done."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers import customers, identities, moving
from crm_store.customers.merge_rules import FIRST_SHOP_BIT, Choice, choice, choices
from crm_store.customers.refusals import AlreadyOne, TwoTelegrams
from crm_store.customers.tables import Consent, ConsentState, Customer, CustomField, CustomValue, Purpose
from crm_store.exchange.tables import ExternalRef


@dataclass(frozen=True)
class Preview:
    """What a merge would do. ``moves``: rows by table. ``version`` changes with either of the two."""

    kept: Customer
    gone: Customer
    choices: list[Choice]
    fields: dict[int, CustomField]
    moves: dict[str, int]
    withdrawn: list[Purpose]
    version: int


def sides(one: Customer, other: Customer) -> tuple[Customer, Customer]:
    """Who of the two is to be kept unless somebody chooses: who can be written to, else who came first."""

    def rank(customer: Customer) -> tuple[bool, bool, datetime, int]:
        has_account = customer.user_id is not None
        return not identities.is_live(customer), not has_account, customer.created_at, customer.id

    kept, gone = sorted((one, other), key=rank)
    return kept, gone


def preview(session: Session, *, kept: Customer, gone: Customer, flipped: int = 0) -> Preview:
    """What becomes of each field and how much moves. ``flipped``: the bits of choices turned round.

    Raises AlreadyOne and TwoTelegrams.
    """
    check(session, kept, gone)
    shops, fields = shop_choices(session, kept, gone, flipped)
    moves = moving.count(session, customer_id=gone.id)
    if theirs := moving.refs(session, gone.id):
        moves[ExternalRef.__tablename__] = len(theirs)
    return Preview(
        kept=kept,
        gone=gone,
        choices=[*choices(kept, gone, flipped=flipped), *shops],
        fields=fields,
        moves=moves,
        withdrawn=withdrawn(session, kept.id, gone.id),
        version=kept.version + gone.version,
    )


def check(session: Session, kept: Customer, gone: Customer) -> None:
    for one in (gone, kept):
        if one.merged_into_id is not None or kept.id == gone.id:
            into = customers.get(session, customer_id=one.id)
            raise AlreadyOne(number=one.number, into=into.number)
    if identities.is_live(kept) and identities.is_live(gone):
        raise TwoTelegrams(kept=kept, gone=gone)


def shop_choices(
    session: Session, kept: Customer, gone: Customer, flipped: int
) -> tuple[list[Choice], dict[int, CustomField]]:
    """The shop's own fields in which the two differ; one that was dropped is no choice."""
    statement = select(CustomValue).where(col(CustomValue.customer_id).in_([kept.id, gone.id]))
    said = {(one.customer_id, one.field_id): one.value for one in session.scalars(statement)}
    ids = {field_id for _, field_id in said}
    known = session.scalars(select(CustomField).where(col(CustomField.id).in_(ids)))
    fields = {one.id: one for one in known if one.dropped_at is None}
    found = []
    for id in sorted(fields):
        one, other = said.get((kept.id, id)), said.get((gone.id, id))
        if one != other:
            found.append(choice(FIRST_SHOP_BIT + id, id, (), one, other, flipped))
    return found, fields


def withdrawn(session: Session, *ids: int) -> list[Purpose]:
    """What either of the two has taken back."""
    statement = select(Consent).where(col(Consent.customer_id).in_(ids)).order_by(col(Consent.id))
    last = {(one.customer_id, one.purpose): one.state for one in session.scalars(statement)}
    return sorted({purpose for (_, purpose), state in last.items() if state == ConsentState.WITHDRAWN})
