"""Who a person may already be: asked before anybody is made a customer, by index look-ups alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers import contacts as contact_verbs
from crm_store.customers import pairing, pairs, romanised
from crm_store.customers.likeness import Alike, alike
from crm_store.customers.names import read
from crm_store.customers.pairing import NAME_REASONS, WORTH_A_LOOK, Person
from crm_store.customers.tables import ContactKind, ContactMethod, Customer, SearchKey

CANDIDATES = 60
"""Customers of one kind of look-up that are compared; of more, the latest."""

BY_NAME = {Alike.SAME: 45.0, Alike.SOUND: 40.0}
"""What a name alone is worth: it is shown to who writes a person down, and makes no pair."""

DIGITS = "0123456789"


@dataclass(frozen=True)
class Likely:
    """A customer who may be the one meant. ``score`` is 0 to 100, from WORTH_A_LOOK on it is likely;
    ``reasons`` are keys of ``[reasons]``, what they share first."""

    customer: Customer
    score: float
    reasons: list[str] = field(default_factory=list)

    @property
    def is_likely(self) -> bool:
        return self.score >= WORTH_A_LOOK


def likely(
    session: Session,
    *,
    name: str | None,
    contacts: Sequence[tuple[ContactKind, str]],
    company: str | None = None,
    limit: int = 5,
) -> list[Likely]:
    """The customers who may be the person of this name and these (normalised) contacts, best first.

    Who shares a phone or an e-mail is always among them, with a low score where the name is another (a
    family, an office): a shared phone is asked about, never merged. Who only has the name comes last, and not
    at all where both have phones, and others.
    """
    probe = _probe(name, contacts, company)
    found = []
    for person in pairs.people(session, ids=_candidates(session, probe, contacts)):
        score, reasons = pairing.compare(probe, person)
        if not _shares(reasons):
            score, reasons = _by_name(probe, person, score, reasons)
        if score > 0:
            found.append((score, reasons, person.id))
    found.sort(key=lambda one: (-one[0], one[2]))
    best = found[:limit]
    wanted = select(Customer).where(col(Customer.id).in_([id for _, _, id in best]))
    customers = {one.id: one for one in session.scalars(wanted)}
    return [Likely(customers[id], score, reasons) for score, reasons, id in best]


def _probe(name: str | None, contacts: Iterable[tuple[ContactKind, str]], company: str | None) -> Person:
    ways = list(contacts)
    return Person(
        id=0,
        name=name or "",
        phones=tuple(value for kind, value in ways if kind == ContactKind.PHONE),
        emails=tuple(value for kind, value in ways if kind == ContactKind.EMAIL),
        accounts=tuple(f"{kind}:{value}" for kind, value in ways if kind in pairs.ACCOUNTS),
        company=company,
    )


def _shares(reasons: Sequence[str]) -> bool:
    """More than the name."""
    return not set(reasons) <= {*NAME_REASONS.values(), pairing.SAME_CITY}


def _by_name(probe: Person, person: Person, score: float, reasons: list[str]) -> tuple[float, list[str]]:
    if probe.phones and person.phones:
        return 0.0, reasons
    return max(score, BY_NAME.get(alike(probe.labels, person.labels), 0.0)), reasons


def _candidates(session: Session, probe: Person, contacts: Sequence[tuple[ContactKind, str]]) -> set[int]:
    found: set[int] = set()
    exact = {kind: [value for its, value in contacts if its == kind] for kind in ContactKind}
    exact[ContactKind.EMAIL] += [pairing.email_key(email) for email in probe.emails]
    if probe.name:
        exact[ContactKind.PHONE] += [near for phone in probe.phones for near in _one_digit_off(phone)]
    for kind, values in exact.items():
        real = [value for value in values if not contact_verbs.is_placeholder(value)]
        if real:
            found |= _holders(session, kind, real)
    for email in probe.emails:
        found |= _tagged(session, email)
    return found | (_namesakes(session, probe.name) if probe.name else set())


def _holders(session: Session, kind: ContactKind, values: Sequence[str]) -> set[int]:
    statement = (
        select(col(ContactMethod.customer_id))
        .where(col(ContactMethod.kind) == kind, col(ContactMethod.value).in_(values))
        .order_by(col(ContactMethod.id).desc())
    )
    return set(session.scalars(statement.limit(CANDIDATES)))


def _tagged(session: Session, email: str) -> set[int]:
    """Who has the same mailbox with a +tag."""
    local, _, domain = pairing.email_key(email).partition("@")
    key = col(SearchKey.key)
    statement = select(col(SearchKey.customer_id)).where(
        key >= f"x{local}+", key < f"x{local},", key.endswith(f"@{domain}", autoescape=True)
    )
    return set(session.scalars(statement.limit(CANDIDATES)))


def _namesakes(session: Session, name: str) -> set[int]:
    """Who has the name, or one that is spelled so in other letters."""
    codes = sorted(romanised.codes(name))
    squeezed = read(name).squeezed
    keys = [f"n{squeezed}", *(f"{kind}{code}" for code in codes for kind in "npr")]
    statement = select(col(SearchKey.customer_id)).where(col(SearchKey.key).in_(keys))
    latest = statement.order_by(col(SearchKey.customer_id).desc()).limit(CANDIDATES)
    return set(session.scalars(latest))


def _one_digit_off(phone: str) -> Iterator[str]:
    """Every number that is this one with one digit wrong, or two neighbours exchanged; the country stays."""
    start = len("+86") if phone.startswith("+86") else 2
    for at in range(start, len(phone)):
        yield from (phone[:at] + digit + phone[at + 1 :] for digit in DIGITS if digit != phone[at])
        if at + 1 < len(phone) and phone[at] != phone[at + 1]:
            yield phone[:at] + phone[at + 1] + phone[at] + phone[at + 2 :]
