"""What to offer one customer next, out of their own orders and what was found of everybody's."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from crm_store.analysis import snapshots, suggesting
from crm_store.analysis.suggesting import Suggestion, Why, suggest
from crm_store.analysis.tables import AnalysisKind
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales.states import OrderState
from crm_store.sales.tables import Order
from tests.crm_store.analysis.buying import ZONE
from tests.crm_store.analysis.shelves import AS_OF, Bought, fill

NOW = AS_OF + timedelta(hours=10)


def rule(given: str, then: str, *, again: str = "yes", n: int = 48) -> dict[str, Any]:
    return {
        "given": [given], "then": then, "given_keys": [f"={given}"], "then_key": f"={then}", "n": n, "of": 50,
        "usual": 0.1, "confidence": n / 50, "again": again,
    }  # fmt: skip


def sequence(first: str, then: str, *, again: str = "yes") -> dict[str, Any]:
    names = [first, then]
    keys = [f"={one}" for one in names]
    return {"names": names, "keys": keys, "n": 31, "of": 120, "median_days": 29, "again": again}


def known(
    session: Session,
    *,
    rules: list[dict[str, Any]] | None = None,
    sequences: list[dict[str, Any]] | None = None,
    once: list[str] | None = None,
    popular: list[list[Any]] | None = None,
    best: str = "personal",
) -> None:
    """What the night found."""
    following = {"rule": best, "once": once or [], "popular": popular or []}
    for kind, result in {
        AnalysisKind.DEMAND: {"next": following},
        AnalysisKind.BASKETS: {"rules": rules or []},
        AnalysisKind.SEQUENCES: {"sequences": sequences or [], "max_gap": 45},
    }.items():
        snapshots.keep(
            session, kind=kind, as_of=AS_OF, zone=ZONE, currency="CNY", n=1, method="x 1", result=result,
            seconds=1.0, now=AS_OF,
        )  # fmt: skip


def told(session: Session, *orders: tuple[int, str], **found: Any) -> list[tuple[str, Why]]:
    """What is suggested to a customer who bought (days ago, product)."""
    (ann,) = fill(session, [Bought(0, ago, (product,)) for ago, product in orders])
    known(session, **found)
    suggestions = suggest(session, customer=session.get_one(Customer, ann), now=NOW, zone=ZONE)
    return [(one.name, one.why) for one in suggestions]


def test_due_after_with_and_popular_in_this_order_each_product_once(engine: Engine) -> None:
    with transaction(engine) as session:
        assert told(
            session,
            (70, "tea"),
            (40, "tea"),
            (10, "machine"),
            rules=[rule("machine", "beans"), rule("tea", "cups")],
            sequences=[sequence("machine", "descaler"), sequence("machine", "beans")],
            popular=[["=cake", "cake", 12], ["=tea", "tea", 90], ["=cups", "cups", 3]],
        ) == [
            ("tea", Why.DUE),
            ("descaler", Why.AFTER),
            ("beans", Why.AFTER),
            ("cups", Why.WITH),
            ("cake", Why.POPULAR),
        ]


def test_what_was_just_bought_or_given_up_long_ago_is_not_due(engine: Engine) -> None:
    with transaction(engine) as session:
        assert told(session, (60, "tea"), (30, "tea"), (5, "tea"), (300, "cake"), (270, "cake")) == []


def test_what_came_already_or_is_too_late_does_not_come_next(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        assert (
            told(
                session,
                (40, "machine"),
                (10, "descaler"),
                (46, "oven"),
                sequences=[sequence("machine", "descaler"), sequence("oven", "tray")],
            )
            == []
        )


def test_what_was_not_seen_again_is_not_passed_on(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        assert (
            told(
                session,
                (10, "machine"),
                rules=[rule("machine", "beans", again="no")],
                sequences=[sequence("machine", "descaler", again="no")],
            )
            == []
        )


def test_what_people_buy_once_is_not_offered_to_who_has_it(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        found = {"once": ["=fridge"], "rules": [rule("lamp", "fridge")]}
        assert told(session, (200, "fridge"), (10, "lamp"), **found) == []
        assert told(session, (10, "lamp"), **found) == [("fridge", Why.WITH)]


def test_where_popularity_did_better_it_comes_first(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        assert told(session, (60, "tea"), (30, "tea"), popular=[["=cake", "cake", 12]], best="popular") == [
            ("cake", Why.POPULAR),
            ("tea", Why.DUE),
        ]


def test_orders_that_do_not_stand_were_not_bought(engine: Engine) -> None:
    with transaction(engine) as session:
        (ann,) = fill(session, [Bought(0, 60, ("tea",)), Bought(0, 30, ("tea",))])
        customer = session.get_one(Customer, ann)
        before = suggesting.owned(session, customer=customer, zone=ZONE)
        for order in session.scalars(select(Order)):
            order.state = OrderState.CANCELLED
            session.add(order)
        session.flush()

        assert [len(one.days) for one in before.values()] == [2]
        assert suggesting.owned(session, customer=customer, zone=ZONE) == {}


def test_before_the_first_night_only_ones_own_orders_speak(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        (ann,) = fill(session, [Bought(0, 60, ("tea",)), Bought(0, 30, ("tea",))])

        assert suggest(session, customer=session.get_one(Customer, ann), now=NOW, zone=ZONE) == [
            Suggestion("=tea", "tea", Why.DUE, {"times": 2, "gap": 30, "since": 30})
        ]
