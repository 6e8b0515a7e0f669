"""A customer's own orders: seen, and asked about; staff decide."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from crm_store.customers import records
from crm_store.customers.tables import ContactKind
from crm_store.engine import transaction
from crm_store.sales import orders
from crm_store.sales.states import OrderState, ReturnState
from crm_store.sales.tables import Order, Return
from crm_store.service.states import Kind
from crm_store.service.tables import Message, Ticket
from tests.handlers.buying import POT, TEA, buy, cancel, deliver, give_back, pay, ship, whole_of
from tests.handlers.desk import photo, to
from tests.talk import Person, Talk, texts


@pytest.fixture
def ann(talk: Talk) -> Person:
    person = talk.customer()
    person.say("/start")
    return person


def delivered(talk: Talk, ann: Person) -> int:
    order = buy(talk, ann, TEA, POT)
    pay(talk, order, 52_400)
    ship(talk, order)
    deliver(talk, order)
    return order


def tickets(talk: Talk) -> list[tuple[int, Kind, int | None]]:
    with transaction(talk.engine) as session:
        return [
            (one.id, one.kind, one.order_id)
            for one in session.scalars(select(Ticket).order_by(col(Ticket.id)))
        ]


def said(talk: Talk) -> list[str]:
    with transaction(talk.engine) as session:
        return [one.text for one in session.scalars(select(Message).order_by(col(Message.id)))]


def returned(talk: Talk) -> list[tuple[ReturnState, str, int | None]]:
    with transaction(talk.engine) as session:
        return [(one.state, one.reason, one.ticket_id) for one in session.scalars(select(Return))]


def test_who_has_no_orders_here_is_told_how_to_find_them(talk: Talk, ann: Person) -> None:
    assert texts(ann.say("订单"), ann) == texts(ann.say("我的订单"), ann)
    assert texts(ann.say("我的订单"), ann) == [talk.render("customer/order/none.html.j2")]
    assert "/bind" in talk.render("customer/order/none.html.j2")


def test_the_list_is_paged_and_says_where_each_is(talk: Talk, ann: Person) -> None:
    for _ in range(7):
        buy(talk, ann)
        talk.later(minutes=1)
    pay(talk, 7, 25_600)
    ship(talk, 6)

    [first] = to(ann.say("/orders"), ann)
    [second] = to(ann.tap(first.data[-1]), ann)

    assert first.buttons == (
        "O7 · being packed",
        "O6 · on its way",
        *(f"O{number} · to be paid" for number in (5, 4, 3, 2)),
        "Older ➡️",
    )
    assert second.buttons == ("O1 · to be paid", "⬅️ Newer")
    assert second.method == "editMessageText"


def test_one_order_says_what_is_in_it_what_is_due_and_where_it_is(talk: Talk, ann: Person) -> None:
    order = buy(talk, ann, TEA, POT, note="a thief, watch out", address="1 Lane & Co", recipient="Ann")
    pay(talk, order, 12_400)
    ship(talk, order, lines={0: 1_000})

    [shown] = to(ann.say("o1"), ann)

    assert shown.text == (
        "🧾 <b>O1</b> · partly on its way\n"
        "Placed 10:00\n\n"
        "• Oolong &lt;b&gt;张 × 2 · ¥256.00\n"
        "• Tea pot × 1 · ¥268.00\n"
        "Total: <b>¥524.00</b>\n"
        "Paid: ¥124.00\n"
        "Still to pay: <b>¥400.00</b>\n\n"
        "Goes to: Ann, 1 Lane &amp; Co\n\n"
        "📦 SF Express <code>SF123456</code> · sent 10:00\n"
        "  Oolong &lt;b&gt;张 × 1\n"
        "⏳ Still to be sent:\n"
        "  Oolong &lt;b&gt;张 × 1\n"
        "  Tea pot × 1"
    )
    assert shown.buttons == ("📦 Where is it", "💬 Ask a person", "⬅️ My orders")
    assert all(shown.row.params["reply_markup"]["inline_keyboard"])


def test_the_ways_are_those_that_the_order_allows(talk: Talk, ann: Person) -> None:
    buy(talk, ann, external_number="WEB-77812")
    [fresh] = to(ann.say("/orders WEB-77812"), ann)
    delivered(talk, ann)
    [there] = to(ann.say("/orders O2"), ann)

    assert (fresh.buttons[2:-1], there.buttons[2:-1]) == (("Ask to cancel",), ("Ask to return",))


def test_asking_to_cancel_is_asked_once_more_and_opens_a_ticket_that_knows_the_order(
    talk: Talk, ann: Person
) -> None:
    bob = talk.staff(1, "Bob")
    order = buy(talk, ann)
    pay(talk, order, 10_000)

    [asked] = to(ann.tap(f"myocancel:{order}"), ann)
    before = tickets(talk)
    sent = ann.tap(asked.data[0])

    assert "The ¥100.00 you paid will be given back." in asked.text
    assert (before, tickets(talk)) == ([], [(1, Kind.INQUIRY, 1)])
    assert said(talk) == ["Please cancel order O1"]
    assert "T1" in texts(sent, ann)[0]
    assert "Please cancel order O1" in texts(sent, bob)[0]
    with transaction(talk.engine) as session:
        assert session.get_one(Order, 1).state == OrderState.CONFIRMED


def test_asking_twice_asks_once(talk: Talk, ann: Person) -> None:
    buy(talk, ann)
    ann.tap("myocancelyes:1")

    sent = ann.tap("myocancelyes:1")

    assert (sent, said(talk)) == ([], ["Please cancel order O1"])
    assert [one.params["text"] for one in talk.group.asides] == ["You have asked for that already: ticket T1"]


def test_what_goes_back_to_the_customer_is_said_until_it_has(talk: Talk, ann: Person) -> None:
    order = buy(talk, ann)
    pay(talk, order, 10_000)
    cancel(talk, order)
    owed = [texts(ann.say(f"O{order}"), ann)[0], texts(ann.tap(f"myowhere:{order}"), ann)[0]]
    give_back(talk, order, 10_000)
    given = [texts(ann.say(f"O{order}"), ann)[0], texts(ann.tap(f"myowhere:{order}"), ann)[0]]

    assert "Paid: ¥100.00\nTo be given back: <b>¥100.00</b>; we will tell you when it is done" in owed[0]
    assert "was cancelled. The ¥100.00 you paid goes back to you" in owed[1]
    assert ("To be given back" in given[0], "goes back" in given[1]) == (False, False)
    assert "Refunded: ¥100.00" in given[0]


def test_who_has_their_money_back_hears_of_no_packing(talk: Talk, ann: Person) -> None:
    order = buy(talk, ann)
    pay(talk, order, 25_600)
    give_back(talk, order, 25_600)

    [where] = to(ann.tap(f"myowhere:{order}"), ann)

    assert where.text.startswith("💸 Order <b>O1</b> was refunded, ¥256.00, and not sent.")


def test_what_is_on_its_way_is_not_cancelled_and_the_customer_hears_what_can_be_done(
    talk: Talk, ann: Person
) -> None:
    order = buy(talk, ann)
    ship(talk, order)
    on_its_way = to(ann.tap("myocancelyes:1"), ann)[0]
    deliver(talk, order)
    there = to(ann.tap("myocancel:1"), ann)[0]

    assert "on its way and cannot simply be cancelled" in on_its_way.text
    assert on_its_way.buttons == ("💬 Ask a person",)
    assert there.buttons == ("Ask to return", "💬 Ask a person")
    assert tickets(talk) == []


def test_a_return_of_one_line_says_what_and_why_and_waits_for_staff(talk: Talk, ann: Person) -> None:
    bob = talk.staff(1, "Bob")
    order = delivered(talk, ann)

    [what] = to(ann.tap(f"myoreturn:{order}"), ann)
    [why] = to(ann.tap(what.data[2]), ann)
    sent = ann.tap(why.data[0])

    assert what.buttons == ("All of it", "Oolong <b>张 × 2", "Tea pot × 1", "⬅️ Back")
    words = "I would like to return goods of order O1: Tea pot × 1. Reason: Damaged or faulty"
    assert said(talk) == [words]
    assert tickets(talk) == [(1, Kind.COMPLAINT, 1)]
    assert returned(talk) == [(ReturnState.REQUESTED, "Damaged or faulty", 1)]
    assert "Tea pot × 1" in texts(sent, bob)[0]
    with transaction(talk.engine) as session:
        assert [part.returnable for part in whole_of(session, order).parts] == [2_000, 0]


def test_a_return_in_ones_own_words_takes_a_picture_along(talk: Talk, ann: Person) -> None:
    order = buy(talk, ann)
    ship(talk, order)
    deliver(talk, order)

    [why] = to(ann.tap("myoreturn:1"), ann)
    ann.tap(why.data[4])
    ann.say(caption="the lid <is> broken", photo=photo("lid"))

    assert why.buttons[-2:] == ("✍️ In my own words", "⬅️ Back")
    assert returned(talk) == [(ReturnState.REQUESTED, "the lid <is> broken", 1)]
    assert said(talk) == [
        "I would like to return goods of order O1: Oolong <b>张 × 2. Reason: the lid <is> broken",
        "the lid <is> broken",
    ]
    assert tickets(talk) == [(1, Kind.INQUIRY, 1)]


def test_nothing_is_returned_twice_or_before_it_arrived(talk: Talk, ann: Person) -> None:
    order = buy(talk, ann)
    ship(talk, order)
    early = texts(ann.tap("myowhy:1:0:wrong"), ann)
    deliver(talk, order)
    ann.tap("myowhy:1:0:wrong")

    again = texts(ann.tap("myowhy:1:0:wrong"), ann)

    assert early == ["Order <b>O1</b> is on its way. You may ask to return it once it is delivered; "
                     "if it is urgent, tap \"Ask a person\"."]  # fmt: skip
    assert again == ["The return of order <b>O1</b>: asked for, waiting for us."]
    assert len(returned(talk)) == 1


def test_a_second_request_goes_into_the_open_ticket_about_the_order(talk: Talk, ann: Person) -> None:
    order = delivered(talk, ann)
    ann.tap(f"myowhy:{order}:1:wrong")
    talk.later(hours=1)

    ann.tap(f"myowhy:{order}:2:unwanted")

    assert tickets(talk) == [(1, Kind.COMPLAINT, 1)]
    assert [one[2] for one in returned(talk)] == [1, 1]
    assert len(said(talk)) == 2


def test_an_agents_answer_to_a_request_reaches_the_customer(talk: Talk, ann: Person) -> None:
    bob = talk.staff(1, "Bob")
    buy(talk, ann)
    ann.tap("myocancelyes:1")
    notice = to(talk.deliver(), bob)[-1]

    sent = bob.say("it is done", reply_to=notice.row.telegram_id)

    assert "it is done" in texts(sent, ann)[0]


TAPS = ("myo:1", "myoback:1", "myowhere:1", "myoask:1", "myocancel:1", "myocancelyes:1", "myoreturn:1",
        "myoback1:1:0", "myowhy:1:0:wrong", "myowhy:1:0:words")  # fmt: skip


@pytest.mark.parametrize("data", TAPS)
def test_anybody_elses_order_is_no_order(talk: Talk, ann: Person, data: str) -> None:
    delivered(talk, ann)
    mallory = talk.person(666, "Mallory")
    mallory.say("/start")

    sent = mallory.tap(data)

    assert texts(sent, mallory) == [talk.render("refused/no_such_order.html.j2", number="O1")]
    assert (tickets(talk), returned(talk)) == ([], [])


def test_a_draft_that_staff_are_writing_is_not_shown(talk: Talk, ann: Person) -> None:
    buy(talk, ann, confirmed=False, source="staff")

    assert texts(ann.say("/orders O1"), ann) == [talk.render("refused/no_such_order.html.j2", number="O1")]
    assert texts(ann.say("/orders"), ann) == [talk.render("customer/order/none.html.j2")]


def test_a_number_that_is_none_of_ones_own_orders_is_a_message_like_any_other(
    talk: Talk, ann: Person
) -> None:
    ann.say("O99")

    assert said(talk) == ["O99"]


def test_a_tap_away_from_the_empty_list_is_the_way_to_confirm_ones_number(talk: Talk, ann: Person) -> None:
    [none] = to(ann.say("/orders"), ann)

    [asked] = to(ann.tap(none.data[0]), ann)

    assert none.buttons == ("📱 Confirm my number",)
    assert asked.row.params["reply_markup"]["keyboard"][0][0]["request_contact"] is True


@pytest.mark.parametrize("said", ["取消订单 O1", "取消订单：1", "/cancel_order O1"])
def test_an_order_is_asked_off_in_the_customers_words(talk: Talk, ann: Person, said: str) -> None:
    buy(talk, ann)

    [asked] = to(ann.say(said), ann)

    assert asked.data == ("myocancelyes:1", "myoback:1")
    assert to(ann.say("取消订单"), ann)[0].data == ("myoback:1",)


def test_the_commands_of_a_customer_ask_and_name_their_own_orders(talk: Talk, ann: Person) -> None:
    order = delivered(talk, ann)
    buy(talk, ann)

    cancelled = texts(ann.say("/cancel O2"), ann)
    back = texts(ann.say(f"退货 O{order}"), ann)
    which = to(ann.say("退货"), ann)[0]

    assert cancelled[0].startswith("Shall we ask to cancel order <b>O2</b> (¥256.00)?")
    assert back == ["Order <b>O1</b>: what would you like to return?"]
    assert which.buttons == ("O2 · to be paid", "O1 · completed")
    assert tickets(talk) == []


def test_orders_placed_with_a_phone_number_appear_once_the_number_is_confirmed(
    talk: Talk, ann: Person
) -> None:
    with transaction(talk.engine) as session:
        record = records.create(
            session, name="Ann", contacts=[(ContactKind.PHONE, "13800000000")], language="en", source="shop",
            channel="api", actor="api", now=talk.now,
        )  # fmt: skip
        orders.intake(
            session, customer=record, lines=[TEA], currency="CNY", source="shop", confirmed=True, actor="api",
            now=talk.now,
        )  # fmt: skip
    before = texts(ann.say("/orders"), ann)
    ann.say("/bind")
    asked = to(
        ann.say(contact={"phone_number": "8613800000000", "first_name": "Ann", "user_id": ann.id}), ann
    )
    ann.tap(asked[-1].data[0])

    [listed] = to(ann.say("/orders"), ann)

    assert before == [talk.render("customer/order/none.html.j2")]
    assert listed.buttons == ("O1 · to be paid",)
    assert "O1" in texts(ann.tap("myo:1"), ann)[0]
