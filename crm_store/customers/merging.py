"""Two customers who are one person become one, in one commit; ``unmerging`` makes them two again.

Whoever is kept has everything afterwards; the other's row stays, empty, for its number and for the way back.
Nobody is merged by the machine.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel, col

from crm_store.analysis import day_marks
from crm_store.customers import identities, moving, referrals, search_keys
from crm_store.customers.merge_preview import Preview, check, preview, shop_choices, sides, withdrawn
from crm_store.customers.merge_rules import Choice, Why, Wins, choices, is_name_chosen, latest
from crm_store.customers.merge_trail import lock, record, values
from crm_store.customers.moving import Moved
from crm_store.customers.tables import Consent, ConsentState, Customer, Merge, PairState, Purpose
from crm_store.customers.unmerging import UNDO_WINDOW, taken, unmerge
from crm_store.marketing import waiting
from crm_store.marketing.tables import CampaignMember
from crm_store.staff import audit
from crm_store.staff.tables import Staff

__all__ = ["UNDO_WINDOW", "Preview", "merge", "preview", "sides", "taken", "unmerge"]

BY_MERGE = "merge"
"""The source of a consent that was taken back because one of the two had taken it back."""

_PAIRS = SQLModel.metadata.tables["duplicate_pair"]
_VALUES = SQLModel.metadata.tables["custom_value"]


def merge(
    session: Session, *, kept: Customer, gone: Customer, by: audit.Actor, now: datetime, flipped: int = 0
) -> Merge:
    """Make two customers one. Of what both may have once the kept one's stays, as ``preview`` says; who took
    consent back has taken it back. The customer is told nothing: nothing changes for them.

    Raises AlreadyOne (somebody was first, or it is the same) and TwoTelegrams.
    """
    lock(session, kept, gone)
    check(session, kept, gone)
    waiting.take_back(session, whose=col(CampaignMember.customer_id).in_([kept.id, gone.id]))
    moved = Moved()
    before = {"kept": values(kept), "gone": values(gone)}
    chosen, (shops, _) = choices(kept, gone, flipped=flipped), shop_choices(session, kept, gone, flipped)
    taken_back = withdrawn(session, kept.id, gone.id)
    name_chosen = _is_name_chosen(kept, gone, chosen)
    brought_by = referrals.of_both(session, kept=kept, gone=gone)

    day_marks.touch_customers(session, customers=[kept.id, gone.id], now=now)
    _take_account(session, kept, gone)
    for one in chosen:
        _apply(kept, one)
    kept.name_chosen = name_chosen
    kept.created_at = min(kept.created_at, gone.created_at)
    kept.last_order_at = latest(kept.last_order_at, gone.last_order_at)
    kept.referred_by_id = brought_by
    kept.updated_at = gone.updated_at = now
    gone.merged_into_id = kept.id
    session.flush()

    _settle_pairs(session, kept, gone, by, now, moved)
    _write_shop_values(session, kept, gone, shops, moved)
    moving.move(session, kept_id=kept.id, gone_id=gone.id, moved=moved)
    numbers = moving.move_refs(session, old=gone.id, new=kept.id)
    _withdraw(session, kept, taken_back, now, moved)
    search_keys.refresh(session, customer_ids=[kept.id, gone.id])

    row = Merge(
        kept_id=kept.id,
        gone_id=gone.id,
        before=before,
        moved=moved.plain() | {"refs": numbers, "written": values(kept)},
        merged_by=by.id if isinstance(by, Staff) else None,
        merged_at=now,
    )
    session.add(row)
    session.flush()
    record(session, "merged", kept, before["kept"], {"gone": gone.id}, by, now)
    record(session, "merged", gone, before["gone"], {"into": kept.id}, by, now)
    return row


def _is_name_chosen(kept: Customer, gone: Customer, chosen: list[Choice]) -> bool:
    """Whether the name that wins is staff's, and Telegram's is not to come back over it."""
    name = next((one for one in chosen if one.field == "name"), None)
    if name is None:
        return is_name_chosen(kept) or is_name_chosen(gone)
    return name.why == Why.CHOSEN or is_name_chosen(kept if name.wins == Wins.KEPT else gone)


def _take_account(session: Session, kept: Customer, gone: Customer) -> None:
    """The kept one is written to where somebody reads it."""
    reads = identities.is_live(gone) and not identities.is_live(kept)
    if reads or (gone.user_id is not None and kept.user_id is None):
        identities.swap(session, kept, gone)
        kept.language, kept.language_chosen = gone.language, gone.language_chosen


def _apply(kept: Customer, chosen: Choice) -> None:
    if chosen.wins == Wins.GONE:
        values = chosen.gone if len(chosen.columns) > 1 else (chosen.gone,)
        for name, value in zip(chosen.columns, values, strict=True):
            setattr(kept, name, value)


def _write_shop_values(
    session: Session, kept: Customer, gone: Customer, chosen: list[Choice], moved: Moved
) -> None:
    """Where both have a value and the other's wins; what only one has moves by itself."""
    for one in chosen:
        if one.may_flip and one.wins == Wins.GONE:
            rows = select(_VALUES).where(_VALUES.c.field_id == one.field)
            ours, theirs = (
                dict(session.execute(rows.where(_VALUES.c.customer_id == id)).mappings().one())
                for id in (kept.id, gone.id)
            )
            values = {"value": theirs["value"], "rank": theirs["rank"]}
            moving.write(session, table=_VALUES, row=ours, values=values, moved=moved)


def _settle_pairs(
    session: Session, kept: Customer, gone: Customer, by: audit.Actor, now: datetime, moved: Moved
) -> None:
    """The pair is decided; whoever was said not to be the gone one is not the kept one either."""
    rows = session.execute(
        select(_PAIRS).where((_PAIRS.c.a_id == gone.id) | (_PAIRS.c.b_id == gone.id))
    ).mappings()
    for row in [dict(one) for one in rows]:
        other = row["a_id"] if row["b_id"] == gone.id else row["b_id"]
        if other == kept.id:
            by_whom = by.id if isinstance(by, Staff) else None
            decided = {"state": PairState.MERGED, "decided_by": by_whom, "decided_at": now}
            moving.write(session, table=_PAIRS, row=row, values=decided, moved=moved)
        elif row["state"] == PairState.NOT_SAME:
            _not_same_either(session, kept.id, other, row, moved)


def _not_same_either(session: Session, kept_id: int, other: int, row: dict[str, Any], moved: Moved) -> None:
    a, b = sorted((kept_id, other))
    decided = {name: row[name] for name in ("state", "decided_by", "decided_at")}
    here = select(_PAIRS).where(_PAIRS.c.a_id == a, _PAIRS.c.b_id == b)
    ours = next((dict(one) for one in session.execute(here).mappings()), None)
    if ours is None:
        session.execute(insert(_PAIRS).values(**(dict(row) | {"a_id": a, "b_id": b})))
        moved.added.setdefault(_PAIRS.name, []).append([a, b])
    elif ours["state"] == PairState.OPEN:
        moving.write(session, table=_PAIRS, row=ours, values=decided, moved=moved)


def _withdraw(session: Session, kept: Customer, purposes: list[Purpose], now: datetime, moved: Moved) -> None:
    """Consent that the other gave later does not outweigh what was taken back."""
    for purpose in purposes:
        if purpose not in withdrawn(session, kept.id):
            row = Consent(
                customer_id=kept.id, purpose=purpose, state=ConsentState.WITHDRAWN, source=BY_MERGE, at=now
            )
            session.add(row)
            session.flush()
            moved.added.setdefault(Consent.__tablename__, []).append([row.id])
