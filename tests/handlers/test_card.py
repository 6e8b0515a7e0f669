"""A ticket's card, its history and its files."""

from typing import Any

import pytest

from tests.handlers.desk import document, notice, photo, to
from tests.talk import Talk, texts

STICKER = {
    "file_id": "s",
    "file_unique_id": "s",
    "width": 1,
    "height": 1,
    "type": "regular",
    "is_animated": False,
    "is_video": False,
}
ANN = "Ann &lt;3 &amp; &#34;张&#34;"


@pytest.mark.parametrize(
    "text", ["/t T1", "/t t1", "/t 1", "T1", "t1", "#T1", " T１ ", "工单 T1", "工单T1", "工单1"]
)
def test_a_card_opens_by_command_or_by_the_number_alone(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    talk.later(minutes=90)

    [card] = bob.say(text)

    assert card.text == (
        f"🎫 <b>T1</b> · <b>{ANN}</b> · C1\n"
        "P3 normal · not sorted yet · new · nobody has it\n"
        "Opened 10:00 (2 hours ago), waiting for 2 hours\n\n"
        f"👤 <b>{ANN}</b> · 10:00\nmy kettle leaks"
    )
    assert card.buttons == (
        "💬 Answer",
        "📝 Note",
        "🙋 Claim",
        "Hand over",
        "✅ Resolve",
        "⏸ On hold",
        "Priority",
        "Kind",
        "👤 Customer",
        "📝 Keep as need",
    )


def test_a_chinese_card_is_chinese(talk: Talk) -> None:
    ann, bob = talk.customer(language_code="zh-hans"), talk.staff(1, "Bob", language_code="zh-hans")
    ann.say("水壶漏水")
    bob.say("/tag T1 贵宾")
    talk.later(minutes=90)

    [card] = bob.say("工单 T1")

    assert card.text == (
        f"🎫 <b>T1</b> · <b>{ANN}</b> · C1\n"
        "P3 普通 · 未分类 · 待受理 · 无人认领\n"
        "🏷 贵宾\n"
        "10:00 提交（2 小时前），已等 2 小时\n\n"
        f"👤 <b>{ANN}</b> · 10:00\n水壶漏水"
    )
    assert card.buttons == (
        "💬 回复",
        "📝 备注",
        "🙋 认领",
        "转派",
        "✅ 解决",
        "⏸ 转内部处理",
        "优先级",
        "类型",
        "👤 客户资料",
        "📝 记为需求",
    )


def test_a_card_shows_answers_notes_edits_and_what_became_of_each(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    question = ann.message("my ketle <leaks>")
    ann.send(question)
    [shown] = to(talk.deliver(), bob)[-1:]
    ann.edit(question, "my kettle leaks")
    bob.say("which one?", reply_to=shown.row.telegram_id)
    bob.say("//a regular", reply_to=shown.row.telegram_id)

    [card] = texts(bob.say("/t T1"), bob)

    assert card.split("\n\n", 1)[1] == (
        f"👤 <b>{ANN}</b> · 10:00 · edited\nmy kettle leaks\n<s>my ketle &lt;leaks&gt;</s>\n\n"
        "💬 <b>Bob</b> · 10:00 · ⏳ waiting\nwhich one?\n\n"
        "📝 <b>Bob</b> · 10:00 · note\na regular"
    )


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ({"location": {"latitude": 31.2, "longitude": 121.4}}, "📍 31.2, 121.4"),
        (
            {
                "venue": {
                    "location": {"latitude": 1.5, "longitude": 2.5},
                    "title": "Shop <1>",
                    "address": "Road 5",
                }
            },
            "📍 Shop &lt;1&gt;, Road 5 (1.5, 2.5)",
        ),
        (
            {"contact": {"phone_number": "13800000000", "first_name": "Li <3", "last_name": "Lei"}},
            "👤 Li &lt;3 Lei, 13800000000",
        ),
        (
            {
                "poll": {
                    "id": "1",
                    "question": "Tea?",
                    "options": [
                        {"text": "yes", "voter_count": 0, "persistent_id": "a"},
                        {"text": "<no>", "voter_count": 0, "persistent_id": "b"},
                    ],
                    "total_voter_count": 0,
                    "is_closed": False,
                    "is_anonymous": True,
                    "type": "regular",
                    "allows_multiple_answers": False,
                    "allows_revoting": False,
                    "members_only": False,
                }
            },
            "📊 Tea?\n– yes\n– &lt;no&gt;",
        ),
        ({"contact": {"phone_number": "1", "first_name": "Li"}}, "👤 Li, 1"),
        ({"sticker": {**STICKER, "emoji": "🍵"}}, "🍵 [sticker]"),
        ({"sticker": STICKER}, "[sticker]"),
        ({"story": {"id": 1, "chat": {"id": 5, "type": "private"}}}, "[story]"),
        ({"dice": {"emoji": "🎲", "value": 4}}, "🎲 4"),
        ({"document": document("invoice")}, "📎 invoice.pdf"),
        (
            {"document": document("film", 35 * 1024 * 1024)},
            "📎 film.pdf (35 MB: over 20 MB, too big to be stored)",
        ),
        ({"photo": photo("p"), "caption": "look <"}, "look &lt;\n📎 photo"),
    ],
)
def test_the_notice_and_the_card_say_what_a_message_holds(
    talk: Talk, content: dict[str, Any], line: str
) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")

    told = texts(ann.say(**content), bob)
    [card] = texts(bob.say("/t T1"), bob)

    assert told == [f"🆕 <b>T1</b> · {ANN} · not sorted yet\n{line}"]
    assert card.split("\n\n", 1)[1] == f"👤 <b>{ANN}</b> · 10:00\n{line}"


