"""Staff write what is neither command nor answer: it opens nothing and nothing of it is lost."""

from sqlmodel import select

from crm_store.engine import transaction
from crm_store.service.tables import Ticket
from tests.handlers.desk import TEA, notice, photo, to
from tests.handlers.till import place
from tests.talk import Person, Talk, texts

ASKED = (
    "🤔 I cannot tell which ticket this is for, so it has not been sent to anyone yet.\n"
    "Tap the ticket to send it as the answer, or type its number (T12).\n\n"
    'Next time: reply to any message of the ticket, or tap "Answer" first. '
    "A note starts with <code>//</code>. (Not meant for anyone? /cancel)"
)


def count_tickets(talk: Talk) -> int:
    with transaction(talk.engine) as session:
        return len(session.exec(select(Ticket)).all())


def test_it_opens_no_ticket_reaches_nobody_and_says_how_to_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)

    sent = bob.say("we have it in blue")

    assert [(one.to, one.text, one.buttons) for one in sent] == [(bob.id, ASKED, ('T1 · Ann <3 & "张"',))]
    assert count_tickets(talk) == 1


def test_a_tap_on_the_ticket_sends_it_once(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("we have it in blue")

    first, second = bob.tap("pick:1"), bob.tap("pick:1")

    assert (texts(first, ann), texts(second, ann)) == ([TEA + "we have it in blue"], [])
    assert "📤 Sent to <b>T1</b>." in texts(first, bob)
    assert [one.params["text"] for one in talk.group.asides] == ["There is nothing left to send"]


def test_the_number_typed_sends_it_too(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("we have it in blue")

    assert texts(bob.say("t1"), ann) == [TEA + "we have it in blue"]


def test_several_messages_wait_together_and_go_in_order_albums_as_albums(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    asked = [
        *bob.say("first"),
        *bob.say(photo=photo("p0"), media_group_id="g"),
        *bob.say(photo=photo("p1"), media_group_id="g"),
    ]

    bob.tap("pick:1")

    assert len(to(asked, bob)) == 2  # one question for the text, one for the album
    assert [(one.method, one.text) for one in to(talk.deliver(), ann)][-2:] == [
        ("sendMessage", TEA + "first"),
        ("sendMediaGroup", ""),
    ]


def test_a_reply_to_a_message_of_no_ticket_asks_which_one(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/queue")
    [queue] = to(talk.deliver(), bob)

    sent = bob.say("the first of these", reply_to=queue.row.telegram_id)
    chosen = bob.tap("pick:1")

    assert texts(sent, bob)[0].startswith("🤔 That message does not belong to any ticket.\nTap the ticket")
    assert texts(chosen, ann) == [TEA + "the first of these"]


def test_the_answer_button_of_another_ticket_offers_what_waits(talk: Talk) -> None:
    ann, bob, eve = talk.customer(), talk.staff(1, "Bob"), talk.person(5, "Eve")
    notice(talk, ann, bob)
    notice(talk, eve, bob)
    bob.say("we have it in blue")

    asked = bob.tap("answer:2")
    sent = bob.tap("pick:2")

    assert asked[0].buttons == ("📤 Send what I wrote (1)",)
    assert texts(sent, eve) == ["<i>Tea &amp; &lt;Co&gt; · T2</i>\nwe have it in blue"]


def test_what_waits_survives_another_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("first")
    bob.tap("answer:1")
    bob.say("second")

    sent = bob.tap("pick:1")

    assert texts(sent, ann) == [TEA + "first"]


def test_what_waits_goes_as_it_was_edited(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    written = bob.message("wrong")
    bob.send(written)

    bob.edit(written, "right")

    assert texts(bob.tap("pick:1"), ann) == [TEA + "right"]


def test_a_note_that_waits_stays_a_note(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("//she called before")

    sent = bob.tap("pick:1")

    assert texts(sent, ann) == []
    assert "📝 Noted in <b>T1</b>. Only colleagues see it." in texts(sent, bob)


def test_cancel_drops_what_waits(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("never mind")
    bob.say("/cancel")

    assert texts(bob.tap("pick:1"), ann) == []


def test_a_customers_or_an_orders_number_opens_it_and_what_waits_goes_on_waiting(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    place(talk)
    bob.say("it leaves today")

    assert texts(bob.say("C1"), bob)[0].startswith("👤 <b>C1</b>")
    assert texts(bob.say("O1"), bob)[0].startswith("🧾 <b>O1</b>")
    [sent] = texts(bob.tap("pick:1"), ann)
    assert sent.endswith("\nit leaves today")


def test_without_any_ticket_the_number_is_asked_for(talk: Talk) -> None:
    bob = talk.staff(1, "Bob", language_code="zh-hans")

    [asked] = bob.say("在吗")

    assert asked.text == (
        "🤔 不清楚这条是给哪个工单的，所以还没有发给任何人。\n"
        "发工单号（如 T12），就作为回复发出。/queue 可以看队列。\n\n"
        "下次请直接回复工单的任意一条消息，或先点“回复”。备注以 <code>//</code> 开头。"
        "（不想发了就用 /cancel 取消）"
    )
    assert asked.buttons == ()


def test_a_wrong_number_loses_nothing(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("hello")

    wrong = bob.say("T99")
    right = bob.say("T1")

    assert texts(wrong, bob) == [
        "There is no ticket <b>T99</b> here. Please check the number: it looks like T12."
    ]
    assert texts(right, ann) == [TEA + "hello"]


def test_what_telegram_reports_is_no_message(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    pinned = {"message_id": shown, "date": 1, "chat": bob.chat, "text": "x"}

    assert bob.say(pinned_message=pinned) == []


def test_there_is_an_end_to_what_can_wait(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    for number in range(30):
        bob.say(f"line {number}")

    [refused] = bob.say("one too many")

    assert refused.text.startswith(
        "⚠️ 30 messages are already waiting for a ticket, so this one was not added."
    )
    assert len(_lines(bob, ann)) == 30


def _lines(bob: Person, ann: Person) -> list[str]:
    return texts(bob.tap("pick:1"), ann)
