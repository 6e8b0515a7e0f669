"""What a member of staff may see of a customer's contacts: managers all, agents those of their own customers.
Others are masked; asking for them is written down."""

from datetime import datetime

from sqlmodel import Session

from crm_store.customers import contacts
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff

HIDDEN = "****"
SHOWN_TAIL = 4
SHOWN_HEAD = 3


def sees_contacts(staff: Staff, *, customer: Customer) -> bool:
    """True where contacts are shown in full without asking."""
    return staff.role.includes(Role.MANAGER) or customer.owner_id == staff.id


def mask(contact: ContactMethod) -> str:
    """A contact that can be recognised but not used: 138****0000, 010-****5678, a****@example.com."""
    return mask_value(contact.kind, contact.value)


def mask_value(kind: ContactKind, value: str) -> str:
    if kind == ContactKind.EMAIL:
        name, _, domain = value.partition("@")
        return f"{name[:1]}{HIDDEN}@{domain}"
    if kind == ContactKind.PHONE:
        number = value.partition(contacts.EXTENSION)[0]
        area, dash, _ = contacts.shown(kind, number).partition("-")
        head = f"{area}-" if dash else number.removeprefix("+86")[:SHOWN_HEAD]
        return f"{head}{HIDDEN}{number[-SHOWN_TAIL:]}"
    return f"{value[:1]}{HIDDEN}"


def unmask(session: Session, *, customer: Customer, by: Staff, now: datetime) -> None:
    """Write down that somebody asked to see a customer's contacts; showing them is the caller's."""
    audit.record(session, actor=by, action="unmasked", entity="customer", entity_id=customer.id, now=now)
