"""/clv and /churn: what managers are told of customers' value and of who may leave."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.analysis import nightly, standing, value
from crm_store.analysis.tables import AnalysisKind, CustomerScore, Snapshot
from crm_store.customers import consents, customers
from crm_store.customers.tables import ConsentState, Customer, Purpose
from crm_store.engine import open_engine, transaction
from crm_store.sales import margins
from crm_store.sales.tables import Order, OrderLine
from crm_store.staff.roles import Role
from tests.crm_store.analysis.ledger import FIRST, Sales
from tests.handlers import worth
from tests.handlers.shop import customer, order
from tests.talk import Person, Talk, texts

CUSTOMERS = 250
REGULAR, VISITS = 1, 36
"""Customer 1 is made a regular who came every fortnight, and has been away for eight weeks."""

AWAY = 546 - 14 * (VISITS - 1)


CARDS = range(1, CUSTOMERS + 1)
"""The customers' numbers: they are the first of their store."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """Made once: the night takes seconds."""
    path = Path(shutil.copy(empty_store, tmp_path_factory.mktemp("worth") / "store.db"))
    opened = open_engine(f"sqlite:///{path}")
    talk = Talk(opened)
    talk.staff(1, "Mia", Role.MANAGER)
    regular = [(REGULAR, FIRST + 14 * n, 2_000_000) for n in range(VISITS)]
    rest = [sale for sale in worth.regulars(CUSTOMERS) if sale[0] != REGULAR]
    assert worth.trade(talk, Sales.of([*rest, *regular]), CUSTOMERS) == list(CARDS)
    worth.analyse(talk)
    opened.dispose()
    return path


@pytest.fixture
def trading(tmp_path: Path, store: Path) -> Iterator[Talk]:
    """A shop of 250 customers, the morning after a night's analyses."""
    opened = open_engine(f"sqlite:///{shutil.copy(store, tmp_path)}")
    talk = Talk(opened)
    talk._updates = count(1_000)  # those of the morning before are in its inbox
    yield talk
    opened.dispose()


@pytest.fixture
def mia(trading: Talk) -> Person:
    return trading.person(1, "Mia")


@pytest.fixture
def new_manager(talk: Talk) -> Person:
    """Of a shop that has just begun."""
    return talk.staff(1, "Mia", Role.MANAGER)


PAGES = 17
"""Of six of the hundred that a list names."""


def only(person: Person, text: str) -> str:
    [answer] = texts(person.say(text), person)
    return answer


def kept(talk: Talk, kind: AnalysisKind) -> Snapshot:
    with transaction(talk.engine) as session:
        return session.scalars(select(Snapshot).where(col(Snapshot.kind) == kind)).one()


def test_before_the_first_night_it_offers_to_look_now(new_manager: Person) -> None:
    [value] = new_manager.say("价值")
    [risk] = new_manager.say("/churn")

    assert value.text == (
        "💰 Customer value has not been worked out yet. It is every night at 3:30, or now if you like."
    )
    assert (value.buttons, value.data, risk.data) == (("🔄 Analyse now",), ("analyse",), ("analyse",))


def test_a_small_shop_is_told_what_is_missing(talk: Talk, new_manager: Person) -> None:
    order(talk, customer(talk, "Ann <3"), paid=10_000)
    talk.later(days=2)
    worth.analyse(talk)

    assert only(new_manager, "/clv") == (
        "💰 <b>Customer value</b>: the next 12 months\n"
        "Too little history, so nothing is guessed: it takes 100 customers who bought and 30 repeat orders; "
        "so far there are 1 and 0.\n\n"
        "As of Sun 22 Nov 00:00 (China Time) · CNY"
    )
    assert only(new_manager, "/churn") == (
        "📉 <b>Good customers at risk</b>\n"
        "Too little history, so nothing is guessed: this shop's window is 30 days; it takes 100 customers "
        "and 120 days of sales, with some who left and some who came back; so far: customers 1, days 2.\n\n"
        "As of Sun 22 Nov 00:00 (China Time) · n = 1"
    )
    assert "Too little is known to foretell anything." in only(new_manager, "/clv C1")


def test_value_is_a_range_checked_on_what_came_and_lists_what_is_at_risk(trading: Talk, mia: Person) -> None:
    result = kept(trading, AnalysisKind.VALUE).result
    at_risk = kept(trading, AnalysisKind.CHURN).result["value_at_risk"]

    [said] = mia.say("/clv")

    lines = said.text.splitlines()
    assert lines[0] == "💰 <b>Customer value</b>: the next 12 months"
    assert lines[1].startswith(f"{result['n']} customers are expected to bring <b>¥")
    assert " likely between ¥" in lines[1]
    assert lines[3].startswith("Check: 91 days ago we expected ¥")
    assert lines[5] == f"<b>Most value at risk</b> (1–6 / {len(at_risk['top'])})"
    listed = [line for line in lines if line.startswith("• ")]
    assert [line.split("</b>")[0] for line in listed] == [f"• <b>C{id}" for id in at_risk["top"][:6]]
    assert all(" orders, ¥" in line and "(likely ¥" in line for line in listed)
    assert "clv:1" in said.data


