"""What managers see of goods and time, out of a night that was really analysed; and /rec of one customer."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from crm_store.analysis import nightly, snapshots
from crm_store.analysis.night import Found
from crm_store.analysis.tables import AnalysisKind
from crm_store.customers import consents
from crm_store.customers.tables import ConsentState, Customer, Event, Purpose
from crm_store.engine import open_engine, transaction
from crm_store.mailbox.tables import Job
from crm_store.sales.tables import OrderLine, Product
from crm_store.staff.roles import Role
from handlers.columns import width
from handlers.manager.goods.cohorts import table
from tests.crm_store.analysis.buying import ZONE, customers, sale
from tests.crm_store.analysis.shelves import END, Bought, fill
from tests.talk import START, Person, Sent, Talk

MIDNIGHT = datetime.combine(START.astimezone(ZONE).date(), time(), ZONE)
BEHIND = (MIDNIGHT.date() - END).days
"""The orders of ``shelves`` are dated back from an earlier day."""

KINDS = (
    AnalysisKind.DEMAND,
    AnalysisKind.BASKETS,
    AnalysisKind.SEQUENCES,
    AnalysisKind.COHORTS,
    AnalysisKind.FORECAST,
    AnalysisKind.POTENTIAL,
    AnalysisKind.BEHAVIOUR,
)
COMMANDS = ("basket", "demand", "cohort", "forecast", "potential", "funnel")


def shop() -> list[Bought]:
    """150 customers: a favourite every 30 days, plates with cups, descaler 25 days after a coffee machine;
    and a dozen who came three days ago."""
    random = np.random.default_rng(1)
    found = []
    for customer in range(150):
        favourite = ("tea", "coffee", "cake")[customer % 3]
        found += [Bought(customer, ago, (favourite,)) for ago in range(1 + int(random.integers(30)), 300, 30)]
        if customer % 2:
            found.append(Bought(customer, 40 + customer, ("plates", "cups")))
        if customer % 3 == 0:
            machine = 60 + int(random.integers(240))
            found.append(Bought(customer, machine, ("coffee machine",)))
            found.append(Bought(customer, machine - 25, ("descaler",)))
    found += [Bought(customer, 3, ("tea",)) for customer in range(150, 162)]
    return [replace(one, ago=one.ago - BEHIND) for one in found]


def analysed(engine: Engine) -> dict[AnalysisKind, Found]:
    """What the night finds in a store."""
    with Session(engine) as session:
        night = nightly.begin(session, as_of=MIDNIGHT, zone=ZONE, currency="CNY", now=MIDNIGHT)
        found = {kind: nightly.ANALYSES[kind](night) for kind in KINDS}
    return {kind: one for kind, one in found.items() if one is not None}


def keep(engine: Engine, found: dict[AnalysisKind, Found]) -> None:
    with transaction(engine) as session:
        for kind, one in found.items():
            snapshots.keep(
                session,
                kind=kind,
                as_of=MIDNIGHT,
                zone=ZONE,
                currency="CNY",
                n=one.n,
                method=one.method,
                result=json.loads(json.dumps(one.result, allow_nan=False)),
                seconds=1.0,
                window_start=one.window_start,
                now=MIDNIGHT,
            )


@dataclass(frozen=True)
class Store:
    """Where the shop is, and its customers' ids."""

    path: Path
    ids: list[int]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Store:
    """The shop after a night, made once."""
    path = Path(shutil.copy(empty_store, tmp_path_factory.mktemp("goods") / "store.db"))
    opened = open_engine(f"sqlite:///{path}")
    with transaction(opened) as session:
        ids = fill(session, shop())
    keep(opened, analysed(opened))
    opened.dispose()
    return Store(path, ids)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path, empty_store: Path) -> Iterator[Engine]:
    """A copy of the shop's store for whoever asks for what it is ``filled`` with, else an empty one."""
    is_filled = "filled" in request.fixturenames
    path = request.getfixturevalue("store").path if is_filled else empty_store
    opened = open_engine(f"sqlite:///{shutil.copy(path, tmp_path)}")
    yield opened
    opened.dispose()


