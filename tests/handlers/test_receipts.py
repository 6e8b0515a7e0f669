"""An agent learns of each answer whether it was delivered, refused and why, or still waits."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.delivery import Decision, Fate
from crm_store.engine import transaction
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox
from crm_store.service.tables import Delivery, Message
from crm_store.staff.roles import Role
from tests.bot.post import BLOCKED, TOLD, Post
from tests.talk import Person, Sent, Talk

NAME = "Ann &lt;3 &amp; &#34;张&#34;"


def answered(talk: Talk, agent: Person, words: str = "It ships today", **content: Any) -> Post:
    """Ann wrote, the agent answers; nothing of that has left yet."""
    ann = talk.customer()
    ann.say("where is my order?")
    notice = next(one for one in talk.deliver() if one.to == agent.id and one.row.ticket_id)
    agent.say(words, reply_to=notice.row.telegram_id, **content)
    return Post(talk.engine, talk.now)


def shown_to(post: Post, person: Person) -> list[tuple[str, str]]:
    return [(row.method, row.params.get("text", "")) for chat_id, row in post.shown if chat_id == person.id]


def answer_of(talk: Talk) -> Message:
    with transaction(talk.engine) as session:
        return session.scalars(select(Message).where(col(Message.delivery).is_not(None))).one()


def test_a_quick_delivery_costs_the_agent_one_message(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob)

    post.deliver()

    assert shown_to(post, bob) == [("sendMessage", f"✓ <b>T1</b> · {NAME}: delivered")]
    assert (answer_of(talk).delivery, answer_of(talk).delivery_error) == (Delivery.DELIVERED, None)


def test_a_receipt_leads_back_to_its_ticket(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob)

    places = {row.key: post.answer(row) for row in post.take()} | {
        row.key: post.answer(row) for row in post.take()
    }
    [receipt] = [place for key, place in places.items() if key.startswith("receipt:")]
    sent = bob.say("and one more thing", reply_to=receipt)

    assert any("and one more thing" in one.text for one in sent if one.to != bob.id)


def test_an_answer_that_takes_long_is_shown_as_waiting_and_then_as_delivered(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob)

    [answer] = post.take()
    post.answer(answer, Decision(Fate.LIMITED, "limited", after=30))
    post.later(seconds=5)
    post.deliver()
    assert answer_of(talk).delivery == Delivery.WAITING
    post.later(seconds=30)
    post.deliver()

    assert shown_to(post, bob) == [
        (
            "sendMessage",
            f"⏳ <b>T1</b> · {NAME}: your answer has not been delivered yet. "
            "It goes out as soon as Telegram takes it.",
        ),
        ("editMessageText", f"✓ <b>T1</b> · {NAME}: delivered"),
    ]
    assert answer_of(talk).delivery == Delivery.DELIVERED


def test_waiting_for_one_customer_does_not_hold_up_the_agents_own_conversation(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob)
    [answer] = post.take()

    bob.say("/queue")

    assert [row.chat_id for row in post.take()] == [bob.id]
    assert answer.chat_id != bob.id


@pytest.mark.parametrize(
    ("decision", "language", "reason"),
    [
        (BLOCKED, "en", "They have blocked the bot."),
        (BLOCKED, "zh-hans", "对方已屏蔽机器人。"),
        (Decision(Fate.LOST, "deactivated"), "en", "Their Telegram account has been deleted."),
        (Decision(Fate.LOST, "never_started"), "zh-hans", "对方从未启动过机器人，机器人不能主动联系。"),
        (Decision(Fate.FAILED, "refused", alert=True), "en", "Telegram refused it."),
        (Decision(Fate.FAILED, "too_large", alert=True), "zh-hans", "内容超过了 Telegram 的大小限制。"),
        (Decision(Fate.FAILED, "expired"), "en", "It could not be sent in time."),
    ],
)
def test_a_refused_answer_is_a_new_message_with_the_reason_in_the_agents_language(
    talk: Talk, decision: Decision, language: str, reason: str
) -> None:
    bob = talk.staff(1, "Bob", language_code=language)
    post = answered(talk, bob, "It ships <today>")

    [answer] = post.take()
    post.answer(answer, decision, TOLD)
    post.deliver()

    [(method, text)] = shown_to(post, bob)
    assert method == "sendMessage"
    assert reason in text
    assert "<blockquote>It ships &lt;today&gt;</blockquote>" in text
    assert (answer_of(talk).delivery, answer_of(talk).delivery_error) == (Delivery.REFUSED, decision.reason)


def test_a_refusal_takes_the_place_of_what_was_shown_as_waiting(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob)
    [answer] = post.take()
    post.later(seconds=5)
    [waiting] = post.take()
    place = post.answer(waiting)

    post.answer(answer, BLOCKED, TOLD)
    taken = post.deliver()

    assert [(row.method, row.edited) for row in taken] == [
        ("sendMessage", None),
        ("deleteMessage", place),
    ] or [(row.method, row.edited) for row in taken] == [("deleteMessage", place), ("sendMessage", None)]


def test_a_long_answer_is_delivered_when_its_last_part_is(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob, "word " * 1500)

    [first] = post.take()
    post.answer(first)
    assert answer_of(talk).delivery == Delivery.WAITING
    post.deliver()

    assert answer_of(talk).delivery == Delivery.DELIVERED
    assert [text for _, text in shown_to(post, bob)] == [f"✓ <b>T1</b> · {NAME}: delivered"]


def test_a_long_answer_of_which_a_part_was_refused_was_not_delivered(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob, "word " * 1500)

    [first] = post.take()
    post.answer(first, Decision(Fate.FAILED, "refused", alert=True), "Bad Request: no")
    post.deliver()

    assert answer_of(talk).delivery == Delivery.REFUSED
    [(_, text)] = shown_to(post, bob)
    assert "Telegram says: <code>Bad Request: no</code>" in text


def test_everything_that_waited_for_a_customer_who_blocked_us_is_told_as_refused(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob, "first")
    with transaction(talk.engine) as session:
        about = select(col(Outbox.telegram_id)).where(
            col(Outbox.chat_id) == bob.id, col(Outbox.ticket_id) == 1
        )
        place = session.scalars(about).first()
    bob.say("second", reply_to=place)

    [answer] = post.take()
    post.answer(answer, BLOCKED, TOLD)
    post.deliver()

    refused = [text for _, text in shown_to(post, bob)]
    assert [("first" in text, "second" in text) for text in refused] == [(True, False), (False, True)]


def test_whoever_left_the_desk_hears_nothing_of_their_answers(talk: Talk) -> None:
    eve = talk.staff(2, "Eve", Role.OWNER)
    bob = talk.staff(1, "Bob")
    post = answered(talk, bob)
    eve.say("/revoke Bob")

    [answer] = [row for row in post.take() if row.message_id is not None]
    post.answer(answer)

    with transaction(talk.engine) as session:
        [receipt] = session.scalars(select(Outbox).where(col(Outbox.key).startswith("receipt:")))
        assert "delivered" not in receipt.params["text"].replace("has not been delivered", "")


# what nobody's answer is: the managers


def queue_unsure(talk: Talk, count: int) -> Post:
    ann = talk.customer()
    ann.say("hello, a question")
    talk.deliver()
    post = Post(talk.engine, talk.now)
    with transaction(talk.engine) as session:
        for number in range(count):
            outbox.put(
                session,
                key=f"offer {number}",
                chat_id=ann.id + number,
                method="sendMessage",
                params={"text": f"<b>Offer {number}</b> &lt;3", "parse_mode": "HTML"},
                now=talk.now,
            )
    for row in post.take():
        post.answer(row, Decision(Fate.UNSURE, "no_answer", down=True))
    return post


def test_a_message_of_unknown_fate_is_laid_before_a_manager_who_may_send_it_again(talk: Talk) -> None:
    mia = talk.staff(3, "Mia", Role.MANAGER)
    post = queue_unsure(talk, 1)

    [notice] = post.deliver()
    assert notice.chat_id == mia.id
    assert notice.params["text"] == (
        "❓ The connection broke while a message was being sent. We cannot tell whether it arrived:\n\n"
        f"<b>{NAME}</b>: Offer 0 &lt;3\n\n"
        "If you send it again, it may arrive twice."
    )
    [[again]] = notice.params["reply_markup"]["inline_keyboard"]
    assert again["text"] == "Send again"

    told = mia.tap(again["callback_data"])
    assert texts(told) == ["🔁 The message is being sent again."]
    assert [row.key for row in post.deliver() if row.chat_id != mia.id] == ["offer 0"]

    told = mia.tap(again["callback_data"])
    assert texts(told) == ["Somebody has already sent this again; nothing was sent this time."]
    assert [row.key for row in post.deliver() if row.chat_id != mia.id] == []


def test_an_agent_may_not_send_again_what_a_manager_is_to_decide(talk: Talk) -> None:
    talk.staff(3, "Mia", Role.MANAGER)
    bob = talk.staff(1, "Bob")
    post = queue_unsure(talk, 1)
    [notice] = [row for row in post.deliver() if row.key.startswith("unsure:")]
    [[again]] = notice.params["reply_markup"]["inline_keyboard"]

    bob.tap(again["callback_data"])

    assert [row.key for row in post.deliver() if row.chat_id != bob.id] == []


def test_a_message_that_telegram_refuses_is_told_to_managers_once_an_hour(talk: Talk) -> None:
    mia = talk.staff(3, "Mia", Role.MANAGER)
    talk.deliver()
    refused = Decision(Fate.FAILED, "refused", alert=True)
    post = Post(talk.engine, talk.now)

    def fail(*keys: str) -> list[str]:
        with transaction(talk.engine) as session:
            for number, key in enumerate(keys):
                outbox.put(
                    session,
                    key=key,
                    chat_id=500 + number,
                    method="sendMessage",
                    params={"text": key},
                    now=post.now,
                )
        for row in post.take():
            post.answer(row, refused, "Bad Request: button_data_invalid")
        return [row.params["text"] for row in post.deliver() if row.chat_id == mia.id]

    assert fail("first", "second") == [
        "⚠️ A message to <b>500</b> could not be delivered. Telegram refused it.\n"
        "Telegram says: <code>Bad Request: button_data_invalid</code>\n"
        "<blockquote>first</blockquote>\n"
        "You will not be told of every further one like this within the hour."
    ]
    post.later(minutes=5)
    assert fail("third") == []
    post.later(hours=1)
    assert len(fail("fourth")) == 1


def test_an_alert_that_cannot_be_delivered_raises_no_alert(talk: Talk) -> None:
    talk.staff(3, "Mia", Role.MANAGER)
    talk.deliver()
    post = queue_unsure(talk, 1)

    [notice] = post.take()
    post.answer(notice, Decision(Fate.FAILED, "refused", alert=True), "Bad Request: whatever")

    assert post.take() == []


def test_colleagues_hear_of_one_who_cannot_be_reached_any_more(talk: Talk) -> None:
    mia = talk.staff(3, "Mia", Role.MANAGER)
    bob = talk.staff(1, "Bob")
    talk.deliver()
    bob.say("/queue")
    post = Post(talk.engine, talk.now)

    [reply] = [row for row in post.take() if row.chat_id == bob.id]
    post.answer(reply, BLOCKED, TOLD)

    [notice] = post.deliver()
    assert (notice.chat_id, notice.params["text"]) == (
        mia.id,
        "⚠️ Your colleague <b>Bob</b> can no longer be reached. They have blocked the bot. "
        "They will get no notices until they write to the bot again; please look after their tickets.",
    )


def texts(sent: list[Sent]) -> list[str]:
    return [one.text for one in sent]
