"""Staff answer a customer."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from crm_store.engine import transaction
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service.states import TicketState
from crm_store.service.tables import Delivery, Message, Ticket
from crm_store.staff.roles import Role
from tests.handlers.desk import TEA, document, notice, photo, place, to
from tests.talk import Person, Talk, texts


def ticket(talk: Talk, id: int = 1) -> Ticket:
    with transaction(talk.engine) as session:
        found = session.get(Ticket, id)
        assert found is not None
        return found


def test_a_reply_to_the_notice_reaches_the_customer_as_the_desks_message(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = bob.say("Please send us a photo <3 & co", reply_to=shown)

    assert texts(sent, ann) == [TEA + "Please send us a photo &lt;3 &amp; co"]


def test_a_reply_to_any_message_of_the_ticket_is_an_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    notice(talk, ann, bob)
    bob.say("/t T1")
    card = place(talk.deliver(), bob)
    own = bob.message("first", reply_to=card)
    bob.send(own)

    sent = bob.say("second", reply_to=own["message_id"])

    assert texts(sent, ann) == [TEA + "second"]


def test_an_answer_claims_a_ticket_nobody_has_and_waits_for_the_customer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    bob.say("hello", reply_to=shown)

    found = ticket(talk)
    assert (found.state, found.assignee_id, found.waiting_since, found.first_answered_at) == (
        TicketState.WAITING_CUSTOMER,
        1,
        None,
        talk.now,
    )


def test_an_answer_to_a_colleagues_ticket_leaves_it_theirs_and_tells_them(talk: Talk) -> None:
    ann, bob, carol = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, 'Carol <"&">')
    shown = notice(talk, ann, carol)
    bob.say("/claim T1")

    sent = carol.say("I know this one", reply_to=shown)

    assert texts(sent, bob) == [
        "💬 Carol &lt;&#34;&amp;&#34;&gt; answered your ticket <b>T1</b>:\nI know this one"
    ]
    assert ticket(talk).assignee_id == 1


@pytest.mark.parametrize(
    "text", ["a_b *c [d` `e ``", "  1 < 2 && 3 > 2", "one\n\n\n\n\nfive", "🙂 𝔘𝔫𝔦", "{{ 7 * 7 }} %s {0}"]
)
def test_what_staff_write_arrives_letter_by_letter(talk: Talk, text: str) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = bob.say(text, reply_to=shown)

    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert texts(sent, ann) == [TEA + escaped]


def test_the_formatting_arrives_too(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bold = [{"type": "bold", "offset": 3, "length": 2}]

    sent = bob.say("🙂 no & yes", reply_to=shown, entities=bold)

    assert texts(sent, ann) == [TEA + "🙂 <b>no</b> &amp; yes"]


def test_a_long_answer_arrives_whole_and_in_order(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    words = " ".join(f"word{number}" for number in range(700))

    sent = texts(bob.say(words, reply_to=shown), ann)

    assert [len(one) <= 4096 + len("<i></i>&amp;&lt;&gt;") for one in sent] == [True, True]
    assert " ".join(sent).removeprefix(TEA) == words


def test_a_caption_over_1024_goes_on_in_a_message(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    words = " ".join(f"word{number}" for number in range(1000))

    sent = to(bob.say(reply_to=shown, photo=photo("p"), caption=words), ann)

    assert [one.method for one in sent] == ["sendPhoto", "sendMessage", "sendMessage"]
    assert len(sent[0].text) <= 1024 + len("<i></i>&amp;&lt;&gt;")
    assert " ".join(one.text for one in sent).removeprefix(TEA) == words


FILE = {"file_id": "f", "file_unique_id": "u", "duration": 3, "width": 9, "height": 9, "length": 9}
STICKER = {**FILE, "type": "regular", "is_animated": False, "is_video": False}


@pytest.mark.parametrize(
    ("content", "method", "params"),
    [
        (
            {"photo": photo("p"), "caption": "<look>"},
            "sendPhoto",
            {"photo": "p", "caption": TEA + "&lt;look&gt;"},
        ),
        ({"document": document("d")}, "sendDocument", {"document": "d", "caption": TEA.strip()}),
        ({"voice": FILE}, "sendVoice", {"voice": "f", "caption": TEA.strip()}),
        ({"video": FILE}, "sendVideo", {"video": "f", "caption": TEA.strip()}),
        ({"audio": FILE}, "sendAudio", {"audio": "f", "caption": TEA.strip()}),
        ({"animation": FILE, "document": FILE}, "sendAnimation", {"animation": "f", "caption": TEA.strip()}),
    ],
)
def test_a_file_goes_by_telegrams_own_id_under_the_desks_name(
    talk: Talk, content: dict[str, Any], method: str, params: dict[str, Any]
) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = to(bob.say(reply_to=shown, **content), ann)

    assert [(one.method, one.row.params) for one in sent] == [(method, {**params, "parse_mode": "HTML"})]


@pytest.mark.parametrize(
    ("content", "method", "params"),
    [
        ({"sticker": STICKER}, "sendSticker", {"sticker": "f"}),
        ({"video_note": FILE}, "sendVideoNote", {"video_note": "f"}),
    ],
)
def test_what_takes_no_caption_goes_without_one(
    talk: Talk, content: dict[str, Any], method: str, params: dict[str, Any]
) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    sent = to(bob.say(reply_to=shown, **content), ann)

    assert [(one.method, one.row.params) for one in sent] == [(method, params)]


@pytest.mark.parametrize(
    "content",
    [
        {"location": {"latitude": 31.2, "longitude": 121.4}},
        {"contact": {"phone_number": "+8613800000000", "first_name": "Li"}},
        {"dice": {"emoji": "🎲", "value": 3}},
    ],
)
def test_a_place_a_contact_or_a_dice_is_copied(talk: Talk, content: dict[str, Any]) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message(reply_to=shown, **content)

    sent = to(bob.send(written), ann)

    assert [(one.method, one.row.params) for one in sent] == [
        ("copyMessage", {"from_chat_id": bob.id, "message_id": written["message_id"]})
    ]


def test_the_answers_rows_say_what_they_carry(talk: Talk) -> None:
    """So that a receipt finds the answer, and the customer's reply the ticket."""
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    [row] = [one.row for one in to(bob.say("hello", reply_to=shown), ann)]

    with transaction(talk.engine) as session:
        message = session.get(Message, row.message_id)
        assert message is not None
        assert (message.text, message.delivery, row.ticket_id) == ("hello", Delivery.WAITING, 1)


