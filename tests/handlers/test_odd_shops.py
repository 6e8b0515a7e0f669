"""Shops about which there is nothing to say, after a night that was really analysed: every command about what
the night finds answers with plain sentences, in both languages."""

import json
import re
from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from crm_store.analysis import nightly, scores, snapshots
from crm_store.analysis.service_summary import Window
from crm_store.engine import transaction
from crm_store.reports import sections
from crm_store.reports.sections import DELIVERED, Scope
from crm_store.sales.tables import OrderLine
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.crm_store.analysis.buying import customers, noon, refund, sale
from tests.talk import Person, Sent, Talk

COMMANDS = (
    "/rfm", "/clv", "/churn", "/demand", "/basket", "/cohort", "/forecast", "/potential", "/funnel",
    "/stats 90", "/sales 7 category", "/brief", "/seg", "/clv C1", "/churn C1", "/rec C1",
)  # fmt: skip
BROKEN = re.compile(r"\bnan\b|\binf\b|None|Traceback|Undefined|\{\{|\{%|went wrong|出错|-0\b", re.IGNORECASE)
"""Of words that no figure and no sentence should hold."""

Shop = list[tuple[int, int, str, str]]
"""Customer, days ago, product, currency of each order."""

SHOPS: dict[str, Shop] = {
    "nobody": [],
    "one customer": [(0, 5, "tea", "CNY")],
    "thirty customers": [(one, 5 + 3 * one + 30 * n, "tea", "CNY") for one in range(30) for n in range(2)],
    "all bought once": [(one, 1 + 2 * one, "tea", "CNY") for one in range(120)],
    "all gave everything back": [(one % 40, 1 + one, "tea", "CNY") for one in range(160)],
    "one product": [(one % 40, 1 + 2 * one, "tea", "CNY") for one in range(160)],
    "all at one moment": [(one % 110, 50, ("tea", "cups")[one % 2], "CNY") for one in range(140)],
    "two currencies": [(one % 40, 1 + 2 * one, "tea", ("CNY", "USD")[one % 2]) for one in range(120)],
    "only another currency": [(one % 40, 1 + 2 * one, "tea", "USD") for one in range(80)],
}


SAID: dict[str, dict[str, tuple[str, str]]] = {
    "nobody": {
        "/rfm": ("Only 0 customers bought", "只有 0 位客户买过东西"),
        "/forecast": ("It takes 36 whole weeks; there are 0", "要有 36 个完整的周，现在是 0 周"),
        "/demand": ("Too few bought in the last three months", "最近三个月买的人太少"),
        "/cohort": ("Nobody's first purchase is 90 days ago yet", "还没有首购满 90 天的客户"),
        "/potential": ("It takes 100 to find similar customers", "至少要 100 位才有同类可比"),
        "/funnel": ("No events came in the last 90 days", "最近 90 天没有收到访问事件"),
        "/stats 90": ("No orders in this time", "这段时间没有订单"),
    },
    "one customer": {
        "/clv": ("Too little history, so nothing is guessed", "数据还太少，先不猜"),
        "/churn C1": ("Too little is known to foretell anything", "记录还太少，不做预测"),
    },
    "one product": {
        "/basket": ("Nothing is bought together more often than by chance", "没有发现比碰巧更常一起买的商品")
    },
    "only another currency": {
        "/stats 90": ("Not among them: 45 in USD", "另有 45 单以 USD 计价，不在其中"),
        "/cohort": ("80 orders in USD are not in it", "另有 80 单以 USD 计价，不在其中"),
    },
    "two currencies": {
        name: ("60 orders in USD are not in it", "另有 60 单以 USD 计价，不在其中")
        for name in ("/rfm", "/clv", "/churn", "/demand", "/basket", "/cohort", "/forecast", "/potential")
    },
}


