"""Who brought whom: signed links, once, by nobody's own, and still right when two become one."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from crm_store.customers import filters, merging, referrals
from crm_store.customers.tables import Customer, Touchpoint
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from tests.crm_store.people import NOW, customer, staff, trail

LATER = NOW + timedelta(days=1)


def known(session: Session, name: str, *, age: int = 0, by: Customer | None = None) -> Customer:
    """A customer since so many days, whom somebody brought or nobody did."""
    at = NOW - timedelta(days=age)
    one = Customer(name=name, language="zh", created_at=at, updated_at=at, referred_by_id=by and by.id)
    session.add(one)
    session.flush()
    return one


def test_a_link_says_whose_it_is_and_cannot_be_made_up(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = known(session, "Ann"), known(session, "Bob")
        one, other = (referrals.token(session, customer=who) for who in (ann, bob))

        assert one != other
        assert referrals.token(session, customer=ann) == one
        assert referrals.whose(session, one) is ann
        swapped = one.replace(f"r_{ann.id}-", f"r_{bob.id}-")
        nobody = referrals.token(session, customer=Customer(id=999, name="", language="zh"))
        for forged in (swapped, one[:-1] + "!", one + "x", "r_weibo", "", nobody):
            assert referrals.whose(session, forged) is None
        assert [referrals.looks_right(said) for said in (one, swapped, "r_weibo", "weibo")] == [
            True,
            True,
            False,
            False,
        ]


def test_who_is_brought_is_brought_once_and_their_source_says_so(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob, carol = known(session, "Ann"), known(session, "Bob"), customer(session)

        for by in (carol, ann, bob):
            referrals.bring(session, customer=carol, by=by, now=NOW)

        assert (carol.referred_by_id, carol.source) == (ann.id, "referral")
        assert [referrals.brought(session, customer=one) for one in (ann, bob, carol)] == [1, 0, 0]
        assert [one.source for one in session.scalars(select(Touchpoint))] == ["referral"]
        assert trail(session, "customer")[1:] == [
            (f"customer:{carol.id}", "referred", None, {"referred_by_id": ann.id}),
            (f"customer:{carol.id}", "source", None, {"source": "referral"}),
        ]


def test_whom_somebody_brought_goes_with_them_and_comes_back(engine: Engine) -> None:
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.MANAGER)
        kept, gone = known(session, "Ann", age=9), known(session, "Ann Z", age=8)
        friends = [known(session, "Bob", by=kept), known(session, "Carol", by=gone)]
        link = referrals.token(session, customer=gone)

        merging.merge(session, kept=kept, gone=gone, by=mia, now=NOW)

        assert [one.referred_by_id for one in friends] == [kept.id, kept.id]
        assert referrals.brought(session, customer=kept) == 2
        assert referrals.whose(session, link) == kept
        assert _found(session, f"referred_by:{gone.number}") == ["Carol", "Bob"]

        merging.unmerge(session, number=gone.id, by=mia, now=LATER)

        session.expire_all()
        assert [one.referred_by_id for one in friends] == [kept.id, gone.id]


@pytest.mark.parametrize(
    ("kept_age", "gone_age", "said_by"),
    [(5, 1, "kept"), (1, 5, "gone")],
)
def test_of_two_who_are_one_the_older_says_by_whom_they_came(
    engine: Engine, kept_age: int, gone_age: int, said_by: str
) -> None:
    """The younger was met when they were a customer already."""
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.MANAGER)
        bob, carol = known(session, "Bob", age=30), known(session, "Carol", age=30)
        kept = known(session, "Ann", age=kept_age, by=bob)
        gone = known(session, "Ann Z", age=gone_age, by=carol)

        merging.merge(session, kept=kept, gone=gone, by=mia, now=NOW)

        assert kept.referred_by_id == {"kept": bob.id, "gone": carol.id}[said_by]
        merging.unmerge(session, number=gone.id, by=mia, now=LATER)
        assert (kept.referred_by_id, gone.referred_by_id) == (bob.id, carol.id)


def test_nobody_is_brought_by_themselves_nor_by_whom_they_brought(engine: Engine) -> None:
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.MANAGER)
        ann = known(session, "Ann", age=9)
        second = known(session, "Ann's other phone", age=5, by=ann)
        merging.merge(session, kept=second, gone=ann, by=mia, now=NOW)
        assert second.referred_by_id is None

        eve = known(session, "Eve", age=20)
        bob = known(session, "Bob", age=15, by=eve)
        again = known(session, "Eve again", age=30, by=bob)
        merging.merge(session, kept=eve, gone=again, by=mia, now=NOW)

        assert (eve.referred_by_id, bob.referred_by_id) == (None, eve.id)


def _found(session: Session, text: str) -> list[str]:
    filtered = filters.read(session, text)
    return [one.name for one in filters.matching(session, filtered=filtered, by=None, limit=9)]


def test_filters_find_who_was_brought_and_by_whom(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = known(session, "Ann")
        known(session, "Bob", by=ann)
        known(session, "Carol")

        for said, names in (
            ("referred:yes", ["Bob"]),
            ("被介绍:否", ["Carol", "Ann"]),
            (f"referred_by:{ann.number}", ["Bob"]),
            (f"介绍人：{ann.number}", ["Bob"]),
            ("-referred_by:none", ["Bob"]),
            (f"-referred_by:{ann.number}", ["Carol", "Ann"]),
        ):
            assert _found(session, said) == names, said
        with pytest.raises(filters.BadFilterValue) as refused:
            filters.read(session, "referred_by:C999")
        assert refused.value.facts["wants"] == "customer"
