"""An audience counted before anything is sent: who would get it, and what is known of them."""

import json
from datetime import timedelta

from sqlalchemy import Engine, event
from sqlmodel import Session

from crm_store.engine import transaction
from crm_store.marketing import facts, reckoning
from crm_store.marketing.facts import Fact
from crm_store.marketing.reckoning import Group, Reckoned
from crm_store.marketing.states import Blocked
from crm_store.marketing.tables import Campaign
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order, OrderLine
from tests.crm_store import people
from tests.crm_store.marketing.people import ANN, NOW, RULES, ZONE, draft, fan


def reckon(session: Session, campaign: Campaign, *wanted: Fact) -> Reckoned:
    return reckoning.reckon(session, campaign=campaign, wanted=wanted, rules=RULES, zone=ZONE, now=NOW)


def order(
    session: Session,
    customer_id: int,
    *names: str,
    days_ago: int = 1,
    state: OrderState = OrderState.CONFIRMED,
) -> None:
    at = NOW - timedelta(days=days_ago)
    row = Order(customer_id=customer_id, state=state, currency="CNY", placed_at=at, updated_at=at)
    session.add(row)
    session.flush()
    session.add_all([OrderLine(order_id=row.id, name=one, price=1, quantity=1000, total=1) for one in names])
    session.flush()


def test_everybody_is_in_one_group_or_held_back_by_one_reason(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session, 0, city="Leeds", last_order_at=NOW - timedelta(days=3))
        fan(session, 1, city=" ")
        fan(session, 2, city="Leeds", language="zh")
        fan(session, 3, reachable=False)
        people.customer(session, ANN + 4)
        campaign = draft(session)

        found = reckon(session, campaign, Fact.CITY)

    assert found == Reckoned(
        blocked={Blocked.UNREACHABLE: 1, Blocked.NO_CONSENT: 1},
        groups=[
            Group("en", frozenset(), 1),
            Group("en", frozenset({Fact.CITY}), 1),
            Group("zh", frozenset({Fact.CITY}), 1),
        ],
        recent=1,
        shown=[3, 2, 1],
    )
    assert found.sendable == 3
    assert Reckoned.heard(json.loads(json.dumps(found.told()))) == found


def test_nobody_at_all(engine: Engine) -> None:
    with transaction(engine) as session:
        assert reckon(session, draft(session)) == Reckoned()


def test_the_favourite_is_what_was_ordered_most_often(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob, carol = fan(session, 0), fan(session, 1), fan(session, 2)
        order(session, ann.id, "Oolong", "Cup", days_ago=9)
        order(session, ann.id, "Oolong", days_ago=8)
        order(session, ann.id, "Cup", days_ago=2)
        order(session, ann.id, "Pot", "Pot", "Pot", days_ago=1)
        order(session, bob.id, "Oolong", state=OrderState.CANCELLED)
        campaign = draft(session)

        groups = reckon(session, campaign, Fact.FAVOURITE).groups
        said = [facts.of(session, customer=one, wanted=[Fact.FAVOURITE]) for one in (ann, bob, carol)]

    assert groups == [Group("en", frozenset(), 2), Group("en", frozenset({Fact.FAVOURITE}), 1)]
    assert said == [{Fact.FAVOURITE: "Cup"}, {}, {}]  # as often as Oolong, and later


def test_somebody_of_whom_all_is_known_is_among_the_latest(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session, 0, city="Leeds", company="Tea & Co")
        fan(session, 1, city="Leeds")

        found = facts.somebody(session, wanted={Fact.CITY, Fact.COMPANY})

        assert found is not None
        assert found.id == 1
        assert facts.somebody(session, wanted={Fact.SALUTATION}) is None


def test_it_takes_as_many_queries_for_many_as_for_one(engine: Engine) -> None:
    with transaction(engine) as session:
        fan(session, 0)
        campaign = draft(session)
        one = _queries(engine, session, campaign)
        for number in range(1, 9):
            fan(session, number)

        assert _queries(engine, session, campaign) == one


def _queries(engine: Engine, session: Session, campaign: Campaign) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    reckon(session, campaign, Fact.CITY)
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
