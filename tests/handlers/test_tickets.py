"""A customer's own tickets, and which ticket a message belongs to."""

import pytest
from sqlalchemy import select

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.service.tables import Attachment, Message, MessageVersion, Ticket
from crm_store.service.transcript import MAX_FILE_BYTES
from tests.talk import Person, Talk, texts

PHOTO = [{"file_id": "small", "file_unique_id": "s", "width": 1, "height": 1, "file_size": 10}]
FILE = {"file_id": "f", "file_unique_id": "u"}


def said(talk: Talk) -> list[tuple[int | None, str]]:
    with transaction(talk.engine) as session:
        return [(one.ticket_id, one.text) for one in session.scalars(select(Message).order_by(Message.id))]


def states(talk: Talk) -> list[tuple[int, str, int | None]]:
    with transaction(talk.engine) as session:
        found = session.scalars(select(Ticket).order_by(Ticket.id))
        return [(one.id, str(one.state), one.parent_id) for one in found]


@pytest.fixture
def ann(talk: Talk) -> Person:
    return talk.customer()


def test_a_message_continues_the_ticket_it_replies_to_else_the_latest(talk: Talk, ann: Person) -> None:
    ann.say("/ask first")
    [ack] = [one for one in talk.deliver() if one.to == ann.id]
    talk.later(minutes=5)
    ann.say("/ask second")

    talk.later(minutes=5)
    ann.say("to the first", reply_to=ack.row.telegram_id)
    ann.say("still the first: it is the latest now")

    assert said(talk) == [
        (1, "first"),
        (2, "second"),
        (1, "to the first"),
        (1, "still the first: it is the latest now"),
    ]


def test_a_reply_into_somebody_elses_ticket_stays_in_ones_own(talk: Talk, ann: Person) -> None:
    ann.say("my kettle leaks")
    mallory = talk.person(666, "Mallory")

    mallory.say("mine too", reply_to=1)

    assert said(talk) == [(1, "my kettle leaks"), (2, "mine too")]


def test_a_bare_greeting_opens_nothing_and_joins_the_ticket_that_follows(talk: Talk) -> None:
    li = talk.customer(language_code="zh")

    greeted = li.say("在吗")
    assert said(talk) == [(None, "在吗")]
    li.say("壶漏水了")

    assert texts(greeted, li)[0].startswith("您好，Ann &lt;3 &amp; &#34;张&#34;！")
    assert said(talk) == [(1, "在吗"), (1, "壶漏水了")]


@pytest.mark.parametrize("closer", ["谢谢", "好的", "👌", "thanks", "OK, thank you!"])
def test_thanks_after_an_answer_reopens_nothing(talk: Talk, ann: Person, closer: str) -> None:
    ann.say("my kettle leaks")
    ann.tap("ownclose:1")
    talk.later(minutes=1)

    sent = ann.say(closer)

    assert sent == []
    assert states(talk) == [(1, "closed", None)]
    assert said(talk)[-1] == (1, closer)


def test_a_message_after_closing_opens_a_linked_follow_up(talk: Talk, ann: Person) -> None:
    ann.say("my kettle leaks")
    ann.tap("ownclose:1")
    talk.later(days=3)

    ann.say("it leaks again")

    assert states(talk) == [(1, "closed", None), (2, "new", 1)]


def test_an_album_is_one_message_with_its_pictures_and_one_acknowledgement(talk: Talk, ann: Person) -> None:
    sent = []
    for number in range(10):
        caption = {"caption": "look"} if number == 0 else {}
        sent += ann.say(photo=PHOTO, media_group_id="g1", **caption)

    assert len(texts(sent, ann)) == 1
    assert said(talk) == [(1, "look")]
    with transaction(talk.engine) as session:
        assert len(session.scalars(select(Attachment)).all()) == 10


