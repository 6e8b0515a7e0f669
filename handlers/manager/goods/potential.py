"""/potential, 潜力: regions by how many of those known there buy, and what customers do not buy that others
like them do."""

from crm_store.analysis import standing
from crm_store.analysis.tables import AnalysisKind
from crm_store.customers.tables import Customer
from crm_store.staff.roles import Role
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.goods.kept import again, latest
from handlers.taps import button

MOST_REGIONS, MOST_CATEGORIES, MOST_CUSTOMERS = 8, 5, 6


def named(chat: Chat) -> None:
    kept = latest(chat, AnalysisKind.POTENTIAL)
    if kept is None:
        return
    customers: list[tuple[Customer, str, int, int, int, float]] = []
    for customer_id, *about in kept.result["customers"]:
        customer = chat.session.get(Customer, customer_id)
        if customer is None or customer.merged_into_id is not None:
            continue
        if not standing.is_refused(chat.session, customer=customer):
            category, amount, low, high, share = about
            customers.append((customer, category, amount, low, high, share))
        if len(customers) == MOST_CUSTOMERS:
            break
    opened = {one.id: one for one, *_ in customers}.values()
    open_them = [button("open_customer", OpenCustomer(one.id), number=one.number) for one in opened]
    chat.show(
        "manager/goods/potential.html.j2",
        kept=kept,
        regions=kept.result["regions"][:MOST_REGIONS],
        categories=kept.result["categories"][:MOST_CATEGORIES],
        customers=customers,
        buttons=[open_them[:3], open_them[3:], *again()],
    )


HANDLERS = [command("potential", "潜力", role=Role.MANAGER, run=named)]
