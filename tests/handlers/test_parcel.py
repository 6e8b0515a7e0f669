"""Where is my order? Answered at once; what was written is never lost."""

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from crm_store.analysis.intent import IntentModel
from crm_store.analysis.training import train
from crm_store.engine import transaction
from crm_store.service.states import Kind
from crm_store.service.tables import Message, Ticket
from tests.handlers.buying import buy, cancel, pay, ship
from tests.handlers.desk import to
from tests.talk import Person, Talk, texts

WHERE = "我的快递到哪里了"
WHERE_EN = "Where is my parcel? I ordered it last week"


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return train()


@pytest.fixture
def talk(sqlite: Engine, model: IntentModel) -> Talk:
    return Talk(sqlite, classifier=model)


@pytest.fixture
def ann(talk: Talk) -> Person:
    person = talk.customer(language_code="zh")
    person.say("/start")
    return person


def tickets(talk: Talk) -> list[tuple[str, Kind, int | None]]:
    with transaction(talk.engine) as session:
        return [
            (one.number, one.kind, one.order_id)
            for one in session.scalars(select(Ticket).order_by(col(Ticket.id)))
        ]


def kept(talk: Talk) -> list[tuple[int | None, str]]:
    with transaction(talk.engine) as session:
        return [
            (one.ticket_id, one.text) for one in session.scalars(select(Message).order_by(col(Message.id)))
        ]


def test_the_parcel_is_told_and_the_question_is_kept(talk: Talk, ann: Person) -> None:
    order = buy(talk, ann)
    pay(talk, order, 25_600)
    ship(talk, order)

    [told] = to(ann.say(WHERE), ann)

    assert told.text == (
        "🚚 订单 <b>O1</b> 已发货，正在路上：\n"
        "📦 顺丰速运 <code>SF123456</code> · 10:00 发出\n\n"
        "还有疑问就点“问问客服”，您刚才的话会一起转给同事。"
    )
    assert told.buttons == ("🧾 查看订单", "💬 问问客服")
    assert (tickets(talk), kept(talk)) == ([], [(None, WHERE)])


def test_one_tap_hands_the_question_to_a_person_with_the_order(talk: Talk, ann: Person) -> None:
    bob = talk.staff(1, "Bob", language_code="zh")
    buy(talk, ann)
    [told] = to(ann.say(WHERE), ann)

    sent = ann.tap(told.data[1])

    assert tickets(talk) == [("T1", Kind.ORDER_STATUS, 1)]
    assert kept(talk) == [(1, WHERE)]
    assert "T1" in texts(sent, ann)[0]
    assert WHERE in texts(sent, bob)[0]
    [card] = to(bob.say("T1"), bob)
    assert "🧾 O1 · 已确认 · 未付款 · 未发货 · ¥256.00" in card.text
    assert "🧾 O1" in card.buttons


def test_tapping_twice_makes_one_ticket(talk: Talk, ann: Person) -> None:
    buy(talk, ann)
    [told] = to(ann.say(WHERE), ann)
    ann.tap(told.data[1])

    ann.tap(told.data[1])

    assert tickets(talk) == [("T1", Kind.ORDER_STATUS, 1)]


def test_who_writes_on_gets_a_person_who_reads_it_all(talk: Talk, ann: Person) -> None:
    buy(talk, ann)
    ann.say(WHERE)
    talk.later(minutes=5)

    ann.say("怎么还没发货，物流也查不到")

    assert [number for number, _, _ in tickets(talk)] == ["T1"]
    assert kept(talk) == [(1, WHERE), (1, "怎么还没发货，物流也查不到")]


def test_thanks_after_the_answer_open_nothing_and_the_next_day_it_is_answered_again(
    talk: Talk, ann: Person
) -> None:
    buy(talk, ann)
    ann.say(WHERE)
    ann.say("谢谢")
    talk.later(hours=20)

    [told] = to(ann.say(WHERE), ann)

    assert "正在备货" in told.text or "未付" in told.text
    assert tickets(talk) == []


@pytest.mark.parametrize(
    "text",
    [
        "收到的杯子是碎的，客服还不理人，太差了",
        "qwrtplk",
        "你们周末营业吗",
        "O1 收到的杯子是碎的，太差了，我要投诉",
    ],
)
def test_anything_else_is_a_ticket_as_ever(talk: Talk, ann: Person, text: str) -> None:
    buy(talk, ann)

    ann.say(text)

    assert kept(talk) == [(1, text)]


def test_a_ticket_knows_the_order_that_its_words_name(talk: Talk, ann: Person) -> None:
    buy(talk, ann)

    ann.say("O1 收到的杯子是碎的，太差了，我要投诉")

    assert [order for _, _, order in tickets(talk)] == [1]


def test_without_orders_it_is_a_ticket_as_ever(talk: Talk, ann: Person) -> None:
    buy(talk, ann, confirmed=False, source="staff")  # a draft of the staff's is no order yet

    ann.say(WHERE)

    assert tickets(talk) == [("T1", Kind.ORDER_STATUS, None)]


