"""Who hears of what a customer does."""

from pathlib import Path
from typing import Any

import pytest

from crm_store.service.tables import Message
from handlers.words import Words
from tests.bot.test_dispatcher import dispatcher
from tests.handlers.desk import notice, to
from tests.talk import WORDS, Talk, texts

ANN = "Ann &lt;3 &amp; &#34;张&#34;"


def test_a_new_ticket_goes_to_everybody_on_duty_with_its_words_and_buttons(talk: Talk) -> None:
    bob, carol, dan = (
        talk.staff(1, "Bob"),
        talk.staff(2, "Carol", language_code="zh-hans"),
        talk.staff(3, "Dan"),
    )
    dan.say("/off")

    sent = talk.customer().say("my kettle <leaks>")

    assert texts(sent, bob) == [f"🆕 <b>T1</b> · {ANN} · not sorted yet\nmy kettle &lt;leaks&gt;"]
    assert texts(sent, carol) == [f"🆕 <b>T1</b> · {ANN} · 未分类\nmy kettle &lt;leaks&gt;"]
    assert texts(sent, dan) == []
    assert (to(sent, carol)[0].buttons, to(sent, carol)[0].data) == (
        ("🙋 认领", "💬 回复", "查看"),
        ("claim:1", "answer:1", "t:1"),
    )


def test_an_assigned_ticket_goes_to_its_assignee_alone(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Carol")
    notice(talk, ann, bob)
    bob.say("/claim T1")

    sent = ann.say("it got worse")

    assert texts(sent, bob) == [f"💬 <b>T1</b> · {ANN} · not sorted yet\nit got worse"]
    assert to(sent, bob)[0].data == ("answer:1", "t:1")
    assert texts(sent, carol) == []


def test_a_reopened_ticket_says_so(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/resolve T1")

    assert texts(ann.say("it still leaks"), bob) == [
        f"🔄 reopened <b>T1</b> · {ANN} · not sorted yet\nit still leaks"
    ]


def test_an_edit_is_shown_before_and_after(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    written = ann.message("my ketle <1>")
    ann.send(written)

    sent = ann.edit(written, "my kettle <2>")

    assert texts(sent, bob) == [
        f"✏️ <b>T1</b> · {ANN} edited a message\nBefore: my ketle &lt;1&gt;\nNow: my kettle &lt;2&gt;"
    ]
    assert to(sent, bob)[0].data == ("claim:1", "answer:1", "t:1")


def test_a_long_message_is_told_whole_with_the_buttons_under_the_end(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    words = " ".join(f"word{number}" for number in range(600))

    sent = to(ann.say(words), bob)

    assert " ".join(one.text for one in sent).split("\n", 1)[1] == words
    assert [bool(one.buttons) for one in sent] == [False, True]


def test_notices_never_overtake_conversation(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")

    [told] = to(ann.say("my kettle leaks"), bob)
    [card] = bob.say("/t T1")

    assert told.row.priority > card.row.priority


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["location", "venue", "contact", "poll", "dice", "story", "game", "other"])
@pytest.mark.parametrize("data", [None, {}, {"id": 1}])
def test_content_of_which_little_is_known_is_named(
    talk: Talk, language: str, kind: str, data: dict[str, Any] | None
) -> None:
    shown = talk.render(
        "agent/card/contents.html.j2",
        language=language,
        message=Message(kind=kind, data=data),
        entry={"files": []},
    )

    assert shown.strip("[]［］") == WORDS.label(language, "contents", kind)


def test_a_notice_that_cannot_be_written_does_not_cost_the_customer_the_ticket(
    talk: Talk, tmp_path: Path
) -> None:
    broken = tmp_path / "en/agent/notice/customer_wrote.html.j2"
    broken.parent.mkdir(parents=True)
    broken.write_text("{{ nothing.of.the.kind }}")
    bob, ann = talk.staff(1, "Bob"), talk.customer()
    talk.dispatcher = dispatcher(talk.engine, words=Words(tmp_path))

    sent = ann.say("my kettle leaks")

    assert len(texts(sent, ann)) == 1
    assert texts(sent, bob) == [
        "💬 <b>T1</b>: the customer wrote something that cannot be shown here. Open the ticket to read it."
    ]
    assert to(sent, bob)[0].data == ("claim:1", "answer:1", "t:1")
