"""Who answers a campaign: it is written down once, and the ticket says which campaign it was."""

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from crm_store.engine import transaction
from crm_store.mailbox.tables import Outbox
from crm_store.marketing.tables import CampaignMember
from crm_store.service.tables import Ticket
from tests.handlers.campaigns.marketing import boss, fans, shop
from tests.handlers.campaigns.test_course import running, send
from tests.talk import Talk


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return shop(engine)


def replied(talk: Talk) -> list[bool]:
    with transaction(talk.engine) as session:
        found = session.scalars(select(CampaignMember).order_by(col(CampaignMember.campaign_id)))
        return [one.replied_at is not None for one in found]


def tickets(talk: Talk) -> list[int | None]:
    with transaction(talk.engine) as session:
        return list(session.scalars(select(col(Ticket.campaign_id)).order_by(col(Ticket.id))))


def place(talk: Talk, number: int) -> int:
    """Where a campaign's message stands in the customer's chat."""
    with transaction(talk.engine) as session:
        found = session.scalars(select(Outbox).where(col(Outbox.key) == f"campaign:{number}:1")).one()
        assert found.telegram_id is not None
        return found.telegram_id


def sent(talk: Talk) -> None:
    olga = boss(talk)
    olga.say("/on")
    fans(talk, 1)
    running(talk, olga)
    send(talk)


def test_the_first_message_within_three_days_is_an_answer(talk: Talk) -> None:
    sent(talk)
    talk.later(hours=71)

    told = talk.customer().say("I want some")

    assert (replied(talk), tickets(talk)) == ([True], [1])
    [notice] = [one for one in told if one.to == 1]
    assert "📣 M1" in notice.text
    card = talk.person(1, "Olga").say("/t T1")[-1]
    assert "📣 Answers M1 Spring" in card.text


def test_an_answer_may_be_faster_than_we_look_what_became_of_the_message(talk: Talk) -> None:
    olga = boss(talk)
    fans(talk, 2)
    running(talk, olga)
    send(talk, settle=False)

    talk.customer().say("I want some")
    talk.customer(7_000_000_001).tap("optout:1")

    assert tickets(talk) == [1]
    with transaction(talk.engine) as session:
        ann, bob = (session.get_one(CampaignMember, (1, one)) for one in (1, 2))
        assert (ann.state, bob.state) == ("sent", "sent")
        assert (ann.replied_at, bob.opted_out_at) == (talk.now, talk.now)


def test_later_it_is_not(talk: Talk) -> None:
    sent(talk)
    talk.later(hours=73)

    talk.customer().say("I want some")

    assert (replied(talk), tickets(talk)) == ([False], [None])


def test_a_reply_to_the_message_itself_always_is(talk: Talk) -> None:
    sent(talk)
    at = place(talk, 1)
    talk.later(days=30)

    talk.customer().say("I want some", reply_to=at)

    assert (replied(talk), tickets(talk)) == ([True], [1])


def test_a_reply_to_an_older_campaign_is_of_that_one(talk: Talk) -> None:
    sent(talk)
    at = place(talk, 1)
    talk.later(days=8)
    running(talk, talk.person(1, "Olga"))
    send(talk, 2)

    talk.customer().say("that one, please", reply_to=at)

    assert (replied(talk), tickets(talk)) == ([True, False], [1])


def test_only_the_first_answer_counts(talk: Talk) -> None:
    sent(talk)
    talk.customer().say("I want some")
    with transaction(talk.engine) as session:
        first = session.get_one(CampaignMember, (1, 1)).replied_at
    talk.later(hours=1)

    talk.customer().say("two, please")

    with transaction(talk.engine) as session:
        assert session.get_one(CampaignMember, (1, 1)).replied_at == first


def test_who_got_nothing_answers_nothing(talk: Talk) -> None:
    sent(talk)

    talk.customer(7_000_000_009).say("hello? a question")
    talk.customer(7_000_000_009).say("and another")

    assert (replied(talk), tickets(talk)) == ([False], [None])


def test_the_campaign_stands_in_the_timeline_and_on_the_card(talk: Talk) -> None:
    sent(talk)
    talk.customer().say("I want some")
    olga = talk.person(1, "Olga")

    timeline, card = olga.say("/timeline C1")[-1], olga.say("/customer C1")[-1]

    assert "📣 <b>M1</b> Spring · 10:00 · sent · replied" in timeline.text
    assert "📣 M1 Spring · 20 Nov 2026 · replied" in card.text
    assert "Campaigns" in timeline.buttons
    only = olga.tap(timeline.data[timeline.buttons.index("Campaigns")])[-1]
    assert [line for line in only.text.splitlines() if line.startswith("👤")] == []
