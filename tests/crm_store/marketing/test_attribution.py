"""To what sales are put down: four opinions, each of which adds up to all of it, the unknown among it."""

from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.analysis.service_summary import Window
from crm_store.customers import customers
from crm_store.engine import transaction
from crm_store.marketing import attribution, links
from crm_store.marketing.attribution import UNKNOWN, Model, Touched
from tests.crm_store.marketing import crowd
from tests.crm_store.marketing.measured import buy, customer, written
from tests.crm_store.marketing.people import NOW

DAY = timedelta(days=1)
WINDOW = Window(NOW, NOW + 30 * DAY)


def test_each_model_gives_the_credit_its_own_way() -> None:
    touches = [Touched(NOW, "M1"), Touched(NOW + 7 * DAY, "=weibo"), Touched(NOW + 14 * DAY, "M1")]

    found = {model: attribution.weights(touches, at=NOW + 14 * DAY, model=model) for model in Model}

    assert found == {
        Model.FIRST: {"M1": 1},
        Model.LAST: {"M1": 1},
        Model.LINEAR: {"M1": Fraction(2, 3), "=weibo": Fraction(1, 3)},
        Model.DECAY: {"M1": Fraction(5, 7), "=weibo": Fraction(2, 7)},  # 1/4 + 1 and 1/2 of 7/4
    }
    assert attribution.weights([], at=NOW, model=Model.LINEAR) == {UNKNOWN: 1}


@given(
    amount=st.integers(0, 10**15),
    days=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["M1", "M2", "=x"])), min_size=1, max_size=9),
    model=st.sampled_from(list(Model)),
)
def test_the_parts_of_an_order_add_up_to_it(amount: int, days: list[tuple[int, str]], model: Model) -> None:
    touches = [Touched(NOW + day * DAY, key) for day, key in sorted(days)]

    parts = attribution.weights(touches, at=NOW + 30 * DAY, model=model)
    found = attribution.split(amount, parts)

    assert sum(parts.values()) == 1
    assert sum(found.values()) == amount
    assert all(abs(found[key] - amount * part) < 1 for key, part in parts.items())


def test_what_nothing_touched_is_unknown_and_all_adds_up(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, ben, cat, dan, eve = crowd.gather(session, count=5, now=NOW - 60 * DAY)
        early = written(session, [ann, ben, dan], at=NOW - DAY)
        late = written(session, [ann], at=NOW + DAY)
        poster = links.of_source(session, source="weibo", url="https://x.example", campaign_id=None, now=NOW)
        followed = links.Followed(poster.id, ben, poster.url)
        links.click(session, followed=followed, now=NOW + DAY)
        customers.note_source(session, customer=customer(session, cat), source="douyin_M5", now=NOW + DAY)
        at = NOW + 2 * DAY
        buy(session, [ann, ben, cat, eve], total=1_001, at=at)
        buy(session, [ben], total=500, refunded=500, at=at)
        buy(session, [ann], total=77, currency="USD", at=at)
        buy(session, [dan], total=900, at=NOW + 29 * DAY)
        buy(session, [dan], total=11, at=NOW + 29 * DAY + timedelta(hours=1))

        found = attribution.attribute(session, window=WINDOW, currency="CNY")

    first, second = early.number, late.number
    assert found.amounts[Model.FIRST] == {
        first: 2 * 1_001 + 900, "=douyin_M5": 1_001, UNKNOWN: 1_001 + 11
    }  # fmt: skip
    assert found.amounts[Model.LAST] == {
        second: 1_001, "=weibo": 1_001, first: 900, "=douyin_M5": 1_001, UNKNOWN: 1_001 + 11
    }  # fmt: skip
    assert found.amounts[Model.LINEAR][first] == 501 + 500 + 900
    assert (found.total, found.orders, found.touched) == (4 * 1_001 + 900 + 11, 7, 5)
    for model in Model:
        assert sum(found.amounts[model].values()) == found.total


def test_a_click_on_a_campaigns_link_is_put_down_to_the_place_and_the_campaign(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, ben = crowd.gather(session, count=2, now=NOW)
        campaign = written(session, [ben], at=NOW + 3 * DAY)
        given = {"url": "https://x.example", "campaign_id": campaign.id, "now": NOW}
        poster = links.of_source(session, source="weibo", **given)
        links.click(session, followed=links.Followed(poster.id, ann, poster.url), now=NOW)
        buy(session, [ann], total=900, at=NOW + DAY)

        found = attribution.attribute(session, window=WINDOW, currency="CNY")

    assert found.amounts[Model.LAST] == {f"=weibo_M{campaign.id}": 900, UNKNOWN: 0}
    assert attribution.of_campaign(found.amounts[Model.LAST], campaign.id) == 900
    assert [attribution.campaign_of(key) for key in ("", "M7", "=weibo", "=a_b_M12")] == [None, 7, None, 12]


def test_a_refund_takes_the_credit_back(engine: Engine) -> None:
    with transaction(engine) as session:
        [ann] = crowd.gather(session, count=1, now=NOW)
        campaign = written(session, [ann], at=NOW)
        [order] = buy(session, [ann], total=1_000)
        before = credit(session, campaign.number)
        order.refunded = 400
        session.flush()

        after = credit(session, campaign.number)

    assert (before, after) == ([1_000] * 4, [600] * 4)


def credit(session: Session, key: str) -> list[int]:
    found = attribution.attribute(session, window=WINDOW, currency="CNY")
    return [found.amounts[model][key] for model in Model]


def test_nothing_sold_is_nothing_to_put_down(engine: Engine) -> None:
    with transaction(engine) as session:
        found = attribution.attribute(session, window=WINDOW, currency="CNY")

    assert found.plain() == {
        "models": {model: [["", 0]] for model in ("first", "last", "linear", "decay")},
        "total": 0,
        "orders": 0,
        "touched": 0,
        "lookback_days": 30,
        "half_life_days": 7,
    }
