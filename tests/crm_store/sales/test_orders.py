"""Orders: what is kept as it was, who may see them, the customer's last order, lists."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.refusals import NoSuchOrder
from crm_store.sales import lines, orders, payments, products, refunds, returns, shipments
from crm_store.sales.lines import NewLine
from crm_store.sales.orders import Shelf
from crm_store.sales.refusals import IllegalOrderStep, NoSuchLine
from crm_store.sales.tables import Order
from crm_store.staff.tables import Staff
from tests.crm_store.people import NOW, customer, staff, trail
from tests.crm_store.sales.shop import KETTLE, TEA, held, order

DAY = timedelta(days=1)


def test_a_later_price_does_not_alter_old_orders(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        tea = products.create(session, name="oolong", price=6_800, currency="CNY", actor=bob, now=NOW)
        made = order(session, ann, bob, [NewLine(tea.name, tea.price, 1_000, product_id=tea.id)])

        products.change(session, product=tea, changes={"price": 9_900, "name": "gone"}, actor=bob, now=NOW)

        [line] = held(session, made).lines
        assert (line.name, line.price, line.total, made.total) == ("oolong", 6_800, 6_800, 6_800)


def test_a_confirmed_order_is_locked(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = order(session, ann, bob)
        line_id = held(session, made).lines[0].id
        about = {"order": made, "actor": bob, "now": NOW}
        for change in (
            lambda: lines.add(session, new=[TEA], **about),
            lambda: lines.change(session, line_id=line_id, quantity=1_000, **about),
            lambda: lines.remove(session, line_id=line_id, **about),
            lambda: lines.discount_order(session, discount=1, **about),
            lambda: orders.describe(session, note="x", **about),
        ):
            with pytest.raises(IllegalOrderStep):
                change()

        assert (made.total, made.note, len(held(session, made).lines)) == (132_113, None, 2)


def test_a_line_of_another_order_is_not_touched(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        mine, other = order(session, ann, bob, confirmed=False), order(session, ann, bob, confirmed=False)
        foreign = held(session, other).lines[0].id

        with pytest.raises(NoSuchLine):
            lines.remove(session, order=mine, line_id=foreign, actor=bob, now=NOW)
        with pytest.raises(NoSuchLine):
            lines.change(session, order=mine, line_id=foreign, quantity=1, actor=bob, now=NOW)

        assert other.total == 132_113


def test_a_draft_goes_to_where_the_customer_lives(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        ann.province, ann.city, ann.district, ann.street = "北京市", "北京市", "朝阳区", "建国路 1 号"
        made = orders.start(session, customer=ann, currency="CNY", taken_by=bob, now=NOW)
        assert (made.address, made.recipient) == ("北京市朝阳区建国路 1 号", ann.name)

        orders.describe(session, order=made, address=" 2 Lane ", note="wrap it", actor=bob, now=NOW)
        assert (made.address, made.note) == ("2 Lane", "wrap it")
        orders.describe(session, order=made, address="", actor=bob, now=NOW)
        assert (made.address, made.note) == (None, "wrap it")

        western = Customer(
            name="X", language="en", created_at=NOW, updated_at=NOW, city="Leeds", street="1 A"
        )
        assert orders.address_of(western) == "Leeds, 1 A"


def test_an_empty_draft_is_taken_up_again_by_who_began_it(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, other, bob, carol = (
            customer(session),
            customer(session, 8),
            staff(session),
            staff(session, "Carol"),
        )

        def begin(of: Customer = ann, by: Staff = bob, currency: str = "CNY") -> int:
            return orders.start(session, customer=of, currency=currency, taken_by=by, now=NOW).id

        first = begin()
        assert [begin(), begin(by=carol), begin(of=other), begin(currency="USD")] == [first, 2, 3, 4]

        lines.add(session, order=session.get_one(Order, first), new=[TEA], actor=bob, now=NOW)
        assert begin() == 5


def test_each_change_is_in_the_trail_with_what_was_before(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = orders.start(session, customer=ann, currency="CNY", taken_by=bob, now=NOW)
        [tea] = lines.add(session, order=made, new=[TEA], actor=bob, now=NOW)
        lines.change(session, order=made, line_id=tea.id, quantity=1_000, actor=bob, now=NOW)
        lines.change(session, order=made, line_id=tea.id, quantity=1_000, actor=bob, now=NOW)
        orders.confirm(session, order=made, actor=bob, now=NOW)
        orders.cancel(session, order=made, reason="a slip", actor=ann, now=NOW)

        added = {"added": [{"name": "oolong", "quantity": 2_000, "price": 6_800}]}
        changed = {"changed": {"name": "oolong", "quantity": [2_000, 1_000]}}
        assert trail(session, "order") == [
            (f"staff:{bob.id}", "started", None, {"customer": ann.id, "currency": "CNY"}),
            (f"staff:{bob.id}", "amended", {"total": 0}, {"total": 13_600, **added}),
            (f"staff:{bob.id}", "amended", {"total": 13_600}, {"total": 6_800, **changed}),
            (f"staff:{bob.id}", "confirmed", {"state": "draft"}, {"state": "confirmed"}),
            (
                f"customer:{ann.id}",
                "cancelled",
                {"state": "confirmed", "cancel_reason": None},
                {"state": "cancelled", "cancel_reason": "a slip"},
            ),
        ]


def test_the_last_order_is_the_latest_that_stands(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        order(session, ann, bob, placed_at=NOW - 3 * DAY)
        second = order(session, ann, bob, placed_at=NOW - DAY)
        order(session, ann, bob, placed_at=NOW - 2 * DAY)
        draft = order(session, ann, bob, placed_at=NOW, confirmed=False)
        seen = [ann.last_order_at]
        orders.confirm(session, order=draft, actor=bob, now=NOW)
        seen.append(ann.last_order_at)
        orders.cancel(session, order=draft, reason="", actor=bob, now=NOW)
        seen.append(ann.last_order_at)
        orders.cancel(session, order=second, reason="", actor=bob, now=NOW)
        seen.append(ann.last_order_at)

        assert seen == [NOW - DAY, NOW, NOW - DAY, NOW - 2 * DAY]


def test_a_customer_without_orders_that_stand_has_no_last_one(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = order(session, ann, bob)
        orders.cancel(session, order=made, reason="", actor=bob, now=NOW)

        assert ann.last_order_at is None


def test_three_rows_of_a_sales_sheet_are_three_orders_of_6000(engine: Engine) -> None:
    """张三 1000, 李四 2000, 王五 3000: what an import of such a sheet does with the store."""
    with transaction(engine) as session:
        bob = staff(session)
        made = [
            order(
                session, customer(session, number), bob, [NewLine("sale", yuan * 100, 1_000)], source="import"
            )
            for number, yuan in ((1, 1000), (2, 2000), (3, 3000))
        ]

        assert sum(one.total for one in made) == 600_000
        assert [one.id for one, _ in orders.listed(session, shelf=Shelf.TO_PAY, limit=9)] == [3, 2, 1]


def test_staff_see_every_order_and_a_customer_their_own_without_drafts(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob, other = customer(session), staff(session), customer(session, 8)
        mine, draft = (
            order(session, ann, bob),
            orders.start(session, customer=ann, currency="CNY", taken_by=bob, now=NOW),
        )
        asked = order(session, ann, bob, confirmed=False)  # the web shop's, not confirmed yet
        theirs = order(session, other, bob)

        def seen(by: Customer | Staff) -> list[int]:
            found = []
            for order_id in (*range(6), 2**31, 10**10):
                try:
                    found.append(orders.get(session, order_id=order_id, seen_by=by).id)
                except NoSuchOrder:
                    continue
            return found

        assert seen(bob) == [mine.id, draft.id, asked.id, theirs.id]
        assert seen(ann) == [mine.id, asked.id]
        assert seen(other) == [theirs.id]
        own = orders.of_customer(session, customer=ann, drafts=False)
        assert [one.id for one in own] == [asked.id, mine.id]
        assert len(orders.of_customer(session, customer=ann)) == 3
        assert [one.id for one in orders.of_customer(session, customer=ann, limit=1, offset=1)] == [draft.id]


def test_each_shelf_holds_what_it_says(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made: dict[str, Order] = {}
        for name in (
            "draft",
            "new",
            "paid",
            "parcel",
            "done",
            "return",
            "back",
            "cancelled",
            "refund",
            "refunded",
        ):
            made[name] = order(session, ann, bob, [TEA], confirmed=name != "draft")
        for name in ("paid", "done", "return", "back", "cancelled", "refund", "refunded"):
            _pay(session, made[name], bob)
        for name in ("parcel", "done", "return", "back"):
            shipments.ship(session, order=made[name], carrier="sf", tracking_number=None, actor=bob, now=NOW)
        for name in ("done", "return", "back"):
            shipments.deliver(session, order=made[name], actor=bob, now=NOW)
        returns.ask(session, order=made["return"], reason="", actor=ann, now=NOW)
        back = returns.ask(session, order=made["back"], reason="", actor=ann, now=NOW)
        returns.approve(session, asked=back, by=bob, now=NOW)
        returns.receive(session, asked=back, actor=bob, now=NOW)
        orders.cancel(session, order=made["cancelled"], reason="", actor=bob, now=NOW)
        given = {"amount": 13_600, "reason": "", "actor": bob, "now": NOW}
        refunds.record(session, order=made["refunded"], **given)
        staff(session, "Olga", bob.role.OWNER)
        refunds.ask(session, order=made["refund"], amount=9, reason="", by=bob, approval_above=0, now=NOW)

        shelves = {
            shelf: {
                name
                for name, one in made.items()
                if one in [found for found, _ in orders.listed(session, shelf=shelf, limit=20)]
            }
            for shelf in Shelf
        }

        assert shelves == {
            Shelf.ALL: set(made),
            Shelf.DRAFTS: {"draft"},
            Shelf.TO_PAY: {"new", "parcel"},
            Shelf.TO_SHIP: {"new", "paid", "refund"},
            Shelf.UNDER_WAY: {"parcel"},
            Shelf.RETURNS: {"return"},
            Shelf.TO_REFUND: {"cancelled", "refund", "back"},
            Shelf.DONE: {"done", "return", "back"},
        }


def _pay(session: Session, made: Order, by: Staff) -> None:
    payments.pay(session, order=made, amount=made.total, method="cash", reference=None, actor=by, now=NOW)


def test_lists_are_newest_first_and_paged(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        for days in (2, 0, 1, 1):
            order(session, ann, bob, [KETTLE], placed_at=NOW - days * DAY)

        def page(offset: int) -> list[int]:
            return [one.id for one, _ in orders.listed(session, shelf=Shelf.ALL, limit=2, offset=offset)]

        assert (page(0), page(2), page(4)) == ([2, 4], [3, 1], [])