def test_the_customers_reply_to_the_answer_finds_the_ticket(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.say("which kettle?", reply_to=shown)
    answer = place(talk.deliver(), ann)
    ann.say("/complain the tea is late")

    sent = ann.say("the red one", reply_to=answer)

    assert [one.row.ticket_id for one in to(sent, bob)] == [1]


# albums


def album(bob: Person, *captions: str | None, reply_to: int | None = None) -> list[dict[str, Any]]:
    made = []
    for number, caption in enumerate(captions):
        content = {"caption": caption} if caption is not None else {}
        made.append(bob.message(reply_to=reply_to, photo=photo(f"p{number}"), media_group_id="g", **content))
    return made


def queued(talk: Talk, person: Person) -> list[tuple[str, Any]]:
    """What waits for somebody now: the method and the file or files of each."""
    waiting = [one for one in talk.outbox() if one.to == person.id and one.row.state == OutboxState.PENDING]
    return [(one.method, one.row.params.get("media") or one.row.params.get("photo")) for one in waiting]


def test_an_album_arrives_as_one_album(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    for one in album(bob, "<two> views", None, "the other", reply_to=shown):
        bob.send(one)

    assert queued(talk, ann) == [
        (
            "sendMediaGroup",
            [
                {"type": "photo", "media": "p0", "caption": TEA + "&lt;two&gt; views", "parse_mode": "HTML"},
                {"type": "photo", "media": "p1"},
                {"type": "photo", "media": "p2", "caption": "the other", "parse_mode": "HTML"},
            ],
        )
    ]
    with transaction(talk.engine) as session:
        answers = [one.text for one in session.exec(select(Message).where(Message.author_id == 1))]
    assert answers == ["<two> views\nthe other"]


def test_the_first_picture_of_an_album_waits_a_moment_for_the_others(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    [row] = [one.row for one in to(bob.send(album(bob, None, reply_to=shown)[0]), ann)]

    assert (row.method, row.params["photo"], row.not_before) == (
        "sendPhoto",
        "p0",
        talk.now + timedelta(seconds=1.5),
    )


def test_a_picture_that_comes_after_the_album_left_is_sent_by_itself(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    first, second, third = album(bob, None, None, None, reply_to=shown)
    bob.send(first)
    bob.send(second)
    talk.deliver()

    bob.send(third)

    assert queued(talk, ann) == [("sendPhoto", "p2")]


def test_eleven_pictures_are_an_album_of_ten_and_one(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    for one in album(bob, *[None] * 11, reply_to=shown):
        bob.send(one)

    assert [
        (method, len(files) if isinstance(files, list) else 1) for method, files in queued(talk, ann)
    ] == [
        ("sendMediaGroup", 10),
        ("sendPhoto", 1),
    ]


def test_an_albums_picture_marked_as_a_note_stays_inside(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    first, second = album(bob, None, "//only for us", reply_to=shown)
    bob.send(first)

    sent = bob.send(second)

    assert (texts(sent, ann), queued(talk, ann)) == ([], [("sendPhoto", "p0")])


# the button


def test_the_answer_button_makes_the_next_message_the_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)

    asked = bob.tap("answer:1", on=shown)
    sent = bob.say("it is on its way")
    after = bob.say("and this is not for her")

    assert texts(asked, bob) == [
        "✍️ Write your answer to <b>T1</b> now: text, photo, file, voice, anything. "
        "Ann &lt;3 &amp; &#34;张&#34; will get your next message.\n(Changed your mind? /cancel)"
    ]
    assert (texts(sent, ann), texts(after, ann)) == ([TEA + "it is on its way"], [])


def test_a_reply_to_the_question_itself_is_the_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.tap("answer:1", on=shown)
    question = [one for one in talk.deliver() if one.to == bob.id][-1]

    sent = bob.say("here", reply_to=question.row.telegram_id)

    assert texts(sent, ann) == [TEA + "here"]


def test_a_reply_goes_where_it_points_even_while_another_answer_is_asked_for(talk: Talk) -> None:
    ann, bob, eve = talk.customer(), talk.staff(1, "Bob"), talk.person(5, "Eve")
    notice(talk, ann, bob)
    eves = notice(talk, eve, bob)
    bob.tap("answer:1")

    sent = bob.say("for Eve", reply_to=eves)
    after = bob.say("for whom?")

    assert texts(sent, eve) == ["<i>Tea &amp; &lt;Co&gt; · T2</i>\nfor Eve"]
    assert (texts(sent, ann), texts(after, ann), texts(after, eve)) == ([], [], [])


def test_who_looks_at_another_ticket_no_longer_answers_the_first(talk: Talk) -> None:
    ann, bob, eve = talk.customer(), talk.staff(1, "Bob"), talk.person(5, "Eve")
    notice(talk, ann, bob)
    notice(talk, eve, bob)
    bob.tap("answer:1")
    bob.say("/t T2")

    sent = bob.say("for whom?")

    assert (texts(sent, ann), texts(sent, eve)) == ([], [])


def test_a_number_typed_alone_after_the_button_opens_its_card_and_is_no_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.tap("answer:1", on=shown)

    sent = bob.say("T1")

    assert texts(sent, ann) == []
    assert texts(sent, bob)[0].startswith("🎫 <b>T1</b>")


def test_a_closed_ticket_takes_no_answer_and_says_what_will_happen(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    bob.say("/resolve T1")
    bob.say("/close T1")

    sent = bob.say("one more thing", reply_to=shown)

    assert [(one.to, one.text) for one in sent] == [
        (
            bob.id,
            "Your answer was not sent: <b>T1</b> is closed for good. "
            "When the customer writes again, a follow-up ticket opens.",
        )
    ]


def test_a_blocked_customer_is_named_as_such_with_the_answer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    leave = {
        "chat": ann.chat,
        "from": ann.user,
        "date": 1,
        "old_chat_member": {"user": {"id": 1, "is_bot": True, "first_name": "b"}, "status": "member"},
        "new_chat_member": {
            "user": {"id": 1, "is_bot": True, "first_name": "b"},
            "status": "kicked",
            "until_date": 0,
        },
    }
    talk.update(my_chat_member=leave)

    sent = bob.say("are you there?", reply_to=shown)

    assert (
        "⚠️ Ann &lt;3 &amp; &#34;张&#34; has blocked the bot. Your answer is kept in <b>T1</b>, "
        "but it will not arrive while the bot is blocked: it goes on the list of calls (/todo)."
    ) in texts(sent, bob)
    assert "🚫 The customer has blocked the bot: answers will not arrive." in texts(bob.say("/t T1"), bob)[0]


def test_a_strangers_reply_answers_nobody(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    eve = talk.person(5, "Eve")

    sent = eve.say("T1 is mine, //let me in", reply_to=shown)

    assert texts(sent, ann) == []


def test_somebody_whose_access_ended_answers_nobody(talk: Talk) -> None:
    ann, bob, mia = talk.customer(), talk.staff(1, "Bob"), talk.staff(2, "Mia", Role.OWNER)
    shown = notice(talk, ann, bob)
    bob.tap("answer:1", on=shown)
    mia.say("/revoke Bob")

    sent = [*bob.say("by reply", reply_to=shown), *bob.say("by form"), *bob.tap("answer:1", on=shown)]

    assert texts(sent, ann) == []


# editing


def rows(talk: Talk, person: Person) -> list[Outbox]:
    return [one.row for one in talk.outbox() if one.to == person.id]


def test_an_edit_before_it_left_changes_what_waits(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("tomorow", reply_to=shown)
    bob.send(written)

    sent = bob.edit(written, "tomorrow <3")

    waiting = [row for row in rows(talk, ann) if row.state == OutboxState.PENDING]
    assert [(row.method, row.params["text"]) for row in waiting] == [("sendMessage", TEA + "tomorrow &lt;3")]
    assert texts(sent, bob) == ["✏️ Changed in <b>T1</b>, for the customer too."]


def test_an_edit_after_it_left_edits_the_customers_copy(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("tomorow", reply_to=shown)
    original = to(bob.send(written), ann)[0]
    talk.deliver()

    sent = to(bob.edit(written, "tomorrow"), ann)

    assert [(one.method, one.text, one.row.edits) for one in sent] == [
        ("editMessageText", TEA + "tomorrow", original.row.key)
    ]


def test_two_quick_edits_are_one_edit_of_the_customers_copy(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("a", reply_to=shown)
    bob.send(written)
    talk.deliver()
    bob.edit(written, "b")
    bob.edit(written, "c")

    first = [row.params["text"] for row in rows(talk, ann) if row.state == OutboxState.PENDING]
    talk.deliver()
    bob.edit(written, "d")
    second = [row.params["text"] for row in rows(talk, ann) if row.state == OutboxState.PENDING]

    assert (first, second) == ([TEA + "c"], [TEA + "d"])


def test_an_edited_caption_edits_the_customers_caption(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message(reply_to=shown, photo=photo("p"), caption="old")
    bob.send(written)
    talk.deliver()

    sent = to(bob.edit(written, caption="new"), ann)

    assert [(one.method, one.text) for one in sent] == [("editMessageCaption", TEA + "new")]


def test_an_answer_that_grows_sends_what_is_new_and_one_that_shrinks_takes_it_back(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("short", reply_to=shown)
    bob.send(written)
    talk.deliver()
    long = " ".join(f"word{number}" for number in range(700))

    grown = to(bob.edit(written, long), ann)
    talk.deliver()
    shrunk = to(bob.edit(written, "short again"), ann)
    talk.deliver()
    regrown = to(bob.edit(written, long), ann)

    assert [one.method for one in grown] == ["editMessageText", "sendMessage"]
    assert " ".join(one.text for one in grown).removeprefix(TEA) == long
    assert [(one.method, one.row.edits) for one in shrunk] == [
        ("editMessageText", grown[0].row.edits),
        ("deleteMessage", grown[1].row.key),
    ]
    assert [one.method for one in regrown] == ["editMessageText", "sendMessage"]


def test_a_picture_replaced_is_replaced_for_the_customer(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message(reply_to=shown, photo=photo("wrong"), caption="this one")
    bob.send(written)
    talk.deliver()

    sent = to(bob.edit(written, photo=photo("right")), ann)

    assert [(one.method, one.row.params) for one in sent] == [
        (
            "editMessageMedia",
            {"media": {"type": "photo", "media": "right", "caption": TEA + "this one", "parse_mode": "HTML"}},
        )
    ]


def test_the_caption_of_any_picture_of_an_album_can_be_edited(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    pictures = album(bob, "one", None, reply_to=shown)
    for one in pictures:
        bob.send(one)
    bob.edit(pictures[1], caption="two, before it left")
    waiting = queued(talk, ann)
    copies = [one for one in talk.deliver() if one.to == ann.id]
    first = copies[0].row.telegram_id
    assert first is not None

    sent = to(bob.edit(pictures[1], caption="two, after"), ann)

    assert [part.get("caption") for part in waiting[0][1]] == [TEA + "one", "two, before it left"]
    assert [(one.method, one.row.params) for one in sent] == [
        ("editMessageCaption", {"caption": "two, after", "parse_mode": "HTML", "message_id": first + 1})
    ]


def test_an_answer_that_never_arrived_is_not_edited_there(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("hello", reply_to=shown)
    [row] = [one.row for one in to(bob.send(written), ann)]
    with transaction(talk.engine) as session:
        session.merge(row).state = OutboxState.FAILED

    sent = bob.edit(written, "hello!")

    assert texts(sent, ann) == []
    assert texts(sent, bob) == [
        "✏️ Changed in <b>T1</b>. The customer never got this answer; "
        "send it again as a new message if it should arrive."
    ]


def test_an_answer_is_never_edited_into_a_note(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("hello", reply_to=shown)
    bob.send(written)
    talk.deliver()

    sent = bob.edit(written, "//she is difficult")

    assert texts(sent, ann) == []
    assert texts(sent, bob) == [
        "⚠️ The customer already has this answer in <b>T1</b>, so it cannot become a note: it stays as it "
        "was. Write the note as a new message starting with <code>//</code>."
    ]


def test_the_card_shows_what_an_answer_said_before(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    shown = notice(talk, ann, bob)
    written = bob.message("tomorow <1>", reply_to=shown)
    bob.send(written)
    bob.edit(written, "tomorrow <2>")

    [card] = texts(bob.say("/t T1"), bob)

    assert card.endswith(
        "💬 <b>Bob</b> · 10:00 · edited · ⏳ waiting\ntomorrow &lt;2&gt;\n<s>tomorow &lt;1&gt;</s>"
    )