@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_about_which_there_is_little_to_say_gets_plain_sentences(name: str, sqlite: Engine) -> None:
    talk = Talk(sqlite)
    mia, li = talk.staff(1, "Mia", Role.MANAGER), talk.staff(2, "Li", Role.MANAGER, language_code="zh")
    fill(talk, SHOPS[name], gave_back=name == "all gave everything back")
    analyse(talk)

    for command in COMMANDS:
        if not command.endswith("C1") or SHOPS[name]:
            expected = SAID.get(name, {}).get(command, ("", ""))
            for person, sentence in zip((mia, li), expected, strict=True):
                said = answer(person, command)
                assert sentence in said
                assert not BROKEN.search(said), (command, said)


@pytest.mark.parametrize("name", SHOPS)
def test_a_report_of_such_a_shop_is_made_of_plain_sentences_too(name: str, sqlite: Engine) -> None:
    """A month of it, as far as it has come to the night."""
    talk = Talk(sqlite)
    talk.staff(1, "Mia", Role.MANAGER)
    fill(talk, SHOPS[name], gave_back=name == "all gave everything back")
    midnight = talk.desk.moment(talk.desk.local(talk.now).date(), time())
    window, before = (
        Window(midnight - timedelta(days=ago + 30), midnight - timedelta(days=ago)) for ago in (0, 30)
    )

    with Session(sqlite) as session:
        [mia] = session.exec(select(Staff)).all()
        scope = Scope(by=mia, zone=talk.desk.timezone, currency=talk.desk.currency, now=talk.now)
        found = {
            one: sections.figures(session, section=one, window=window, before=before, scope=scope)
            for one in DELIVERED
        }

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for section, figures in found.items():
        about = {
            "figures": figures,
            "window": window,
            "before": before,
            "currency": "CNY",
            "beside": "before",
        }
        names = [section, *([f"{section}_finding"] if figures["finding"] else [])]
        for template in names:
            for language in ("en", "zh"):
                for brief in (False, True):
                    said = talk.render(
                        f"manager/report/{template}.html.j2", language=language, brief=brief, **about
                    )
                    assert said
                    assert not BROKEN.search(said), (template, said)


def answer(person: Person, command: str) -> str:
    sent: list[Sent] = person.say(command)
    assert len(sent) >= 1, command
    return "\n".join(one.text for one in sent)


def fill(talk: Talk, shop: Shop, *, gave_back: bool = False) -> None:
    today: date = talk.desk.local(talk.now).date()
    with transaction(talk.engine) as session:
        count = max((one[0] for one in shop), default=-1) + 1
        ids = customers(session, count, at=talk.now - timedelta(days=900))
        for customer, ago, product, currency in shop:
            at = noon(today - timedelta(days=ago))
            order = sale(session, ids[customer], at, 10_000, currency=currency)
            session.add(
                OrderLine(
                    order_id=order.id,
                    name=product,
                    category=product,
                    price=10_000,
                    quantity=1_000,
                    total=10_000,
                )
            )
            if gave_back:
                refund(session, order, 10_000, at + timedelta(hours=1))


def analyse(talk: Talk) -> None:
    """The whole night, as of midnight."""
    desk, as_of = talk.desk, talk.desk.moment(talk.desk.local(talk.now).date(), time())
    with Session(talk.engine) as session:
        night = nightly.begin(session, as_of=as_of, zone=desk.timezone, currency=desk.currency, now=talk.now)
        outcomes = list(nightly.run(night))
    assert [one.kind for one in outcomes if one.error is not None] == []
    with transaction(talk.engine) as session:
        for rows in scores.batches(night):
            scores.write(session, rows=rows, after=0, as_of=as_of)
        for one in outcomes:
            assert one.found is not None
            result = json.loads(json.dumps(one.found.result, allow_nan=False))
            snapshots.keep(
                session, kind=one.kind, as_of=as_of, zone=desk.timezone, currency=desk.currency,
                n=one.found.n, method=one.found.method, result=result, seconds=one.seconds, now=talk.now,
                window_start=one.found.window_start,
            )  # fmt: skip
