"""/timeline: one list over everything, for staff."""

from datetime import timedelta

import pytest

from crm_store.customers.tables import Event
from crm_store.engine import transaction
from tests.handlers.desk import notice, to
from tests.handlers.shop import customer, order
from tests.talk import Person, Sent, Talk, texts


def one(sent: list[Sent], person: Person) -> Sent:
    [found] = to(sent, person)
    return found


def test_all_that_happened_is_on_it_once(talk: Talk) -> None:
    """AT C16."""
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    talk.later(minutes=1)
    bob.say("on its way <3", reply_to=shown)
    talk.later(minutes=1)
    bob.say("//call first", reply_to=shown)
    talk.later(minutes=1)
    bob.say("/visit C1 1h looked at cups")
    talk.later(minutes=1)
    order(talk, 1, 12_300)
    talk.later(minutes=1)
    with transaction(talk.engine) as session:
        session.add(
            Event(
                source="web", external_id="1", customer_id=1, kind="looked", subject="<cup>", at=talk.now,
                received_at=talk.now,
            )
        )  # fmt: skip

    page = one(bob.say("时间线 C1"), bob)

    ann_ = "Ann &lt;3 &amp; &#34;张&#34;"
    assert page.text == (
        f"🕓 <b>C1</b> · <b>{ann_}</b>\n\n"
        "⚡ looked: &lt;cup&gt; · 10:05 · web\n\n"
        "🧾 <b>O1</b> · 10:04 · ¥123.00 · confirmed · paid\n\n"
        "🚪 <b>visit</b> · 1 hr · 10:03\nlooked at cups\n    Bob\n\n"
        "📝 <b>Bob</b> · 10:02 · note\ncall first\n    T1\n\n"
        "💬 <b>Bob</b> · 10:01 · ⏳ waiting\non its way &lt;3\n    T1\n\n"
        f"👤 <b>{ann_}</b> · 10:00\nmy kettle leaks\n    T1"
    )
    assert page.buttons == (
        "● All", "Messages", "Visits", "Notes", "Orders", "Events", "⬅️ Customer"
    )  # fmt: skip


def test_one_kind_at_a_time(talk: Talk) -> None:
    li = talk.staff(1, "李", language_code="zh")
    customer(talk, "张三")
    li.say("/call C1 呼入 1分钟 问价")
    li.say("/note C1 爱喝茶")
    page = one(li.say("时间线C1"), li)

    calls = one(li.tap(page.data[page.buttons.index("电话")]), li)
    back = one(li.tap(calls.data[-1]), li)

    assert calls.method == "editMessageText"
    assert calls.text == (
        "🕓 <b>C1</b> · <b>张三</b> · 电话\n\n📞 <b>电话</b> · 呼入 · 1 分钟 · 10:00\n问价\n    李"
    )
    assert calls.buttons == ("全部", "● 电话", "备注", "⬅️ 客户资料")
    assert back.text.startswith("👤 <b>C1</b> · <b>张三</b>")


def test_pages_lead_there_and_back_while_new_things_happen(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")
    for number in range(12):
        talk.later(minutes=1)
        bob.say(f"/note C1 note {number}")

    first = one(bob.say("/timeline C1"), bob)
    bob.say("/note C1 a new one")
    second = one(bob.tap(first.data[first.buttons.index("Older ➡️")]), bob)
    back = one(bob.tap(second.data[second.buttons.index("⬅️ Newer")]), bob)

    def shown(page: Sent) -> list[int]:
        return [number for number in range(12) if f"note {number}\n" in page.text]

    assert (shown(first), shown(second), shown(back)) == ([*range(4, 12)], [*range(4)], [*range(4, 12)])
    assert "⬅️ Newer" in back.buttons  # where the new one is


def test_nothing_yet_is_said(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    page = one(bob.say("/timeline C1"), bob)

    assert page.text == "🕓 <b>C1</b> · <b>张三</b>\n\nNothing here yet."
    assert page.buttons == ("⬅️ Customer",)


@pytest.mark.parametrize(
    "data", ["tl:1:all:x", "tl:1:nonsense:", "tl:1:call:-1.2.3", "tl:1:all:9.9.9", "tl:99:all:"]
)
def test_a_forged_button_does_no_harm(talk: Talk, data: str) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")
    bob.say("/note C1 x")

    sent = bob.tap(data)

    assert (talk.group.failed, len(to(sent, bob))) == (0, 1)


def test_notes_never_reach_the_customer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = [*bob.say("//secret", reply_to=shown), *bob.say("/note C1 secret"), *bob.say("/timeline C1")]
    talk.later(hours=1)
    seen = [*ann.say("/tickets"), *ann.tap("own:1")]

    assert not any("secret" in text for text in texts([*sent, *seen], ann))


def test_a_customers_long_story_is_whole(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")
    for number in range(3):
        bob.say(f"/note C1 {number} " + "x" * 3000)

    sent = to(bob.say("/timeline C1"), bob)

    assert sum(one.text.count("x" * 100) for one in sent) >= 3 * 29
    assert len(sent) > 1


def test_the_tickets_of_a_customer_come_in_pages(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    for number in range(8):
        ann.say(f"/ask question number {number}")
        talk.now += timedelta(minutes=1)

    first = one(bob.tap("ctickets:1:0"), bob)
    second = one(bob.tap(first.data[first.buttons.index("Older ➡️")]), bob)

    assert first.data[:6] == ("t:8", "t:7", "t:6", "t:5", "t:4", "t:3")
    assert second.data[:2] == ("t:2", "t:1")
