"""/todo: who blocked the bot becomes a call task, not a failed send."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from crm_store.customers import contacts, customers, preferences
from crm_store.customers.tables import ContactKind, Customer, Interaction
from crm_store.engine import transaction
from crm_store.mailbox import outbox
from crm_store.sales.tables import Order
from crm_store.service.tables import Task
from crm_store.staff.roles import Role
from handlers.customer import order_news
from handlers.voice import Voice
from tests.bot.post import BLOCKED, TOLD, Post
from tests.handlers.desk import notice, to
from tests.handlers.till import meet, place, toasts
from tests.talk import WORDS, Person, Sent, Talk, texts

NAME = "Ann &lt;3 &amp; &#34;张&#34;"
WORDS_SAID = "It ships <today>"
LINE = (
    f"📞 <b>C1</b> {NAME} · T1 · for Bob\n"
    "    They have blocked the bot. Reach them by phone: 138****8888\n"
    "    ⏰ Due by 21 Nov 10:00\n"
    "<blockquote expandable>It ships &lt;today&gt;</blockquote>"
)


@pytest.fixture
def both(engine: Engine) -> Talk:
    return Talk(engine)


def refuse(talk: Talk, to: Person) -> Post:
    """Everything goes out; what is for one person comes back: they blocked the bot."""
    post = Post(talk.engine, talk.now)
    while rows := post.take():
        for row in rows:
            if row.chat_id == to.id:
                post.answer(row, BLOCKED, TOLD)
            else:
                post.answer(row)
    return post


def answered(talk: Talk, ann: Person, bob: Person) -> Post:
    """Ann wrote and blocked the bot; Bob's answer does not arrive."""
    shown = notice(talk, ann, bob)
    with_phone(talk)
    bob.say(WORDS_SAID, reply_to=shown)
    return refuse(talk, ann)