def test_a_customer_who_waits_for_an_answer_is_not_answered_by_the_bot(talk: Talk, ann: Person) -> None:
    buy(talk, ann)
    ann.say("/ask 能开发票吗")

    sent = ann.say(WHERE)

    assert texts(sent, ann) == []
    assert kept(talk) == [(1, "能开发票吗"), (1, WHERE)]


def test_beside_a_quiet_ticket_the_order_is_told_and_a_person_reads_it_too(talk: Talk, ann: Person) -> None:
    order = buy(talk, ann)
    ann.say("/ask 能开发票吗")
    talk.later(hours=2)
    pay(talk, order, 25_600)
    ship(talk, order)

    told = texts(ann.say(WHERE), ann)
    again = texts(ann.say("怎么还没到，物流也查不到"), ann)

    assert told == [
        "🚚 订单 <b>O1</b> 已发货，正在路上：\n"
        "📦 顺丰速运 <code>SF123456</code> · 12:00 发出\n\n"
        "还有疑问就点“问问客服”。"
    ]
    assert again == []
    assert [ticket for ticket, _ in kept(talk)] == [1, 1, 1]


def test_danger_goes_to_a_person_at_once(talk: Talk, ann: Person) -> None:
    buy(talk, ann)

    ann.say("快递到哪了？里面的充电宝会爆炸起火，快点")

    assert [number for number, _, _ in tickets(talk)] == ["T1"]


def test_the_order_that_is_named_is_the_one_that_is_told(talk: Talk, ann: Person) -> None:
    first = buy(talk, ann, external_number="2308871142003")
    ship(talk, first, "SF777777")
    talk.later(hours=1)
    buy(talk, ann)

    said = [to(ann.say(text), ann)[0].text for text in ("O1", "Ｏ１ 发货了吗")]
    talk.later(days=2)
    said.append(to(ann.say("订单2308871142003，现在什么状态"), ann)[0].text)
    talk.later(days=2)
    said.append(to(ann.say("SF777777"), ann)[0].text)

    assert [("O1" in text, "O2" in text) for text in said] == [(True, False)] * 4


def test_of_several_the_latest_open_one_is_told_and_the_others_are_offered(talk: Talk, ann: Person) -> None:
    cancel(talk, buy(talk, ann))
    buy(talk, ann)
    talk.later(hours=1)
    buy(talk, ann)

    [told] = to(ann.say(WHERE), ann)

    assert "<b>O3</b>" in told.text
    assert told.buttons == ("🧾 查看订单", "💬 问问客服", "O2 · 待付款")
    [other] = to(ann.tap(told.data[2]), ann)
    assert "<b>O2</b>" in other.text


def test_where_all_are_over_the_customer_chooses(talk: Talk, ann: Person) -> None:
    for _ in range(2):
        cancel(talk, buy(talk, ann))

    [asked] = to(ann.say(WHERE), ann)

    assert asked.buttons == ("O2 · 已取消", "O1 · 已取消", "💬 问问客服")
    ann.tap(asked.data[2])
    assert (tickets(talk), kept(talk)) == ([("T1", Kind.ORDER_STATUS, None)], [(1, WHERE)])


def test_nobody_is_told_of_anybody_elses_order(talk: Talk, ann: Person) -> None:
    buy(talk, ann, external_number="2308871142003")
    ship(talk, 1, "SF777777")
    mallory = talk.person(666, "Mallory", "zh")
    mallory.say("/start")

    sent = [
        *mallory.say("O1"),
        *mallory.say("O1 发货了吗"),
        *mallory.say("SF777777 到哪了"),
        *mallory.say(WHERE),
    ]
    sent += [*mallory.tap("myowhere:1"), *mallory.tap("myo:1"), *mallory.tap("myoask:1")]

    assert not any("SF777777" in one.text or "256" in one.text or "Oolong" in one.text for one in sent)
    assert {order for _, _, order in tickets(talk)} == {None}


def test_in_english_too(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/start")
    order = buy(talk, ann)
    pay(talk, order, 25_600)

    [told] = to(ann.say(WHERE_EN), ann)

    assert told.text == (
        "📦 Order <b>O1</b> is being packed and has not left yet. "
        "You get the tracking number when it does.\n\n"
        'Is something still not clear? Tap "Ask a person": your words go along.'
    )


def test_a_question_with_nothing_held_is_asked_for_and_goes_to_the_orders_ticket(
    talk: Talk, ann: Person
) -> None:
    buy(talk, ann)
    ann.tap("myoask:1")
    ann.say("能换个颜色吗")
    ann.tap("myoask:1")
    ann.say("换成红色")

    assert tickets(talk) == [("T1", Kind.ORDER_STATUS, 1)]
    assert kept(talk) == [(1, "能换个颜色吗"), (1, "换成红色")]
