"""Who comes again and who was sent by others, where managers ask what people spend."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_store.analysis import brand
from crm_store.engine import transaction
from crm_store.mailbox.tables import Job
from crm_store.staff.roles import Role
from tests.handlers.shop import customer, order
from tests.talk import Talk


def test_stats_say_who_comes_again_and_who_was_sent(talk: Talk) -> None:
    mary = talk.staff(50, "Mary", Role.MANAGER)
    for at in range(12):
        ann = customer(talk, f"Ann {at}")
        order(talk, ann, 10_000)
        if at < 3:
            order(talk, ann, 10_000, at=talk.now - timedelta(days=90))

    [told] = mary.say("/stats")

    assert told.text.endswith(
        "<b>How many come again, and by whom</b>\n"
        "Came again: 3 of 12 buyers, 25% (9%–53%), 25% of sales\n"
        "Sent by others: 0 of 12 new customers, 0% (0%–24%)"
    )


def test_in_a_month_of_many_newcomers_they_are_counted_beside_the_conversation(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mary = talk.staff(50, "Mary", Role.MANAGER)
    monkeypatch.setattr(brand, "FEW", 1)
    customer(talk, "Ann")
    mary.say("/stats")
    with transaction(talk.engine) as session:
        few = session.scalars(select(Job)).all()
    customer(talk, "Bob")

    mary.say("/stats")

    with transaction(talk.engine) as session:
        assert (few, [one.kind for one in session.scalars(select(Job))]) == ([], ["sales"])
