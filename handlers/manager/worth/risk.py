"""/churn, 流失: good customers who may not come back; /churn C12: one customer, and what speaks for it."""

from datetime import date

from crm_store.analysis import bought, standing
from crm_store.customers.tables import Customer, InteractionKind
from crm_store.moments import calendar_days
from crm_store.staff.roles import Role
from handlers.agent import aim
from handlers.agent.records import whom
from handlers.agent.records.buttons import Log, OpenCustomer
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.segments.analysed import not_yet
from handlers.manager.segments.buttons import AnalyseNow, UseTemplate
from handlers.manager.worth.buttons import ShowBoard, ShowRisk, ShowValue, TurnChurn, TurnValue
from handlers.manager.worth.listed import page, turns
from handlers.numbers import GLUED_CUSTOMER
from handlers.taps import button


def named(chat: Chat) -> None:
    if not chat.arguments and aim.replied_to(chat) is None:
        return _list(chat, 0)
    return _one(chat, whom.whom(chat, "churn").customer)


def turn(chat: Chat, tapped: TurnChurn) -> None:
    _list(chat, tapped.page)


def show(chat: Chat, tapped: ShowRisk) -> None:
    _one(chat, whom.get(chat, tapped.customer))


def _list(chat: Chat, at: int) -> None:
    found = standing.findings(chat.session)
    if found.churn is None:
        return not_yet(chat, "manager/churn/not_yet.html.j2")
    result = found.churn.result
    good = result.get("good", {"n": 0, "at_risk": 0, "top": []})
    gaps = {id: gap for id, gap in good["top"]}
    shown = page(chat, list(gaps), at, found)
    rows = [
        [
            button("open_customer", OpenCustomer(one.customer.id), number=one.customer.number),
            button("risk_of", ShowRisk(one.customer.id)),
        ]
        for one in shown.lines
    ]
    board = [button("which_way", ShowBoard())] if "card" in result else []
    segment = [[button("template_may_leave", UseTemplate("may_leave"))]] if "card" in result else []
    return chat.show(
        "manager/churn/list.html.j2",
        found=found.churn,
        churn=result,
        good=good,
        gaps=gaps,
        away={one.customer.id: _away(chat, one.customer) for one in shown.lines},
        listed=shown,
        buttons=[
            *rows,
            turns(shown, TurnChurn),
            *segment,
            [*board, button("analyse_now", AnalyseNow())],
        ],
    )


def _away(chat: Chat, customer: Customer) -> int | None:
    """Days of the desk's calendar since the last order."""
    if customer.last_order_at is None:
        return None
    return calendar_days(customer.last_order_at, chat.now, zone=chat.desk.timezone)


def _one(chat: Chat, customer: Customer) -> None:
    has_bought = bought.of(
        chat.session, customer=customer, zone=chat.desk.timezone, currency=chat.desk.currency
    )
    today: date = chat.desk.local(chat.now).date()
    away = (today - has_bought.last_day).days if has_bought.last_day else None
    found = standing.findings(chat.session)
    gone_after = found.churn.result.get("gone_after_days") if found.churn is not None else None
    chat.show(
        "manager/churn/one.html.j2",
        customer=customer,
        standing=standing.of(chat.session, customer=customer, found=found),
        is_refused=standing.is_refused(chat.session, customer=customer),
        bought=has_bought,
        away=away,
        is_gone=away is not None and gone_after is not None and away > gone_after,
        buttons=[
            [
                button("open_customer", OpenCustomer(customer.id), number=customer.number),
                button("log_call", Log(customer.id, InteractionKind.CALL)),
            ],
            [button("value_of", ShowValue(customer.id)), button("who_may_leave", TurnChurn(0))],
        ],
    )


def board(chat: Chat, _: ShowBoard) -> None:
    found = standing.findings(chat.session).churn
    if found is None or "card" not in found.result:
        return chat.toast("old_button")
    return chat.show(
        "manager/churn/board.html.j2",
        found=found,
        churn=found.result,
        card=found.result["card"],
        buttons=[[button("who_may_leave", TurnChurn(0)), button("value_list", TurnValue(0))]],
    )


HANDLERS = [
    command("churn", "流失", role=Role.MANAGER, run=named, glued=GLUED_CUSTOMER),
    tap(TurnChurn, role=Role.MANAGER, run=turn),
    tap(ShowRisk, role=Role.MANAGER, run=show),
    tap(ShowBoard, role=Role.MANAGER, run=board),
]
