"""Which Telegram account a customer is answered in. Each account stands in one customer's row; of two
customers who were merged, the kept one's row holds the account they use now."""

from sqlmodel import Session

from crm_store.customers import customers
from crm_store.customers.tables import Customer

IDENTITY = ("user_id", "chat_id", "username", "reachable", "blocked_at")
"""What is the account's, not the person's."""


def is_live(customer: Customer) -> bool:
    """True when somebody reads what is sent to the customer's own account."""
    return customer.user_id is not None and customer.reachable


def swap(session: Session, one: Customer, other: Customer) -> None:
    """Each takes the other's account."""
    accounts = [{name: getattr(row, name) for name in IDENTITY} for row in (one, other)]
    one.user_id = other.user_id = None
    session.flush()  # an account is one row's at any moment
    for row, account in ((one, accounts[1]), (other, accounts[0])):
        for name, value in account.items():
            setattr(row, name, value)
        session.add(row)
    session.flush()


def take_back(session: Session, *, customer: Customer, user_id: int | None) -> None:
    """Give a customer the account they had, wherever it stands now. Without one they keep what came since."""
    holder = customers.by_user_id(session, user_id=user_id) if user_id is not None else None
    if holder is not None and holder.id != customer.id:
        swap(session, customer, holder)


def write_again(session: Session, *, former: Customer, user_id: int) -> Customer:
    """Somebody writes from the account of a customer who was merged: they are the one who was kept, and are
    answered where they write from now on."""
    kept = customers.get(session, customer_id=former.id)
    if kept.user_id != user_id:
        swap(session, kept, former)
    return kept
