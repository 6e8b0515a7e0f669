"""/clv, 价值: what customers may bring in the next twelve months, most at risk first; /clv C12: of one."""

import re
from dataclasses import dataclass

from crm_store.analysis import bought as bought_verbs
from crm_store.analysis import standing
from crm_store.analysis.bought import Bought
from crm_store.analysis.standing import Kept
from crm_store.customers.tables import Customer
from crm_store.sales import margins
from crm_store.staff.roles import Role
from handlers.agent import aim
from handlers.agent.records import whom
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.segments.analysed import not_yet
from handlers.manager.segments.buttons import AnalyseNow
from handlers.manager.worth.buttons import ShowRisk, ShowValue, TurnChurn, TurnValue
from handlers.manager.worth.listed import Listed, page, turns
from handlers.numbers import GLUED_CUSTOMER
from handlers.taps import Keyboard, button

YEARS, MOST_YEARS = 5.0, 50.0
_MARGIN = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*[%％]")
_YEARS = re.compile(r"(?<![\d.])(\d{1,2}(?:\.\d+)?)(?![\d.%％])")


@dataclass(frozen=True)
class Thumb:
    """The rule of thumb: all that goes into it, and what comes out (minor units)."""

    average_order: int
    orders_per_year: float
    years: float
    margin: float
    value: int


def named(chat: Chat) -> None:
    if not chat.arguments and aim.replied_to(chat) is None:
        return _list(chat, 0)
    found = whom.whom(chat, "clv")
    return _one(chat, found.customer, found.rest)


def turn(chat: Chat, tapped: TurnValue) -> None:
    _list(chat, tapped.page)


def show(chat: Chat, tapped: ShowValue) -> None:
    _one(chat, whom.get(chat, tapped.customer), "")


def _list(chat: Chat, at: int) -> None:
    found = standing.findings(chat.session)
    if found.value is None:
        return not_yet(chat, "manager/value/not_yet.html.j2")
    at_risk = found.churn.result.get("value_at_risk") if found.churn is not None else None
    ids = at_risk["top"] if at_risk else found.value.result.get("top", [])
    shown = page(chat, ids, at, found)
    return chat.show(
        "manager/value/list.html.j2",
        found=found.value,
        worth=found.value.result,
        at_risk=at_risk["sum"] if at_risk else None,
        listed=shown,
        buttons=[
            *_rows(shown),
            turns(shown, TurnValue),
            [button("who_may_leave", TurnChurn(0)), button("analyse_now", AnalyseNow())],
        ],
    )


def _rows(shown: Listed) -> Keyboard:
    return [
        [
            button("open_customer", OpenCustomer(one.customer.id), number=one.customer.number),
            button("value_of", ShowValue(one.customer.id)),
        ]
        for one in shown.lines
    ]


def _one(chat: Chat, customer: Customer, rest: str) -> None:
    found = standing.findings(chat.session)
    has_bought = bought_verbs.of(
        chat.session, customer=customer, zone=chat.desk.timezone, currency=chat.desk.currency
    )
    own = margins.of_customer(
        chat.session,
        customer_id=customer.id,
        currency=chat.desk.currency,
        percent=chat.desk.margin_percent,
    )
    chat.show(
        "manager/value/one.html.j2",
        customer=customer,
        standing=standing.of(chat.session, customer=customer, found=found, own=own),
        is_refused=standing.is_refused(chat.session, customer=customer),
        bought=has_bought,
        margin=own if own.is_told and own.revenue else None,
        currency=chat.desk.currency,
        thumb=_thumb(chat, has_bought, rest, standing.kept(found, own=own)),
        buttons=[
            [
                button("open_customer", OpenCustomer(customer.id), number=customer.number),
                button("risk_of", ShowRisk(customer.id)),
            ],
            [button("value_list", TurnValue(0))],
        ],
    )


def _thumb(chat: Chat, has_bought: Bought, rest: str, kept: Kept | None) -> Thumb | None:
    """With the margin that was typed or that is ``kept``; None where there is neither, or no order."""
    typed, years = _MARGIN.search(rest), _YEARS.search(_MARGIN.sub(" ", rest))
    margin = float(typed[1]) / 100 if typed else None
    if margin is None and kept is not None:
        margin = kept.share
    if margin is None or not has_bought.orders:
        return None
    span = min(float(years[1]), MOST_YEARS) if years else YEARS
    per_year = has_bought.orders_per_year(chat.desk.local(chat.now).date())
    value = bought_verbs.rule_of_thumb(
        average_order=has_bought.average_order, orders_per_year=per_year, years=span, margin=margin
    )
    return Thumb(has_bought.average_order, per_year, span, margin, value)


HANDLERS = [
    command("clv", "价值", role=Role.MANAGER, run=named, glued=GLUED_CUSTOMER),
    tap(TurnValue, role=Role.MANAGER, run=turn),
    tap(ShowValue, role=Role.MANAGER, run=show),
]