@pytest.fixture
def filled(store: Store) -> list[int]:
    """The customers' ids, after a night."""
    return store.ids


def boss(talk: Talk) -> Person:
    return talk.staff(2, "Mia", Role.MANAGER)


def only(sent: list[Sent]) -> str:
    assert len(sent) == 1
    return sent[0].text


def test_before_the_first_night_a_button_has_it_counted_now(talk: Talk) -> None:
    mia = boss(talk)
    for name in COMMANDS:
        sent = mia.say(f"/{name}")
        assert "not worked out yet" in only(sent)
        assert sent[0].buttons == ("🔄 Analyse now",)

    mia.tap("analyse")

    with Session(talk.engine) as session:
        assert list(session.scalars(select(Job.kind))) == ["analysis"]
    for name in (*COMMANDS, "rfm", "clv", "churn"):
        assert "are being analysed" in only(mia.say(f"/{name}"))


def test_plates_and_cups_are_said_in_counts_with_what_is_usual(talk: Talk, filled: list[int]) -> None:
    mia = boss(talk)
    sent = mia.say("/basket")
    said = only(sent)

    assert "Of 50 orders with “cups”, 50 also had “plates” (usually 4%" in said
    assert "in the long run likely 93% to 100%)" in said
    assert "✅ Seen again in the last" in said
    assert "Of 50 customers with “coffee machine”" not in said  # of those before the part it is checked on
    assert "“coffee machine”" in said
    assert "“descaler”" in said
    assert "As of" in said
    assert sent[0].buttons == ("📋 Who has not bought “plates” yet", "🔄 Analyse now")


def test_who_bought_the_one_and_not_yet_the_other_is_a_tap_away(talk: Talk, filled: list[int]) -> None:
    ann = one_customer(talk, [21], "cups")
    mia = boss(talk)

    found = mia.tap(mia.say("/basket")[0].data[0])

    assert "1 customer" in only(found)
    assert f"C{ann}" in only(found)


def test_demand_names_who_is_likely_and_how_often_that_came_true(talk: Talk, filled: list[int]) -> None:
    mia = boss(talk)
    sent = mia.say("/demand")

    assert "Demand in the next 30 days" in only(sent)
    assert "<b>tea</b>: customers expected" in only(sent)
    by_category, by_product = only(sent).split("📦 <b>Products, last 4 weeks</b>\n")
    assert re.search(r"• tea: customers \d+, orders \d+, pieces \d+, ¥", by_category)
    assert re.search(r"^• tea: customers \d+, orders \d+, pieces \d+, ¥", by_product)
    assert "n = " in only(sent)
    tea = next(
        data for name, data in zip(sent[0].buttons, sent[0].data, strict=True) if name.startswith("tea")
    )
    listed = mia.tap(tea)
    assert "Likely to buy “tea”" in only(listed)
    assert listed[0].buttons[0].startswith("👤 C")

    compared = only(mia.tap("demandby"))
    assert "Judged on the 30 days before" in compared
    assert "was what they had bought before" in compared
    for one in ("What everybody buys lately", "What they bought last time", "What they often and lately buy"):
        shares = r"bought before \d+%, new [\d–]+%?; at least one right"
        assert re.search(rf"{one}: [\d.]+ ± [\d.]+ \({shares}", compared)


def test_who_took_back_their_consent_since_the_night_is_not_shown(talk: Talk, filled: list[int]) -> None:
    mia = boss(talk)
    with transaction(talk.engine) as session:
        for one in filled:
            consents.record(
                session,
                customer=session.get_one(Customer, one),
                purpose=Purpose.PROFILING,
                state=ConsentState.WITHDRAWN,
                source="chat",
                actor="test",
                now=START,
            )
    sent = mia.say("/demand")
    tea = next(
        data for name, data in zip(sent[0].buttons, sent[0].data, strict=True) if name.startswith("tea")
    )

    assert "Nobody of this page is on the list any more" in only(mia.tap(tea))
    assert "👤" not in str(mia.say("/potential")[0].buttons)