def test_pages_turn_and_stay_within_the_list(mia: Person) -> None:
    [second] = mia.tap("clv:1")
    [last] = mia.tap("clv:999")

    assert "(7–12 / " in second.text
    assert (second.method, last.method) == ("editMessageText", "editMessageText")
    assert "clv:0" in second.data
    assert "clv:2" in second.data
    assert [one for one in last.data if one.startswith("clv:")] == [f"clv:{PAGES - 2}"]


def test_one_customer_has_history_forecast_range_and_risk(trading: Talk, mia: Person) -> None:
    with transaction(trading.engine) as session:
        row = session.get_one(CustomerScore, REGULAR)
        stands = standing.of(session, customer=session.get_one(Customer, REGULAR))
    assert stands is not None
    assert stands.risk is not None
    assert row.expected_value is not None

    text = only(mia, f"/clv C{REGULAR}")

    assert "So far: 36 orders, ¥720,000.00 net of refunds" in text
    assert "Expected in the next 12 months: <b>" in text
    assert "(four times of five), based on 36 orders." in text
    assert stands.risk.of_ten == 10
    assert "hardly any such customer came back within 47 days" in text
    assert f"For a rule of thumb: <code>/clv C{REGULAR} 30% 5</code> (margin, years)" in text


def test_the_rule_of_thumb_is_worked_out_where_the_margin_is_given(talk: Talk, new_manager: Person) -> None:
    """AOV ¥1,000 × 3 a year × 5 years × 30 % is ¥4,500."""
    ann = customer(talk, "Ann")
    for _ in range(3):
        order(talk, ann, paid=100_000)
        talk.later(days=40)

    for typed in (f"/clv C{ann} 30% 5", f"价值 C{ann} 30％ 5 年", f"价值C{ann} 30%"):
        assert (
            "Rule of thumb: ¥1,000 an order × 3 a year × 5 years × 30% margin = ¥4,500 "
            "(as if nobody ever left)"
        ) in only(new_manager, typed)


def test_good_customers_at_risk_are_listed_with_their_gap_and_how_long_they_were_away(mia: Person) -> None:
    [said] = mia.say("流失")

    regular = next(line for line in said.text.splitlines() if f"<b>C{REGULAR}</b>" in line)
    assert regular.startswith(
        f"• <b>C{REGULAR}</b> Ann &lt;3 &amp; &#34;张&#34;: usually 14 days, now {AWAY}"
    )
    assert " good customers may be lost: usual gap " in said.text
    segment = dict(zip(said.buttons, said.data, strict=True))["➕ Regulars who may leave"]
    assert "<b>Regulars who may leave</b> (S1)" in mia.tap(segment)[0].text
    assert re.search(r"the right one was put first \d+% of the time \(± [\d.]+ points, n = \d+; ", said.text)
    assert f"churnof:{REGULAR}" in said.data
    assert "churnboard" in said.data


def test_why_somebody_is_at_risk_is_said_in_words(mia: Person) -> None:
    [said] = mia.tap(f"churnof:{REGULAR}")

    assert "<b>High risk of leaving</b>: hardly any such customer came back " in said.text
    assert "Why: away longer than usual" in said.text
    assert f"Usual gap 14 days, now {AWAY} ({VISITS} orders)" in said.text
    assert f"clog:{REGULAR}:call" in said.data


def test_the_leaderboard_says_when_of_how_many_and_what_is_used(trading: Talk, mia: Person) -> None:
    card = kept(trading, AnalysisKind.CHURN).result["card"]

    [said] = mia.tap("churnboard")

    assert said.text.count("▫️") == len(card["entries"]) - 1
    assert said.text.count("✅") == 1
    assert f"({card['n_judged']})" in said.text
    assert "who was away longest: " in said.text
    assert "support vector machine: " in said.text


def test_an_order_since_is_said(trading: Talk, mia: Person) -> None:
    order(trading, REGULAR, paid=100)

    assert "🆕 There was an order since; it will count tonight." in only(mia, f"/churn C{REGULAR}")
    listed = only(mia, "/churn")
    assert next(line for line in listed.splitlines() if f"C{REGULAR}<" in line).endswith(
        "(has just ordered again)"
    )


def test_who_does_not_want_to_be_profiled_is_nowhere_from_that_moment(trading: Talk, mia: Person) -> None:
    with transaction(trading.engine) as session:
        consents.record(
            session,
            customer=customers.get(session, customer_id=REGULAR),
            purpose=Purpose.PROFILING,
            state=ConsentState.WITHDRAWN,
            source="chat",
            actor="test",
            now=trading.now,
        )

    refused = "This customer does not want to be profiled, so nothing is foretold."
    assert refused in only(mia, f"/clv C{REGULAR}")
    assert refused in only(mia, f"/churn C{REGULAR}")
    assert f"<b>C{REGULAR}</b>" not in only(mia, "/churn")
    assert "of leaving" not in only(mia, f"C{REGULAR}")