def test_a_long_conversation_is_on_the_card_in_short_and_in_full_behind_the_button(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    for number in range(20):
        ann.say(f"line {number} " + "x" * 400)

    [card] = bob.say("/t T1")
    first = bob.tap(card.data[card.buttons.index("🕓 Earlier messages")])
    second = bob.tap(first[-1].data[0])

    assert [f"line {n} " in card.text for n in (13, 14, 19)] == [False, True, True]
    assert "… tap below for earlier messages" in card.text
    assert len(card.text) < 4096
    pages = ["".join(texts(page, bob)) for page in (first, second)]
    assert [[n for n in range(20) if f"line {n} " in page] for page in pages] == [
        list(range(4, 14)),
        list(range(4)),
    ]
    assert "x" * 400 in pages[0]
    assert second[-1].data == ()


def test_files_are_sent_again_on_demand_albums_as_albums(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    ann.say(photo=photo("a"), media_group_id="g", caption="two")
    ann.say(photo=photo("b"), media_group_id="g")
    ann.say(document=document("invoice"))
    ann.say(sticker=STICKER)

    [card] = bob.say("/t T1")
    sent = bob.tap(card.data[card.buttons.index("📎 Files (4)")])

    caption = f"T1 · {ANN} · 10:00"
    assert [
        (one.method, {k: v for k, v in one.row.params.items() if k != "link_preview_options"}) for one in sent
    ] == [
        (
            "sendMediaGroup",
            {
                "media": [
                    {"type": "photo", "media": "a", "caption": caption, "parse_mode": "HTML"},
                    {"type": "photo", "media": "b"},
                ]
            },
        ),
        ("sendDocument", {"document": "invoice", "caption": caption, "parse_mode": "HTML"}),
        ("sendMessage", {"text": caption, "parse_mode": "HTML"}),
        ("sendSticker", {"sticker": "s"}),
    ]
    assert {one.row.ticket_id for one in sent} == {1}  # a reply to the file answers its ticket


def test_a_file_too_big_for_a_bot_is_named_as_such(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    ann.say(document=document("film", 35 * 1024 * 1024))

    [sent] = bob.tap("files:1:0")

    assert sent.text == f"T1 · {ANN} · 10:00\nfilm.pdf: 35 MB, over 20 MB and too big to be stored"


def test_older_files_are_behind_a_button(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    for number in range(7):
        ann.say(document=document(f"d{number}"))

    first = bob.tap("files:1:0")
    second = bob.tap(first[-1].data[0])

    assert [one.row.params.get("document") for one in first] == ["d2", "d3", "d4", "d5", "d6", None]
    assert [one.row.params.get("document") for one in second] == ["d0", "d1"]


def test_a_follow_up_names_the_ticket_it_follows(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/resolve T1 a new one was sent")
    bob.say("/close T1")
    ann.say("it leaks again")

    [first], [second] = texts(bob.say("/t T1"), bob), texts(bob.say("/t T2"), bob)

    assert "✅ Resolved: a new one was sent" in first
    assert "↪️ Follows T1" in second


def test_a_button_of_a_list_leaves_the_list_where_it_is(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    opened, back = bob.tap("t:1", on=shown), bob.tap("card:1", on=shown)

    assert [one.method for one in (*opened, *back)] == ["sendMessage", "editMessageText"]
