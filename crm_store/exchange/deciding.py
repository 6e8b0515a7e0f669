"""What is to become of each row: decided once, for the dry run and for the import alike.

Who is meant is certain by the number of an earlier export or of another system, or when a contact *and* the
name agree. Only one of the two is a *duplicate*: a family shares a phone, two people a name. It is left for
a person, unless they said what to do with all of them. A blank cell never takes anything away; contacts and
tags are added to those there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm_store.customers import records
from crm_store.customers.tables import ContactKind
from crm_store.exchange.cells_in import reason
from crm_store.exchange.customer_rows import CustomerRow
from crm_store.exchange.present import Known, Present, squeezed
from crm_store.exchange.seen import Earlier, Seen
from crm_store.exchange.tables import Fate


class Policy(StrEnum):
    """What to do with duplicates."""

    LEAVE = "leave"
    UPDATE = "update"
    CREATE = "create"


@dataclass
class Decision:
    """What becomes of ``line``; ``row`` is None where it could not be read. ``target`` is who is changed, or
    is the same; ``changes`` are whole canonical values, as ``records.apply`` takes them."""

    line: int
    row: CustomerRow | None
    fate: Fate
    reason: str | None = None
    target: Known | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    note: str | None = None
    opt_out: bool = False


@dataclass(frozen=True)
class Match:
    """Who a row seems to be about. ``certain`` or else ``reason`` says what agrees."""

    known: Known | None = None
    certain: bool = True
    reason: str | None = None


_LISTS = {kind.value for kind in ContactKind} | {"tags"}


def decide(row: CustomerRow, present: Present, seen: Seen, *, policy: Policy, planned: bool) -> Decision:
    """``planned``: nothing is written between the rows (a dry run), so that whom an earlier row makes is not
    to be found in the store."""
    earlier = seen.find(asked_of(row), before=row.line)
    if earlier:
        decision = _repeated(row, earlier[0], present, policy=policy, planned=planned)
    else:
        decision = _decide(row, match(row, present), policy)
        if decision.fate in (Fate.NEW, Fate.CHANGED, Fate.SAME):
            seen.add(keys_of(row), Earlier(row.line, squeezed(row.name), row.digest))
    is_number_new = row.external_id is not None and row.external_id not in present.by_ref
    if is_number_new and decision.fate == Fate.SAME and decision.target is not None:
        decision.fate = Fate.CHANGED  # by which they are found from now on
    return decision


def keys_of(row: CustomerRow) -> list[str]:
    """What makes two rows of a file be about one person."""
    keys = [f"{kind}:{value}" for kind, value in row.contacts]
    if row.number is not None:
        keys.append(f"number:{row.number}")
    if row.external_id is not None:
        keys.append(f"ref:{row.external_id}")
    return keys or [f"name:{squeezed(row.name)}|{row.values.get('city', '')}"]


def asked_of(row: CustomerRow) -> list[str]:
    """By which keys an earlier row about the same person is looked for: two numbers of ours are two people,
    whatever they share."""
    return [f"number:{row.number}"] if row.number is not None else keys_of(row)


def _repeated(
    row: CustomerRow, earlier: Earlier, present: Present, *, policy: Policy, planned: bool
) -> Decision:
    """A later row of the file about the same person only adds what the first left out: run again, the file
    changes nothing."""
    if earlier.digest == row.digest:
        return Decision(row.line, row, Fate.SAME, reason("same_as_line", str(earlier.line)))
    agrees = earlier.name == squeezed(row.name)
    why = reason("person_of_line" if agrees else "contact_of_line", str(earlier.line))
    if policy == Policy.CREATE:
        return Decision(row.line, row, Fate.NEW, why)
    if policy == Policy.LEAVE:
        return Decision(row.line, row, Fate.DUPLICATE, why)
    known = match(row, present).known
    if known is None:
        return Decision(row.line, row, Fate.CHANGED if planned else Fate.DUPLICATE, why)
    return _changed(row, known, why, fill=True)


def _decide(row: CustomerRow, about: Match, policy: Policy) -> Decision:
    if about.known is not None and (about.certain or policy == Policy.UPDATE):
        return _changed(row, about.known, about.reason, fill=False, by_number=about.certain)
    if about.certain:
        return Decision(row.line, row, Fate.NEW, _warning(row))
    if policy == Policy.CREATE:
        return Decision(row.line, row, Fate.NEW, about.reason)
    return Decision(row.line, row, Fate.DUPLICATE, about.reason)


def match(row: CustomerRow, present: Present) -> Match:
    """Who the row is about, by what the store knows."""
    told = [present.by_number.get(row.number)] if row.number is not None else []
    told += [present.by_ref.get(row.external_id)] if row.external_id is not None else []
    for one in told:
        if one is not None:
            agrees = _same_name(row, one) or _shares_contact(row, one)
            return Match(one, agrees, None if agrees else reason("number_of", _named(one)))
    holders = _unique(one for key in _contact_keys(row) for one in present.by_contact.get(key, ()))
    agreeing = [one for one in holders if _same_name(row, one)]
    if len(agreeing) == 1:
        return Match(agreeing[0])
    if agreeing or len(holders) > 1:
        return Match(None, False, reason("several", ", ".join(map(_named, (agreeing or holders)[:3]))))
    if holders:
        return Match(holders[0], False, reason("contact_of", _named(holders[0])))
    return _by_name(row, present)


def _by_name(row: CustomerRow, present: Present) -> Match:
    """Nobody has the contact. A namesake in the same city is the same one where neither has a contact to
    tell them apart, and may be where one of them has."""
    city = row.values.get("city")
    namesakes = [
        one
        for one in present.by_name.get(squeezed(row.name), ())
        if _same_name(row, one) and (one.customer.city == city or not (city and one.customer.city))
    ]
    bare = [one for one in namesakes if not one.contacts]
    if not row.contacts and len(namesakes) == 1 and (bare or not row.external_id):
        return Match(namesakes[0])
    if not row.contacts and len(namesakes) > 1:
        return Match(None, False, reason("several", ", ".join(map(_named, namesakes[:3]))))
    if row.contacts and bare and city:
        return Match(bare[0], False, reason("name_of", _named(bare[0])))
    return Match()


def _changed(
    row: CustomerRow, known: Known, why: str | None, *, fill: bool, by_number: bool = False
) -> Decision:
    changes: dict[str, Any] = {}
    for key, value in row.values.items():
        present = known.value(key)
        if key in _LISTS:
            value = _joined(key, present, value)
        elif (fill and present) or (key == "name" and (_same_name(row, known) or not by_number)):
            continue
        if value != present:
            changes[key] = value
    note = row.note if row.note and row.note not in known.notes else None
    opt_out = row.opt_out and not known.opted_out
    fate = Fate.CHANGED if changes or note or opt_out else Fate.SAME
    return Decision(row.line, row, fate, why or _warning(row), known, changes, note, opt_out)


def _joined(key: str, present: Sequence[str], more: Sequence[str]) -> list[str]:
    joined = list(dict.fromkeys([*present, *more]))
    if key == "tags":
        return sorted(joined) if len(joined) <= records.MAX_TAGS else list(present)
    return joined if len(joined) <= records.MAX_CONTACTS_OF_A_KIND else list(present)


def _warning(row: CustomerRow) -> str | None:
    return row.warnings[0] if row.warnings else None


def _same_name(row: CustomerRow, known: Known) -> bool:
    theirs = {squeezed(one) for one in (known.customer.name, known.customer.remark) if one}
    return not row.name or squeezed(row.name) in theirs


def _shares_contact(row: CustomerRow, known: Known) -> bool:
    return any(value in known.contacts.get(kind.value, ()) for kind, value in row.contacts)


def _contact_keys(row: CustomerRow) -> list[tuple[str, str]]:
    return [(kind.value, value) for kind, value in row.contacts]


def _unique(found: Any) -> list[Known]:
    return list({one.customer.id: one for one in found}.values())


def _named(known: Known) -> str:
    return known.customer.number