def with_phone(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        ann = session.get_one(Customer, 1)
        contacts.add(
            session, customer=ann, kind=ContactKind.PHONE, value="13800008888", actor="test", now=talk.now
        )


def block(talk: Talk, ann: Person, status: str = "kicked") -> list[Sent]:
    """Ann blocks the bot, or lets it in again."""
    bot = {"id": 123456, "is_bot": True, "first_name": "Tea", "username": "tea_desk_bot"}
    was = "member" if status == "kicked" else "kicked"
    return talk.update(
        my_chat_member={
            "chat": ann.chat,
            "from": ann.user,
            "date": int(talk.now.timestamp()),
            "old_chat_member": _member(bot, was),
            "new_chat_member": _member(bot, status),
        }
    )


def _member(bot: dict[str, Any], status: str) -> dict[str, Any]:
    return {"user": bot, "status": status, **({"until_date": 0} if status == "kicked" else {})}


def open_tasks(talk: Talk) -> list[Task]:
    with transaction(talk.engine) as session:
        statement = select(Task).where(col(Task.done_at).is_(None)).order_by(col(Task.id))
        return list(session.scalars(statement))


def todo(person: Person) -> Sent:
    [shown] = to(person.say("/todo"), person)
    return shown


def tap(person: Person, shown: Sent, label: str) -> list[Sent]:
    return person.tap(
        next(data for name, data in zip(shown.buttons, shown.data, strict=True) if label in name)
    )


def test_who_blocked_the_bot_becomes_a_call_task_not_a_failed_send(both: Talk) -> None:
    """AT C18."""
    ann, bob = both.customer(), both.staff(1, "Bob")

    post = answered(both, ann, bob)
    shown = todo(bob)

    [receipt] = [
        row.params["text"] for chat, row in post.shown if "was <b>not delivered" in row.params["text"]
    ]
    assert receipt.endswith(
        "until then there is only another way (phone, email); it is on the list of calls (/todo)."
    )
    assert shown.text == f"<b>To do</b>: 1. Somebody has to tell them what the bot could not.\n\n{LINE}"
    assert shown.buttons == ("📞 I reached C1", "👤 C1", "✅ Done", "✖️ Not needed")
    [card] = texts(bob.say("C1"), bob)
    assert "📞 To call (/todo): It ships &lt;today&gt;\n" in card


def test_in_chinese_it_reads_as_a_shopkeeper_would_say_it(talk: Talk) -> None:
    ann, li = talk.customer(), talk.staff(1, "李", language_code="zh")
    answered(talk, ann, li)

    [shown] = to(li.say("待办"), li)

    assert shown.text == (
        "<b>待办</b>：1 件，机器人联系不上的客户要有人联系\n\n"
        f"📞 <b>C1</b> {NAME} · T1 · 李 负责\n"
        "    对方已屏蔽机器人。请打电话：138****8888\n"
        "    ⏰ 11月21日 10:00 前联系\n"
        "<blockquote expandable>It ships &lt;today&gt;</blockquote>"
    )
    assert shown.buttons == ("📞 已联系 C1", "👤 C1", "✅ 已办", "✖️ 不用了")
    talk.later(days=2)
    assert "    ⏰ 11月21日 10:00 前联系，已超期\n" in todo(li).text


def test_news_of_an_order_that_came_back_is_a_task_of_who_took_the_order(both: Talk) -> None:
    bob, zoe = both.staff(1, "Bob"), both.staff(2, "Zoe")
    ann = both.customer()
    meet(both, ann)
    number = place(both, confirmed=False)
    bob.say(f"/confirm {number}")

    post = refuse(both, ann)

    [task] = open_tasks(both)
    assert (task.order_id, task.for_staff_id, task.reason) == (1, 1, "blocked")
    assert task.text.startswith("✅ Order O1 is confirmed.")
    noticed = {chat: row.params["text"] for chat, row in post.shown if "New to do" in row.params["text"]}
    assert list(noticed) == [bob.id]
    assert f"📞 <b>C1</b> {NAME} · O1 · for Bob\n" in noticed[bob.id]
    assert "No other contact can be used" in noticed[bob.id]
    assert todo(zoe).text == "☕ Nothing to do: every customer can be reached."


def test_what_would_be_sent_to_somebody_who_blocked_the_bot_is_a_task_at_once(both: Talk) -> None:
    bob, ann = both.staff(1, "Bob"), both.customer()
    meet(both, ann)
    number = place(both, confirmed=False)
    block(both, ann)

    sent = bob.say(f"/confirm {number}")
    bob.say(f"/pay {number} 136 cash")

    assert texts(sent, ann) == []
    [answer] = texts(sent, bob)
    assert "yourself. It is on the list of calls (/todo)." in answer
    [task] = open_tasks(both)
    assert "Order O1 is confirmed." in task.text
    assert "136.00" in task.text.partition("We ship soon after.")[2]


def test_who_is_to_call_hears_of_it_when_a_colleague_saw_it_happen(talk: Talk) -> None:
    bob, zoe, ann = talk.staff(1, "Bob"), talk.staff(2, "Zoe"), talk.customer()
    meet(talk, ann)
    number = place(talk, confirmed=False)  # taken by Bob
    block(talk, ann)

    sent = zoe.say(f"/confirm {number}")

    assert [one.startswith("<b>New to do</b>") for one in texts(sent, bob)] == [True]
    assert [one.startswith("<b>New to do</b>") for one in texts(sent, zoe)] == [False]


def test_what_another_system_tells_is_noticed_by_who_is_on_duty(talk: Talk) -> None:
    bob, ann = talk.staff(1, "Bob"), talk.customer()
    meet(talk, ann)
    with transaction(talk.engine) as session:
        customers.lose(session, customer=session.get_one(Customer, 1), now=talk.now)
    number = place(talk)
    before = len(talk.outbox())
    with transaction(talk.engine) as session:
        made = session.get_one(Order, int(number[1:]))
        made.taken_by = None
        order_news.tell(
            Voice(talk.desk, WORDS), session, order=made, news="confirmed", key="api:1", now=talk.now
        )

    [told] = talk.outbox()[before:]

    assert told.to == bob.id
    assert told.text.startswith("<b>New to do</b>: a customer could not be told something")


def test_nobody_is_called_for_marketing_a_reminder_or_a_greeting(talk: Talk) -> None:
    bob, ann = talk.staff(1, "Bob"), talk.customer()
    notice(talk, ann, bob)
    with transaction(talk.engine) as session:
        for key, about in (
            ("campaign:1", {"priority": outbox.BULK, "order_id": 1}),
            ("remind:1:0", {"ticket_id": 1}),
            ("greeting", {}),
            ("edit", {"ticket_id": 1, "method": "editMessageText"}),
        ):
            row: dict[str, Any] = {"method": "sendMessage", "params": {"text": key}, **about}
            outbox.put(session, key=key, chat_id=ann.id, now=talk.now, **row)

    refuse(talk, ann)

    assert open_tasks(talk) == []


def test_a_colleague_who_once_was_a_customer_is_nobodys_task(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    bob_as_customer = talk.customer(9)
    bob_as_customer.say("hello there, a question")
    talk.deliver()
    talk.staff(9, "Nina")
    ann.say("my kettle leaks")

    refuse(talk, bob_as_customer)

    assert open_tasks(talk) == []
    assert todo(bob).text.startswith("☕")


def test_logging_the_call_ends_the_task(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    answered(talk, ann, bob)

    [asked] = texts(tap(bob, todo(bob), "I reached"), bob)
    assert len(open_tasks(talk)) == 1  # nothing was said yet
    [kept] = texts(bob.say("out 2m told them"), bob)

    assert asked.startswith("What was the call with <b>C1</b>")
    assert "They could not be told" not in kept
    assert open_tasks(talk) == []
    with transaction(talk.engine) as session:
        [call] = session.scalars(select(Interaction)).all()
    assert (call.customer_id, call.kind, call.duration_seconds, call.text) == (1, "call", 120, "told them")


def test_a_call_logged_by_itself_says_what_they_still_have_to_hear(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    answered(talk, ann, bob)

    [kept] = to(bob.say("/call C1 out nobody picked up"), bob)

    assert "📞 They could not be told this yet (/todo):\n<blockquote expandable>It ships" in kept.text
    assert len(open_tasks(talk)) == 1
    tap(bob, kept, "Done")
    assert open_tasks(talk) == []


def test_taken_it_is_ones_own_done_or_dropped_it_is_over(both: Talk) -> None:
    ann, bob, zoe = both.customer(), both.staff(1, "Bob"), both.staff(2, "Zoe")
    shown = notice(both, ann, bob)
    bob.say(WORDS_SAID, reply_to=shown)
    bob.say("/release T1")
    refuse(both, ann)
    seen_by_zoe = todo(zoe)

    [mine] = to(tap(bob, todo(bob), "Take it"), bob)
    assert toasts(both) == ["It is yours"]
    [refused] = texts(tap(zoe, seen_by_zoe, "Done"), zoe)
    [empty] = texts(tap(bob, mine, "Not needed"), bob)
    [again] = texts(tap(bob, mine, "Done"), bob)

    assert " · T1 · for Bob\n" in mine.text
    assert "🙋 Take it" not in mine.buttons
    assert refused == again == "That is done already, or a colleague's. Send /todo to see what there is now."
    assert empty == "☕ Nothing to do: every customer can be reached."


def test_the_list_is_paged_and_managers_see_all_of_it(talk: Talk) -> None:
    bob, boss = talk.staff(1, "Bob"), talk.staff(2, "Boss", Role.MANAGER)
    for id in range(11, 16):
        one = talk.person(id, f"Customer {id}")
        one.say("my kettle leaks")
        talk.deliver()
        bob.say(f"/claim T{id - 10}")
        talk.deliver()
        bob.tap(f"answer:{id - 10}")
        bob.say("an answer")
        refuse(talk, one)

    first = todo(boss)
    [second] = to(tap(boss, first, "Next"), boss)

    assert [f"<b>C{n}</b>" in first.text for n in range(1, 6)] == [True, True, True, False, False]
    assert [f"<b>C{n}</b>" in second.text for n in range(1, 6)] == [False, False, False, True, True]
    assert "5. Somebody" in first.text
    assert "🙋 Take it" in first.buttons
    assert "🙋 Take it" not in todo(bob).buttons


def test_who_wants_no_phone_calls_is_not_called(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    answered(talk, ann, bob)
    with transaction(talk.engine) as session:
        one = session.get_one(Customer, 1)
        preferences.state(session, customer=one, text="不要电话", actor="test", now=talk.now)
        contacts.add(
            session, customer=one, kind=ContactKind.WECHAT, value="ann_wx_3", actor="test", now=talk.now
        )

    shown = todo(bob).text

    assert "138" not in shown
    assert "🙅 They said: no phone calls (不要电话)\n" in shown
    assert "Reach them on WeChat: a****\n" in shown


def test_back_again_they_can_be_sent_what_they_missed(both: Talk) -> None:
    bob, ann = both.staff(1, "Bob"), both.customer()
    meet(both, ann)
    number = place(both, confirmed=False)
    block(both, ann)
    bob.say(f"/confirm {number}")
    both.deliver()

    [noticed] = to(block(both, ann, "member"), bob)
    assert noticed.text.startswith("<b>Back again</b>: what could not be said can be sent now")
    assert "📶 Can be written to again: send it now.\n" in noticed.text
    sent = tap(bob, noticed, "Send it to C1 now")

    [missed] = texts(sent, ann)
    assert missed.startswith(
        "Tea &amp; &lt;Co&gt;: this could not reach you before.\n\n<blockquote>✅ Order O1"
    )
    assert toasts(both) == ["On its way"]
    assert open_tasks(both) == []
    refuse(both, ann)  # it comes back once more
    [task] = open_tasks(both)
    assert (task.order_id, "Order O1 is confirmed." in task.text) == (1, True)


def test_an_answer_that_they_missed_is_noticed_once_when_they_write_again(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    answered(talk, ann, bob)

    sent = ann.say("are you there, I am back")

    told = texts(sent, bob)
    assert len([one for one in told if one.startswith("📶")]) == 1
    assert not any("Back again" in one for one in told)
    assert "📶 Can be written to again: send it now.\n" in todo(bob).text


def test_while_they_are_gone_nothing_can_be_sent_by_an_old_button(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    answered(talk, ann, bob)

    sent = bob.tap("todosay:1")

    assert (sent, toasts(talk)) == ([], ["This customer cannot be reached"])
    assert len(open_tasks(talk)) == 1