def test_a_button_of_an_earlier_night_says_that_it_is_old(talk: Talk, filled: list[int]) -> None:
    assert boss(talk).tap("likely:999:0:0") == []
    assert "expired" in talk.group.asides[0].params["text"]


def test_the_forecast_says_its_range_its_rule_and_its_past_error(talk: Talk, filled: list[int]) -> None:
    said = only(boss(talk).say("/forecast"))

    assert "Sales of the next 4 weeks: about ¥" in said
    assert "Likely between ¥" in said
    assert "Method: " in said
    assert "was off by" in said


def test_a_new_shop_is_told_how_much_history_a_forecast_takes(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        fill(session, [Bought(0, 5, ("tea",))])
    keep(talk.engine, analysed(talk.engine))

    said = {name: only(boss(talk).say(f"/{name}")) for name in COMMANDS}

    assert "It takes 36 whole weeks; there are 2" in said["forecast"]
    assert "Too few bought in the last three months" in said["demand"]
    assert "Nothing is bought together more often than by chance" in said["basket"]
    assert "It takes 100 to find similar customers" in said["potential"]
    assert "No events came in the last 90 days" in said["funnel"]


def test_cohorts_line_up_in_both_languages_and_the_current_month_bears_a_star(
    talk: Talk, filled: list[int]
) -> None:
    mia, li = boss(talk), talk.staff(3, "Li", Role.MANAGER, language_code="zh")
    for person, first in ((mia, "First"), (li, "首购")):
        said = only(person.say("/cohort"))
        rows = said[said.index("<pre>") + 5 : said.index("</pre>")].splitlines()
        assert rows[0].startswith(first)
        assert len({width(row) for row in rows[1:3]}) == 1
        assert "*" not in rows[1]
        assert "*" in rows[-1]


def test_cohorts_of_one_source_are_a_tap_away(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        for one in fill(session, [replace(each, customer=each.customer % 30) for each in shop()][:200])[:12]:
            session.get_one(Customer, one).source = "weibo"
    keep(talk.engine, analysed(talk.engine))
    mia = boss(talk)

    sent = mia.say("/cohort")
    of_weibo = mia.tap(sent[0].data[0])

    assert sent[0].buttons == ("From Weibo", "🔄 Analyse now")
    assert "Source: Weibo" in only(of_weibo)
    assert "n = 12 customers" in only(of_weibo)
    assert "Source" not in only(mia.tap(of_weibo[0].data[0]))
    assert mia.tap("cohorts:999:0") == []


def test_small_cohorts_have_counts_and_no_per_cents() -> None:
    found = {
        "partial": True,
        "cohorts": [
            {"month": "2026-01-01", "n": 9, "bought": [9, 3, 1]},
            {"month": "2026-02-01", "n": 40, "bought": [40, 10]},
            {"month": "2026-03-01", "n": 2, "bought": [2]},
        ],
    }

    assert table(found, first="First").splitlines() == [
        "First  n   +1   +2",
        "26-01  9  (3) (1)*",
        "26-02 40 25%*",
        "26-03 2*",
    ]


def test_funnel_counts_visits_and_what_comes_next(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        for visit in range(20):
            for at, kind in enumerate(("view", "view", "add_to_cart", "purchase")[: 2 + visit % 3]):
                session.add(
                    Event(
                        source="web",
                        external_id=f"{visit}.{at}",
                        session=str(visit),
                        kind=kind,
                        at=START - timedelta(days=2, minutes=-at),
                        received_at=START,
                    )
                )
    keep(talk.engine, analysed(talk.engine))

    said = only(boss(talk).say("/funnel"))

    assert (
        "1. Looked at something: 20\n2. Put it into the cart: 13 (65% of the first step)\n3. Paid: 6 (30%"
        in said
    )
    assert "Looked at something (20) → Put it into the cart 13, leaves 7" in said


def test_regions_and_what_likes_buy(talk: Talk, filled: list[int]) -> None:
    with transaction(talk.engine) as session:
        for one in filled[:40]:
            session.get_one(Customer, one).province = "浙江省"
        for one in filled[40:42]:
            session.get_one(Customer, one).province = "Tibet"
    keep(talk.engine, analysed(talk.engine))

    said = only(boss(talk).say("潜力"))

    assert said.index("浙江省: 0 of 40, 0% (at least 0%)") < said.index("Tibet: 0 of 2 (too few to rank)")


def one_customer(talk: Talk, days_ago: list[int], product: str) -> int:
    """Somebody new who bought this so many days before ``START``."""
    with transaction(talk.engine) as session:
        return fill(session, [Bought(0, ago - BEHIND, (product,)) for ago in days_ago])[0]


def test_rec_says_what_is_due_again(talk: Talk, filled: list[int]) -> None:
    ann = one_customer(talk, [95, 65, 35], "honey")

    said = only(talk.staff(4, "Al").say(f"/rec C{ann}"))

    assert re.search(
        r"Guessed right: \d+% of what they had bought before, [\d–]+%? of what was new to them\.", said
    )
    assert "1. <b>honey</b>\n   bought 3 times, every 30 days or so; the last was 35 days ago" in said


def test_rec_says_what_comes_next_and_not_what_they_have(talk: Talk, filled: list[int]) -> None:
    ann = one_customer(talk, [20], "coffee machine")
    bob = one_customer(talk, [21], "cups")
    al = talk.staff(4, "Al")

    after, together = only(al.say(f"/rec C{ann}")), only(al.say(f"推荐 C{bob}"))

    assert "1. <b>descaler</b>\n   of " in after
    assert "customers with “coffee machine”" in after
    assert "<b>coffee machine</b>" not in after
    assert "1. <b>plates</b>\n   of 50 orders with “cups”, 50 had it too (usually 4%)" in together


def test_rec_offers_nothing_that_is_not_for_sale_or_that_people_buy_once(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        orders = [Bought(one, 250, ("fridge",)) for one in range(60)]
        fill(session, [*orders, *(Bought(one, 3, ("fridge", "lamp")) for one in range(60, 90))])
    keep(talk.engine, analysed(talk.engine))
    ann = one_customer(talk, [400, 350], "fridge")

    said = only(talk.staff(4, "Al").say(f"/rec C{ann}"))

    assert "fridge" not in said
    assert "<b>lamp</b>" in said


@pytest.mark.parametrize(
    ("about", "is_offered"),
    [
        ({"price": 900}, True),
        ({"price": 900, "cost": 899}, True),
        ({"price": 900, "cost": 900}, False),
        ({"price": 900, "active": False}, False),
    ],
)
def test_rec_leaves_out_a_product_that_was_taken_off_or_brings_nothing(
    talk: Talk, about: dict[str, int], is_offered: bool
) -> None:
    with transaction(talk.engine) as session:
        gone = Product(name="old tea", currency="CNY", created_at=START, updated_at=START, **about)
        session.add(gone)
        session.flush()
        (ann,) = customers(session, 1, at=START)
        fill_product(session, ann, gone.id)

    assert ("old tea" in only(talk.staff(4, "Al").say(f"/rec C{ann}"))) is is_offered


def fill_product(session: Session, customer_id: int, product_id: int) -> None:
    for ago in (95, 65, 35):
        order = sale(session, customer_id, START - timedelta(days=ago))
        session.add(
            OrderLine(
                order_id=order.id, product_id=product_id, name="old tea", price=1, quantity=1000, total=1
            )
        )


def test_rec_asks_nothing_of_who_does_not_want_to_be_profiled(talk: Talk, filled: list[int]) -> None:
    ann = one_customer(talk, [95, 65, 35], "honey")
    with transaction(talk.engine) as session:
        consents.record(
            session,
            customer=session.get_one(Customer, ann),
            purpose=Purpose.PROFILING,
            state=ConsentState.WITHDRAWN,
            source="chat",
            actor="test",
            now=START,
        )

    said = only(talk.staff(4, "Al").say(f"/rec C{ann}"))

    assert "does not want their purchases analysed" in said
    assert "honey" not in said


def test_rec_of_somebody_new_says_that_it_knows_too_little(talk: Talk) -> None:
    talk.customer(7).say("hello")

    said = only(talk.staff(4, "Al").say("/rec C1"))

    assert "Nothing to suggest with confidence" in said
