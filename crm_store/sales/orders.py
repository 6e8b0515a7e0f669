"""Orders: placed, confirmed, paid, shipped, completed."""

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.refusals import NoSuchOrder
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff


def get(session: Session, *, order_id: int, seen_by: Staff | Customer) -> Order:
    """Staff see every order, a customer their own. Raises NoSuchOrder: another's is not told apart."""
    order = session.get(Order, order_id)
    if order is None or (isinstance(seen_by, Customer) and order.customer_id != seen_by.id):
        raise NoSuchOrder(number=f"O{order_id}")
    return order