def test_the_card_tells_managers_and_nobody_else(trading: Talk, mia: Person) -> None:
    bob = trading.staff(2, "Bob")

    managers, agents = only(mia, f"C{REGULAR}"), only(bob, f"C{REGULAR}")

    assert "📉 High risk of leaving: hardly any such customer came back " in managers
    assert "💰 " in managers
    assert "📉" not in agents
    assert "💰" not in agents


def test_it_speaks_chinese(trading: Talk) -> None:
    li = trading.staff(3, "Li", Role.MANAGER, language_code="zh-hans")

    assert "今后 12 个月预计 <b>" in only(li, f"/clv C{REGULAR}")
    assert "原因：比平时久没来" in only(li, f"流失C{REGULAR}")


def test_who_has_been_away_for_over_a_year_is_lost_and_buys_nothing_more(trading: Talk, mia: Person) -> None:
    with transaction(trading.engine) as session:
        away = col(Customer.last_order_at) < trading.now - timedelta(days=400)
        gone = session.scalars(
            select(CustomerScore.customer_id)
            .join(Customer, col(Customer.id) == col(CustomerScore.customer_id))
            .where(away, col(CustomerScore.expected_orders) < 0.05)
        ).first()

    assert "Away for so long that they count as lost; nothing more is foretold." in only(
        mia, f"/churn C{gone}"
    )
    assert "Probably buys nothing in the next 12 months, based on" in only(mia, f"/clv C{gone}")


def test_where_the_shop_says_its_margin_amounts_are_called_that(trading: Talk, mia: Person) -> None:
    with transaction(trading.engine) as session:
        kept = session.scalars(select(Snapshot).where(col(Snapshot.kind) == AnalysisKind.VALUE)).one()
        kept.result = kept.result | {"margin": 0.3}

    everybody = only(mia, "/clv")
    assert "(margin, at 30% as set)" in everybody
    assert "Check (in sales): 91 days ago" in everybody
    one = only(mia, f"/clv C{REGULAR}")
    assert " of margin, likely ¥" in one
    assert "\nMargin is taken at 30%: as set for the shop\n" in one
    assert " of margin in the next 12 months (" in only(mia, f"/customer C{REGULAR}")


def test_where_the_cost_of_what_they_bought_is_known_their_own_margin_counts(
    trading: Talk, mia: Person
) -> None:
    with transaction(trading.engine) as session:
        orders = session.scalars(select(Order).where(col(Order.customer_id) == REGULAR)).all()
        session.add_all(
            OrderLine(
                order_id=one.id, name="tea", price=one.total, quantity=1_000, total=one.total,
                cost=one.total * 2 // 5 if at % 3 else None,
            )
            for at, one in enumerate(orders)
        )  # fmt: skip
        [row] = session.scalars(select(CustomerScore).where(col(CustomerScore.customer_id) == REGULAR))
        ann, found = session.get_one(Customer, REGULAR), standing.findings(session)
        own = margins.of_customer(session, customer_id=REGULAR, currency="CNY", percent=0)
        stands = standing.of(session, customer=ann, found=found, own=own)
        assert stands is not None
        assert stands.value is not None
        assert row.expected_value is not None
        assert stands.value.amount == round(row.expected_value * 0.6)
        assert standing.kept(found) is None

    one = only(mia, f"/clv C{REGULAR}")
    card = only(mia, f"/customer C{REGULAR}")
    margin = (
        "📊 Margin <b>¥288,000.00</b>: of net sales ¥720,000.00 the cost is known for 67% "
        "(¥192,000.00 in all); the rest counts as no margin\n"
    )
    assert (margin in one, margin in card) == (True, True)
    assert "\nMargin is taken at 60%: from the cost of what they bought\n" in one
    assert " × 60% margin = ¥" in one


def test_an_agents_card_tells_no_margin(trading: Talk) -> None:
    bob = trading.staff(5, "Bob")
    with transaction(trading.engine) as session:
        first = session.scalars(select(Order).where(col(Order.customer_id) == REGULAR)).first()
        assert first is not None
        session.add(OrderLine(order_id=first.id, name="tea", price=100, quantity=1_000, total=100, cost=50))

    card = only(bob, f"/customer C{REGULAR}")

    assert "argin" not in card
    assert "¥720,000.00" in card


def test_the_nights_margin_is_measured_where_half_of_a_quarters_goods_have_a_cost(sqlite: Engine) -> None:
    talk = Talk(sqlite)
    ann = customer(talk, "Ann")
    made = [order(talk, ann, paid=100_000) for _ in range(2)]
    known = OrderLine(order_id=made[0], name="tea", price=100_000, quantity=1_000, total=100_000, cost=75_000)

    def kept() -> tuple[float | None, bool]:
        with Session(sqlite) as session:
            night = nightly.begin(
                session, as_of=talk.now + timedelta(days=1), zone=talk.desk.timezone, currency="CNY",
                now=talk.now, margin=0.3,
            )  # fmt: skip
            return value.kept(night)

    unknown = kept()
    with transaction(sqlite) as session:
        session.add(known)

    assert (unknown, kept()) == ((0.3, False), (0.25, True))
