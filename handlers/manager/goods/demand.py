"""/demand, 需求预测: what each category is asked for, how many customers will want it, and who."""

from typing import Any

from crm_store.analysis import standing
from crm_store.analysis.service_summary import ENOUGH
from crm_store.analysis.tables import AnalysisKind, Snapshot
from crm_store.customers.tables import Customer
from crm_store.staff.roles import Role
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.goods.buttons import ShowDemand, ShowDemandBoard, ShowLikely
from handlers.manager.goods.kept import again, latest
from handlers.taps import Keyboard, button

MOST, MOST_SERIES, MOST_PRODUCTS = 8, 6, 4
PAGE = 6


def named(chat: Chat) -> None:
    kept = latest(chat, AnalysisKind.DEMAND)
    if kept is None:
        return
    likely = [
        button("likely_of", ShowLikely(kept.id, at, 0), name=one["name"][:20], count=one["likely"])
        for at, one in enumerate(kept.result["categories"][:MOST])
        if one["likely"]
    ]
    rows: Keyboard = [likely[at : at + 2] for at in range(0, len(likely), 2)]
    board = [[button("which_way", ShowDemandBoard())]] if _is_judged(kept) else []
    chat.show(
        "manager/goods/demand.html.j2",
        kept=kept,
        categories=kept.result["categories"][:MOST],
        series=[one for one in kept.result["series"] if one["orders"] or one["before"]][:MOST_SERIES],
        products=kept.result["products"][:MOST_PRODUCTS],
        buttons=[*rows, *board, *again()],
    )


def tapped(chat: Chat, _: ShowDemand) -> None:
    named(chat)


def likely(chat: Chat, tapped: ShowLikely) -> None:
    """Who took back their consent since, or was taken in by another, is left out."""
    kept = latest(chat, AnalysisKind.DEMAND)
    if kept is None:
        return
    found = _category(kept, tapped)
    if found is None:
        chat.toast("old_button")
        return
    whole = found["customers"]
    pages = max(1, -(-len(whole) // PAGE))
    at = min(max(tapped.page, 0), pages - 1)
    shown = [
        (customer, round(10 * chance))
        for customer_id, chance in whole[at * PAGE : (at + 1) * PAGE]
        if (customer := _still(chat, customer_id)) is not None
    ]
    turns = [ShowLikely(kept.id, tapped.category, page) for page in (at - 1, at + 1)]
    chat.show(
        "manager/goods/likely.html.j2",
        kept=kept,
        category=found,
        customers=shown,
        buttons=[
            [button("open_customer", OpenCustomer(one.id), number=one.number) for one, _ in shown[:3]],
            [button("open_customer", OpenCustomer(one.id), number=one.number) for one, _ in shown[3:]],
            [
                *([button("previous", turns[0])] if at else []),
                *([button("following", turns[1])] if at + 1 < pages else []),
            ],
            [button("demand", ShowDemand())],
        ],
    )


def board(chat: Chat, _: ShowDemandBoard) -> None:
    kept = latest(chat, AnalysisKind.DEMAND)
    if kept is None:
        return
    if not _is_judged(kept):
        chat.toast("old_button")
        return
    chat.show(
        "manager/goods/board.html.j2",
        kept=kept,
        card=kept.result["card"],
        following=kept.result["next"],
        buttons=[[button("demand", ShowDemand())]],
    )


def _is_judged(kept: Snapshot) -> bool:
    """Whether there was enough to compare ways of foretelling on."""
    return bool(kept.result["card"]) or kept.result["next"]["n"] >= ENOUGH


def _category(kept: Snapshot, tapped: ShowLikely) -> dict[str, Any] | None:
    categories: list[dict[str, Any]] = kept.result["categories"]
    is_there = tapped.snapshot == kept.id and 0 <= tapped.category < len(categories)
    return categories[tapped.category] if is_there else None


def _still(chat: Chat, customer_id: int) -> Customer | None:
    customer = chat.session.get(Customer, customer_id)
    if customer is None or customer.merged_into_id is not None:
        return None
    return None if standing.is_refused(chat.session, customer=customer) else customer


HANDLERS = [
    command("demand", "需求预测", role=Role.MANAGER, run=named),
    tap(ShowDemand, role=Role.MANAGER, run=tapped),
    tap(ShowDemandBoard, role=Role.MANAGER, run=board),
    tap(ShowLikely, role=Role.MANAGER, run=likely),
]
