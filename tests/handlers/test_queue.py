"""/queue, /mine, /next: what waits."""

import pytest

from tests.handlers.desk import notice
from tests.talk import Talk, texts

ANN = "Ann &lt;3 &amp; &#34;张&#34;"


def three(talk: Talk) -> None:
    """T1 two hours old, T2 half an hour, T3 new."""
    for number, wait in ((1, 90), (2, 30), (3, 0)):
        talk.customer(100 + number).say(f"words of {number}\n<b>")
        talk.later(minutes=wait)


@pytest.mark.parametrize("text", ["/queue", "队列"])
def test_the_queue_is_by_priority_then_age(talk: Talk, text: str) -> None:
    bob = talk.staff(1, "Bob")
    three(talk)
    bob.say("/prio T2 P1")

    [shown] = bob.say(text)

    assert shown.text == (
        "<b>Queue</b>: 3 unclaimed tickets\n\n"
        f"<b>T2</b> · P1 · not sorted yet · {ANN} · 30 minutes\n    words of 2 &lt;b&gt;\n"
        f"<b>T1</b> · P3 · not sorted yet · {ANN} · 2 hours\n    words of 1 &lt;b&gt;\n"
        f"<b>T3</b> · P3 · not sorted yet · {ANN}\n    words of 3 &lt;b&gt;"
    )
    assert (shown.buttons, shown.data) == (("T2", "T1", "T3"), ("t:2", "t:1", "t:3"))


def test_a_chinese_queue_is_chinese(talk: Talk) -> None:
    bob = talk.staff(1, "Bob", language_code="zh-cn")
    three(talk)

    [shown] = bob.say("队列")

    assert shown.text.splitlines()[:4] == [
        "<b>队列</b>：3 个工单等人认领",
        "",
        f"<b>T1</b> · P3 · 未分类 · {ANN} · 已等 2 小时",
        "    words of 1 &lt;b&gt;",
    ]


def test_the_queue_turns_its_pages_in_place_and_survives_shrinking(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    for number in range(10):
        talk.customer(100 + number).say("hello there, a question")

    [first] = bob.say("/queue")
    [second] = bob.tap("queue:1", on=7)
    for number in range(1, 4):
        bob.say(f"/claim T{number}")
    [gone] = bob.tap("queue:1", on=7)

    assert first.data == (*(f"t:{n}" for n in range(1, 9)), "queue:1")
    assert (second.method, second.data) == ("editMessageText", ("t:9", "t:10", "queue:0"))
    assert gone.data == tuple(f"t:{n}" for n in range(4, 11))


def test_a_forged_page_is_the_last_or_the_first(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    three(talk)

    [high], [low] = bob.tap("queue:99999999999999999999"), bob.tap("queue:-5")

    assert high.data == low.data == ("t:1", "t:2", "t:3")


def test_what_waits_for_the_customer_or_has_somebody_is_not_in_the_queue(talk: Talk) -> None:
    bob, carol = talk.staff(1, "Bob"), talk.staff(2, "Carol")
    three(talk)
    bob.say("/claim T1")
    bob.tap("answer:2")
    bob.say("which one?")

    [queue], [mine], [carols] = bob.say("/queue"), bob.say("我的"), carol.say("/mine")

    assert queue.data == ("t:3",)
    assert queue.text.endswith("You have 2 of your own (/mine).")
    assert mine.data == ("t:1", "t:2")  # what waits for the customer comes last
    assert carols.text == "You have no open tickets.\n\n1 unclaimed in the queue (/queue)."


@pytest.mark.parametrize("text", ["/next", "下一个"])
def test_next_is_ones_own_most_urgent_then_the_queues_first(talk: Talk, text: str) -> None:
    bob = talk.staff(1, "Bob")
    three(talk)

    from_queue = texts(bob.say(text), bob)[0]
    bob.say("/claim T3")
    own = texts(bob.say(text), bob)[0]

    assert (from_queue[:12], own[:12]) == ("🎫 <b>T1</b> ", "🎫 <b>T3</b> ")


def test_nothing_to_do_is_said_so(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")

    assert texts(bob.say("/next"), bob) == [
        "☕ Nothing to do: the queue is empty, and none of your own tickets is waiting for you."
    ]
    assert texts(bob.say("/queue"), bob) == ["☕ The queue is empty: every ticket is taken care of."]


@pytest.mark.parametrize("text", ["我的天", "队列长吗", "上班了吗", "关闭电源", "解决方案在这里"])
def test_an_ordinary_sentence_is_no_command(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    plain, reply = bob.say(text), bob.say(text, reply_to=shown)

    assert texts(plain, bob)[0].startswith("🤔")
    assert texts(reply, ann) == [f"<i>Tea &amp; &lt;Co&gt; · T1</i>\n{text}"]
