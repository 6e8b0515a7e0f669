"""Who wants no offers any more says so in a word, and is out at once; service goes on."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers import consents, customers
from crm_store.customers.tables import ConsentState, Customer, Purpose
from crm_store.engine import transaction
from crm_store.mailbox.outbox import BULK
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.marketing import campaigns, feeding, gate
from crm_store.marketing.rendering import Message, Missing
from crm_store.marketing.states import Blocked
from crm_store.marketing.tables import Campaign, CampaignMember, OptOut
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.customer.subscription import with_way_out
from tests.crm_store.marketing import people as marketing
from tests.talk import WORDS, Person, Talk, texts

ANN = 7_000_000_000


def is_blocked(talk: Talk, user_id: int = ANN) -> Blocked | None:
    with transaction(talk.engine) as session:
        customer = customers.by_user_id(session, user_id=user_id)
        assert customer is not None
        found = gate.reasons(session, customer_ids=[customer.id], rules=talk.desk.campaigns, now=talk.now)
        return found.get(customer.id)


def subscriber(talk: Talk, language: str = "en") -> Person:
    ann = talk.customer(language_code=language)
    ann.say("/sub")
    assert is_blocked(talk) is None
    return ann


def campaign(session: Session, talk: Talk) -> Campaign:
    """One whose messages wait in the outbox."""
    running = marketing.running(session, now=talk.now)
    assert marketing.feed(session, running, now=talk.now).queued
    return running


@pytest.mark.parametrize(
    "words",
    [
        "退订", "退订。", "【退订】", " 退订！！ ", "TD", "td", "ＴＤ", "T", "ｔ。", "别再发了",
        "别再发了！", "STOP", "stop.", "Unsubscribe", "unsubscribe!!", "/stop", "取消订阅",
        "请退订", "我要退订！", "帮我取消订阅", "回T退订", "回复TD退订",
        "退订，谢谢", "不要再给我发广告了", "别发优惠短信了", "Please stop",
        "unsubscribe me please", "STOPALL",
    ],
)  # fmt: skip
def test_a_word_is_enough_however_wide_and_whatever_stands_behind_it(talk: Talk, words: str) -> None:
    ann = subscriber(talk)

    sent = ann.say(words)

    assert texts(sent, ann) == [talk.render("customer/subscription/stopped.html.j2")]
    assert is_blocked(talk) == Blocked.OPTED_OUT
    with transaction(talk.engine) as session:
        assert session.scalars(select(Ticket)).all() == []


@pytest.mark.parametrize(
    "words",
    [
        "退订酒店的订单",
        "退订 昨天的订单",
        "please stop by at nine",
        "don't stop",
        "TD 12",
        "订阅 杂志怎么订",
        "拒收",
        "别发了",
        "please stop the parcel",
        "no more messages",
    ],
)
def test_a_sentence_with_the_word_in_it_is_a_message_like_any_other(talk: Talk, words: str) -> None:
    ann = subscriber(talk)

    ann.say(words)

    assert is_blocked(talk) is None
    with transaction(talk.engine) as session:
        assert len(session.scalars(select(Ticket)).all()) == 1


@pytest.mark.parametrize(
    "words", ["别发了", "不要再发", "不想再收到了", "拒收", "Stop sending me these!", "no more messages."]
)
def test_what_might_be_said_of_a_parcel_counts_after_a_campaigns_message(talk: Talk, words: str) -> None:
    ann = subscriber(talk, "zh")
    with transaction(talk.engine) as session:
        campaign(session, talk)
    talk.deliver()

    ann.say(words)

    assert is_blocked(talk) == Blocked.OPTED_OUT


def test_a_single_letter_may_be_the_answer_to_a_question(talk: Talk) -> None:
    ann = subscriber(talk)
    ann.say("/complain")

    ann.say("T")
    after = is_blocked(talk)
    ann.say("/complain")
    ann.say("TD")

    assert (after, is_blocked(talk)) == (None, Blocked.OPTED_OUT)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "订阅"), ("zh", "订阅。"), ("en", "/sub"), ("en", "Subscribe")]
)
def test_only_they_themselves_come_back_and_are_told_in_their_language(
    talk: Talk, language: str, words: str
) -> None:
    ann = subscriber(talk, language)
    said = ann.say("退订") + ann.say(words)

    assert texts(said, ann) == [
        talk.render(f"customer/subscription/{name}.html.j2", language=language)
        for name in ("stopped", "subscribed")
    ]
    assert is_blocked(talk) is None


def test_the_button_under_the_message_takes_back_what_waits_and_says_which_it_was(
    talk: Talk,
) -> None:
    ann = subscriber(talk)
    with transaction(talk.engine) as session:
        first = campaign(session, talk)
    talk.deliver()
    with transaction(talk.engine) as session:
        feeding.settle(session, now=talk.now)
    talk.later(days=8)
    with transaction(talk.engine) as session:
        second = campaign(session, talk)

    ann.tap(f"optout:{first.id}")

    with transaction(talk.engine) as session:
        waiting = session.scalars(
            select(Outbox).where(col(Outbox.priority) == BULK, col(Outbox.state) == OutboxState.PENDING)
        ).all()
        left = session.get_one(CampaignMember, (first.id, 1)).opted_out_at
        feed = marketing.feed(session, campaigns.get(session, number=second.id), now=talk.now)
        reasons = session.scalars(select(OptOut)).all()
    assert (waiting, left, feed.queued) == ([], talk.now, 0)
    assert [(one.reason, one.campaign_id) for one in reasons] == [("button", first.id)]


@pytest.mark.parametrize("number", [0, -1, 7, 10**12])
def test_a_button_of_no_campaign_opts_out_all_the_same(talk: Talk, number: int) -> None:
    ann = subscriber(talk)

    ann.tap(f"optout:{number}")

    assert (talk.group.failed, is_blocked(talk)) == (0, Blocked.OPTED_OUT)


def block(talk: Talk, person: Person, status: str) -> None:
    member = {"user": person.user, "status": "member"}
    bot = {"user": {"id": 123456, "is_bot": True, "first_name": "Tea"}, "status": status}
    talk.update(
        my_chat_member={
            "chat": person.chat,
            "from": person.user,
            "date": int(talk.now.timestamp()),
            "old_chat_member": {**bot, "status": member["status"]},
            "new_chat_member": {**bot, **({"until_date": 0} if status == "kicked" else {})},
        }
    )


def test_who_blocks_the_bot_hears_of_no_offers_when_they_are_back_and_is_served(talk: Talk) -> None:
    ann = subscriber(talk)
    block(talk, ann, "kicked")
    gone = is_blocked(talk)
    block(talk, ann, "member")
    back = is_blocked(talk)
    sent = ann.say("my kettle leaks")

    assert (gone, back) == (Blocked.UNREACHABLE, Blocked.OPTED_OUT)
    assert len(texts(sent, ann)) == 1


def test_who_opted_out_is_served_as_before(talk: Talk) -> None:
    ann = subscriber(talk)
    ann.say("TD")

    sent = ann.say("my kettle leaks")

    with transaction(talk.engine) as session:
        customer, ticket = session.get_one(Customer, 1), session.get_one(Ticket, 1)
        assert consents.current(session, customer=customer) == {Purpose.MARKETING: ConsentState.WITHDRAWN}
        assert texts(sent, ann) == [
            talk.render("customer/ticket/opened.html.j2", ticket=ticket, opens_at=None)
        ]


def test_staff_are_no_subscribers(talk: Talk) -> None:
    boss = talk.staff(1001, "Olga", Role.MANAGER)

    assert texts(boss.say("/stop"), boss) == [talk.render("refused/unknown_command.html.j2")]
    assert texts(boss.say("退订"), boss) != [talk.render("customer/subscription/stopped.html.j2")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_campaign_message_has_the_button_whatever_rendered_it(talk: Talk, language: str) -> None:
    subscriber(talk, language)
    mine = {"inline_keyboard": [[{"text": "Shop", "url": "https://tea.example"}]]}
    label = WORDS.label(language, "buttons", "opt_out")
    with transaction(talk.engine) as session:
        running = marketing.running(session, now=talk.now)
        [arm] = campaigns.arms(session, campaign=running)
        customer = session.get_one(Customer, 1)
        bare = with_way_out(marketing.render, WORDS)
        full = with_way_out(lambda *_: Message("sendMessage", {"text": "x", "reply_markup": mine}), WORDS)
        twice = with_way_out(full, WORDS)
        none = with_way_out(lambda *_: Missing("city"), WORDS)
        made = [one(session, running, arm, customer) for one in (bare, full, twice, none)]

    out = [{"text": label, "callback_data": f"optout:{running.id}"}]
    rows = [one.params["reply_markup"]["inline_keyboard"] for one in made[:3] if isinstance(one, Message)]
    assert rows == [[out], [*mine["inline_keyboard"], out], [*mine["inline_keyboard"], out]]
    assert made[3] == Missing("city")


def test_an_opt_out_long_after_a_message_is_no_campaigns_fault(talk: Talk) -> None:
    ann = subscriber(talk)
    with transaction(talk.engine) as session:
        first = campaign(session, talk)
    talk.deliver()
    with transaction(talk.engine) as session:
        feeding.settle(session, now=talk.now)
    talk.now += timedelta(days=4)

    ann.say("TD")

    with transaction(talk.engine) as session:
        assert session.get_one(CampaignMember, (first.id, 1)).opted_out_at is None
