"""Totals: rounded half up once a line, and never anywhere else."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from crm_store.engine import transaction
from crm_store.sales import lines, orders, totals
from crm_store.sales.lines import NewLine
from crm_store.sales.refusals import BadDiscount, BadLine
from crm_store.sales.tables import Order
from tests.crm_store.people import NOW, customer, staff
from tests.crm_store.sales.shop import KETTLE, TEA, held, order

PRICES = st.integers(0, 10**9)
QUANTITIES = st.integers(1, 10**7)


def test_nine_and_a_half_at_124_75_is_1185_13_in_the_line_and_in_the_total(engine: Engine) -> None:
    with transaction(engine) as session:
        made = order(session, customer(session), staff(session), [KETTLE])

        assert [line.total for line in held(session, made).lines] == [118_513]
        assert made.total == 118_513


@pytest.mark.parametrize(
    ("price", "quantity", "total"),
    [
        (12_475, 9_500, 118_513),  # 1185.125
        (1, 500, 1),  # half a fen is a whole one
        (1, 499, 0),
        (3, 333, 1),
        (0, 1_000, 0),
        (199, 1, 0),
    ],
)
def test_a_line_is_rounded_half_up_to_the_minor_unit(price: int, quantity: int, total: int) -> None:
    assert totals.line_total(price, quantity) == total


@given(PRICES, QUANTITIES)
def test_rounding_is_exact_arithmetic(price: int, quantity: int) -> None:
    exact = Fraction(price * quantity, 1000)

    assert totals.gross(price, quantity) == int(exact + Fraction(1, 2))


@given(st.integers(0, 10**12), st.integers(0, 1000))
def test_what_is_left_of_a_discount_in_per_cent_is_rounded_half_up(amount: int, kept: int) -> None:
    discount = totals.share_off(amount, rate=1000 - kept)

    assert amount - discount == int(Fraction(amount * kept, 1000) + Fraction(1, 2))
    assert 0 <= discount <= amount


@st.composite
def new_lines(draw: st.DrawFn) -> NewLine:
    price, quantity = draw(PRICES), draw(QUANTITIES)
    most = totals.gross(price, quantity)
    return NewLine("tea", price, quantity, discount=draw(st.integers(0, most)))


@given(st.lists(new_lines(), min_size=1, max_size=6), st.fractions(0, 1))
def test_an_orders_total_is_the_sum_of_its_lines_less_its_discount(
    new: list[NewLine], share: Fraction
) -> None:
    sums = [totals.gross(one.price, one.quantity) - one.discount for one in new]
    made = Order(
        customer_id=1, currency="CNY", placed_at=NOW, updated_at=NOW, discount=int(sum(sums) * share)
    )

    totals.retotal(made, [lines.row(made, one, cost=None) for one in new])

    assert made.total == sum(sums) - made.discount
    assert 0 <= made.total <= sum(sums)


def test_totals_follow_every_change_of_a_draft(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = orders.start(session, customer=ann, currency="CNY", taken_by=bob, now=NOW)
        tea, kettle = lines.add(session, order=made, new=[TEA, KETTLE], actor=bob, now=NOW)
        seen = [made.total]
        lines.change(session, order=made, line_id=tea.id, quantity=1_500, actor=bob, now=NOW)
        seen.append(made.total)
        lines.change(session, order=made, line_id=tea.id, discount=200, actor=bob, now=NOW)
        seen.append(made.total)
        lines.discount_order(session, order=made, discount=513, actor=bob, now=NOW)
        seen.append(made.total)
        lines.remove(session, order=made, line_id=kettle.id, actor=bob, now=NOW)
        seen.append(made.total)

        assert seen == [132_113, 128_713, 128_513, 128_000, 9_487]
        assert made.discount == 513


def test_a_discount_agreed_as_a_share_follows_the_lines_until_an_amount_is_said(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = order(session, ann, bob, [TEA], confirmed=False)
        [tea] = held(session, made).lines
        seen = []

        def keep() -> None:
            seen.append((tea.discount, tea.total, made.discount, made.total))

        lines.discount_order(session, order=made, rate=100, actor=bob, now=NOW)
        keep()
        lines.add(session, order=made, new=[KETTLE], actor=bob, now=NOW)
        keep()
        lines.change(session, order=made, line_id=tea.id, discount_rate=500, actor=bob, now=NOW)
        keep()
        lines.change(session, order=made, line_id=tea.id, quantity=1_000, actor=bob, now=NOW)
        keep()
        lines.change(session, order=made, line_id=tea.id, discount=0, actor=bob, now=NOW)
        lines.discount_order(session, order=made, discount=500, actor=bob, now=NOW)
        lines.change(session, order=made, line_id=tea.id, quantity=2_000, actor=bob, now=NOW)
        keep()

        assert seen == [
            (0, 13_600, 1_360, 12_240),
            (0, 13_600, 13_211, 118_902),
            (6_800, 6_800, 12_531, 112_782),
            (3_400, 3_400, 12_191, 109_722),
            (0, 13_600, 500, 131_613),
        ]


def test_a_discount_larger_than_what_is_left_shrinks_to_it(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = order(session, ann, bob, confirmed=False, discount=130_000)
        tea, kettle = held(session, made).lines
        lines.change(session, order=made, line_id=tea.id, discount=13_000, actor=bob, now=NOW)
        lines.change(session, order=made, line_id=tea.id, quantity=1_000, actor=bob, now=NOW)

        assert (tea.discount, tea.total, made.discount, made.total) == (6_800, 0, 118_513, 0)

        lines.remove(session, order=made, line_id=kettle.id, actor=bob, now=NOW)

        assert (made.discount, made.total) == (0, 0)


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (NewLine("  ", 1, 1_000), "name"),
        (NewLine("x" * 201, 1, 1_000), "long_name"),
        (NewLine("tea", -1, 1_000), "price"),
        (NewLine("tea", totals.LARGEST + 1, 1_000), "price"),
        (NewLine("tea", totals.LARGEST, 2_000), "price"),
        (NewLine("tea", 1, 0), "quantity"),
        (NewLine("tea", 1, -1_000), "quantity"),
        (NewLine("tea", 1, totals.LARGEST + 1), "quantity"),
        (NewLine("tea", 100, 1_000, discount=101), "discount"),
        (NewLine("tea", 100, 1_000, discount=-1), "discount"),
    ],
)
def test_a_line_that_cannot_be_is_refused_by_name(sqlite: Engine, new: NewLine, problem: str) -> None:
    with transaction(sqlite) as session:
        ann, bob = customer(session), staff(session)
        made = order(session, ann, bob, confirmed=False)

        with pytest.raises(BadLine) as refused:
            lines.add(session, order=made, new=[TEA, new], actor=bob, now=NOW)

        assert refused.value.facts["problem"] == problem
        assert (len(held(session, made).lines), made.total) == (2, 132_113)


def test_an_order_has_at_least_one_line_and_at_most_200(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        ann, bob = customer(session), staff(session)
        for new, problem in (([], "none"), ([TEA] * 201, "many")):
            with pytest.raises(BadLine) as refused:
                order(session, ann, bob, new)
            assert refused.value.facts["problem"] == problem
        full = order(session, ann, bob, [TEA] * 200, confirmed=False)

        with pytest.raises(BadLine):
            lines.add(session, order=full, new=[TEA], actor=bob, now=NOW)


@pytest.mark.parametrize("discount", [-1, 132_114])
def test_a_discount_is_neither_negative_nor_more_than_the_lines(engine: Engine, discount: int) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        made = order(session, ann, bob, confirmed=False)

        with pytest.raises(BadDiscount):
            lines.discount_order(session, order=made, discount=discount, actor=bob, now=NOW)
        with pytest.raises(BadDiscount):
            order(session, ann, bob, discount=discount)

        assert (made.discount, made.total) == (0, 132_113)