CONTENTS = {
    "photo": PHOTO,
    "document": {**FILE, "file_name": "a.pdf", "mime_type": "application/pdf"},
    "voice": {**FILE, "duration": 3},
    "video": {**FILE, "width": 1, "height": 1, "duration": 3},
    "video_note": {**FILE, "length": 1, "duration": 3},
    "audio": {**FILE, "duration": 3},
    "sticker": {**FILE, "width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular"},
    "location": {"latitude": 1.0, "longitude": 2.0},
    "venue": {"location": {"latitude": 1.0, "longitude": 2.0}, "title": "x", "address": "y"},
    "contact": {"phone_number": "1", "first_name": "B"},
    "dice": {"emoji": "🎲", "value": 3},
    "story": {"chat": {"id": 5, "type": "private"}, "id": 1},
    "poll": {
        "id": "1",
        "question": "?",
        "options": [],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    },
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_every_kind_of_message_opens_a_ticket(talk: Talk, ann: Person, kind: str) -> None:
    sent = ann.say(**{kind: CONTENTS[kind]})

    assert texts(sent, ann)[0].startswith("✅ Received. Your ticket number is <b>T1</b>.")
    with transaction(talk.engine) as session:
        assert [one.kind for one in session.scalars(select(Message))] == [kind]


def test_a_kind_nobody_foresaw_is_taken_all_the_same(talk: Talk, ann: Person) -> None:
    sent = ann.say(hologram={"depth": 3})

    assert texts(sent, ann)[0].startswith("✅ Received.")


def test_a_file_too_big_for_any_bot_is_noted_and_the_ticket_opens(talk: Talk, ann: Person) -> None:
    ann.say(document={**FILE, "file_name": "film.mov", "file_size": MAX_FILE_BYTES + 1})

    with transaction(talk.engine) as session:
        assert [one.too_big for one in session.scalars(select(Attachment))] == [True]


def test_an_edit_is_a_new_version_and_reopens_nothing(talk: Talk, ann: Person) -> None:
    message = ann.message("my kettle leaks")
    talk.update(message=message)
    ann.tap("ownclose:1")

    ann.edit(message, "my kettle leaks a lot")

    assert said(talk) == [(1, "my kettle leaks a lot")]
    assert states(talk) == [(1, "closed", None)]
    with transaction(talk.engine) as session:
        assert [one.text for one in session.scalars(select(MessageVersion))] == ["my kettle leaks"]


def test_tickets_lists_ones_own_with_their_state(talk: Talk, ann: Person) -> None:
    talk.person(666, "Mallory").say("/ask not Ann's")
    ann.say("/complain it leaks")
    ann.say("/ask lids?")
    talk.later(minutes=1)

    [listed] = ann.say("/tickets")

    assert listed.text == (
        "<b>Your tickets</b>\n• <b>T3</b> question · new · 10:00\n• <b>T2</b> complaint · new · 10:00\n\n"
        "Tap one to see it."
    )
    assert listed.data == ("own:3", "own:2")


def test_a_ticket_shows_its_conversation_and_a_way_to_close_it(talk: Talk, ann: Person) -> None:
    ann.say("/complain it leaks <b>")

    [shown] = ann.tap("own:1")

    assert shown.text == ("<b>T1</b> · complaint · new\nOpened 10:00\n\n<b>You</b> 10:00\nit leaks &lt;b&gt;")
    assert shown.data == ("ownend:1", "ownpage:0")
    assert ann.say("T1")[0].text == shown.text


def test_closing_for_good_asks_first(talk: Talk, ann: Person) -> None:
    ann.say("/complain it leaks")

    [asked] = ann.tap("ownend:1")

    assert (asked.text, asked.data) == (
        "Close <b>T1</b>? It cannot be opened again; for anything new, just write to us.",
        ("ownclose:1", "own:1"),
    )
    assert states(talk) == [(1, "new", None)]


def test_further_replies_to_a_closed_ticket_continue_its_follow_up(talk: Talk, ann: Person) -> None:
    ann.say("my kettle leaks")
    [ack] = [one for one in talk.deliver() if one.to == ann.id]
    ann.tap("ownclose:1")

    ann.say("one more thing", reply_to=ack.row.telegram_id)
    ann.say("and another", reply_to=ack.row.telegram_id)

    assert said(talk) == [(1, "my kettle leaks"), (2, "one more thing"), (2, "and another")]
    assert states(talk) == [(1, "closed", None), (2, "new", 1)]


def test_closing_ones_ticket_twice_closes_it_once(talk: Talk, ann: Person) -> None:
    ann.say("/complain it leaks")

    first, second = ann.tap("ownclose:1"), ann.tap("ownclose:1")

    assert texts(first, ann) == ["Ticket <b>T1</b> is closed. Anything new? Just write."]
    assert (second, talk.group.asides[0].params["text"]) == ([], "T1 is already closed")


def test_an_unknown_command_says_what_to_do(talk: Talk, ann: Person) -> None:
    [said_] = texts(ann.say("/teleport"), ann)

    assert "/help" in said_


def test_an_id_beyond_32_bits_is_an_id_like_any_other(talk: Talk) -> None:
    sent = talk.customer(7_000_000_000).say("hi there, it leaks")

    assert [one.to for one in sent] == [7_000_000_000]


@pytest.mark.parametrize("text", ["a_b *c [d `e", "<script>&amp;", "🙂" * 50, "x" * 4096])
def test_words_are_kept_exactly(talk: Talk, ann: Person, text: str) -> None:
    ann.say(text)

    assert said(talk) == [(1, text)]


def test_blocking_the_bot_is_noted_and_writing_again_undoes_it(talk: Talk, ann: Person) -> None:

    def reachable() -> list[bool]:
        with transaction(talk.engine) as session:
            return [one.reachable for one in session.scalars(select(Customer))]

    me = {"id": 9, "is_bot": True, "first_name": "b"}
    ann.say("my kettle leaks")
    talk.update(
        my_chat_member={
            "chat": ann.chat,
            "from": ann.user,
            "date": 1,
            "old_chat_member": {"status": "member", "user": me},
            "new_chat_member": {"status": "kicked", "until_date": 0, "user": me},
        }
    )
    blocked = reachable()
    ann.say("back again")

    assert (blocked, reachable()) == ([False], [True])


def test_a_bare_greeting_reopens_nothing_and_joins_what_reopens(talk: Talk, ann: Person) -> None:
    bob = talk.staff(1, "Bob")
    ann.say("my kettle leaks")
    bob.say("/resolve T1 sent a new one")

    ann.say("hello")
    held = (said(talk)[-1], states(talk))
    ann.say("it leaks again")

    assert held == ((None, "hello"), [(1, "resolved", None)])
    assert said(talk)[-2:] == [(1, "hello"), (1, "it leaks again")]
    assert states(talk) == [(1, "open", None)]


def test_two_days_after_a_resolution_a_message_opens_a_linked_ticket(talk: Talk, ann: Person) -> None:
    bob = talk.staff(1, "Bob")
    ann.say("my kettle leaks")
    bob.say("/resolve T1 sent a new one")
    talk.later(hours=49)  # the clock has not come round to closing it

    ann.say("it leaks again")

    assert states(talk) == [(1, "resolved", None), (2, "new", 1)]


def test_after_a_day_of_silence_a_further_message_is_acknowledged(talk: Talk, ann: Person) -> None:
    ann.say("my kettle leaks")
    talk.later(hours=25)

    sent = ann.say("still leaking")

    assert texts(sent, ann) == ["📥 Added to ticket <b>T1</b>. We will get back to you as soon as we can."]


def test_what_telegram_itself_reports_opens_nothing(talk: Talk, ann: Person) -> None:
    pinned = {"message_id": 1, "date": 1, "chat": ann.chat, "text": "x"}

    assert ann.say(pinned_message=pinned) == []
    assert states(talk) == []


def test_an_edited_command_is_kept_as_what_it_says(talk: Talk, ann: Person) -> None:
    message = ann.message("/complain it leaks")
    talk.update(message=message)

    ann.edit(message, "/complain it leaks a lot")

    assert said(talk) == [(1, "it leaks a lot")]


def test_staff_who_were_customers_before_still_own_their_tickets(talk: Talk, ann: Person) -> None:
    ann.say("my kettle leaks")
    talk.staff(ann.id, ann.first_name)

    [shown] = ann.tap("own:1")
    stranger = talk.staff(5, "Carol").tap("own:1")

    assert "my kettle leaks" in shown.text
    assert [one.text for one in stranger] == [
        "That is for customers, and you are staff here. /help shows what you can do."
    ]
    assert talk.group.failed == 0


@pytest.mark.parametrize("data", ["rate:1:0:5", "kind:1:unsure"])
def test_what_was_never_offered_cannot_be_tapped(talk: Talk, ann: Person, data: str) -> None:
    ann.say("my kettle leaks")

    assert ann.tap(data) == []
    assert [one.params["text"] for one in talk.group.asides] == [
        "This button has expired. Please open the ticket or list again"
    ]
