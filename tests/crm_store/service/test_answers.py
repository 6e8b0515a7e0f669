"""What staff write, on both databases: answers, notes, albums, edits, and where all of it stands."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from crm_store.engine import transaction
from crm_store.refusals import IllegalTransition
from crm_store.service import conversation, files, places, tickets, transcript
from crm_store.service.states import TicketState
from crm_store.service.tables import Delivery, Direction
from crm_store.service.transcript import File
from tests.crm_store.people import NOW, customer, staff, ticket, trail, written

LATER = NOW + timedelta(minutes=5)


def picture(name: str, size: int = 100) -> File:
    return File(kind="photo", file_id=name, file_unique_id=f"{name}-u", size=size)


def test_an_answer_claims_waits_for_the_customer_and_is_filed(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))

        message = conversation.answer(
            session, ticket=found, by=bob, incoming=written(bob.chat_id, 9, "hello <3"), now=LATER
        )

        assert (found.assignee_id, found.state, found.waiting_since, found.first_answered_at) == (
            bob.id,
            TicketState.WAITING_CUSTOMER,
            None,
            LATER,
        )
        assert (message.direction, message.text, message.delivery, message.author_id) == (
            Direction.OUT,
            "hello <3",
            Delivery.WAITING,
            bob.id,
        )
        assert places.message_of(session, chat_id=bob.chat_id, telegram_id=9) is message
        assert trail(session)[-1] == (f"staff:{bob.id}", "answered", None, {"message": message.id})


def test_the_first_answer_stays_the_first_and_the_assignee_the_assignee(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, carol, found = staff(session), staff(session, "Carol"), ticket(session, customer(session))
        conversation.answer(session, ticket=found, by=bob, incoming=written(bob.chat_id, 1), now=NOW)
        conversation.answer(session, ticket=found, by=carol, incoming=written(carol.chat_id, 1), now=LATER)

        assert (found.assignee_id, found.first_answered_at) == (bob.id, NOW)


def test_a_closed_ticket_takes_a_note_but_no_answer(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        tickets.resolve(session, ticket=found, by=bob, reason="", now=NOW)
        tickets.close(session, ticket=found, actor=bob, now=NOW)

        conversation.note(
            session, ticket=found, by=bob, incoming=written(bob.chat_id, 1, "a note"), now=LATER
        )
        with pytest.raises(IllegalTransition):
            conversation.answer(session, ticket=found, by=bob, incoming=written(bob.chat_id, 2), now=LATER)

        said = transcript.history(session, ticket=found, limit=9, notes=True)
        assert [(one.direction, one.text, one.delivery) for one in said] == [(Direction.NOTE, "a note", None)]
        assert transcript.history(session, ticket=found, limit=9, notes=False) == []


def test_an_albums_pictures_and_words_become_one_message(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        first = written(bob.chat_id, 1, "one", picture("a"), album="g", kind="photo")
        second = written(bob.chat_id, 2, "", picture("b"), album="g", kind="photo")
        third = written(bob.chat_id, 3, "three", picture("c"), album="g", kind="photo")

        message = conversation.answer(session, ticket=found, by=bob, incoming=first, now=NOW)
        for one in (second, third):
            album = transcript.album_of(session, chat_id=bob.chat_id, media_group_id="g")
            assert album is message
            transcript.join_album(session, album=message, incoming=one)

        assert message.text == "one\nthree"
        assert [one.file_id for one in transcript.attachments(session, messages=[message])] == [
            "a",
            "b",
            "c",
        ]
        assert places.places_of(session, message_id=message.id, chat_id=bob.chat_id, since=2) == [2, 3]
        assert places.message_of(session, chat_id=bob.chat_id, telegram_id=3) is message


def test_an_edit_keeps_what_was_said_before(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        message = conversation.answer(
            session, ticket=found, by=bob, incoming=written(bob.chat_id, 1, "one"), now=NOW
        )

        changed = [
            transcript.edit(session, message=message, incoming=written(bob.chat_id, 1, text), now=LATER)
            for text in ("one", "two", "three")
        ]

        assert (changed, message.text, message.edited_at) == ([False, True, True], "three", LATER)
        assert [one.text for one in transcript.versions(session, message=message)] == ["one", "two"]


def test_a_replaced_file_replaces_the_file(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        old = written(bob.chat_id, 1, "look", picture("wrong"), kind="photo")
        new = written(bob.chat_id, 1, "look", picture("right"), kind="photo")
        message = conversation.answer(session, ticket=found, by=bob, incoming=old, now=NOW)

        assert transcript.edit(session, message=message, incoming=new, now=LATER)
        assert not transcript.edit(session, message=message, incoming=new, now=LATER)
        session.flush()
        assert [one.file_id for one in transcript.attachments(session, messages=[message])] == ["right"]


def test_history_goes_back_page_by_page(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        for number in range(5):
            conversation.note(
                session, ticket=found, by=bob, incoming=written(bob.chat_id, number, str(number)), now=NOW
            )

        last = transcript.history(session, ticket=found, limit=2, notes=True)
        before = transcript.history(session, ticket=found, limit=2, notes=True, before=last[0].id)

        assert [one.text for one in [*before, *last]] == ["1", "2", "3", "4"]


def test_files_are_found_with_their_messages_page_by_page(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        other = ticket(session, customer(session, 5))
        for number in range(6):
            some = [picture(f"p{number}")] if number % 2 else []
            incoming = written(bob.chat_id, number, str(number), *some, kind="photo")
            conversation.note(session, ticket=found, by=bob, incoming=incoming, now=NOW)
        conversation.note(
            session, ticket=other, by=bob, incoming=written(bob.chat_id, 99, "", picture("x")), now=NOW
        )

        last = files.with_files(session, ticket=found, limit=2)
        before = files.with_files(session, ticket=found, limit=2, before=last[0][0].id)

        names = [[(m.text, [f.file_id for f in some]) for m, some in page] for page in (before, last)]
        assert names == [[("1", ["p1"])], [("3", ["p3"]), ("5", ["p5"])]]
        assert files.count_files(session, ticket=found) == 3


def test_a_file_over_20_mb_is_noted_as_too_big(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, found = staff(session), ticket(session, customer(session))
        sizes = [transcript.MAX_FILE_BYTES, transcript.MAX_FILE_BYTES + 1]
        message = conversation.note(
            session,
            ticket=found,
            by=bob,
            incoming=written(bob.chat_id, 1, "", *(picture(str(size), size) for size in sizes)),
            now=NOW,
        )

        assert [one.too_big for one in transcript.attachments(session, messages=[message])] == [False, True]


def test_the_tickets_seen_last_in_a_chat_come_first(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        first, second, third = (ticket(session, ann) for _ in range(3))
        for place, one in enumerate((first, second, third, first), start=1):
            places.map_message(
                session, chat_id=bob.chat_id, telegram_id=place, ticket_id=one.id, message_id=None
            )
        places.map_message(session, chat_id=5, telegram_id=99, ticket_id=second.id, message_id=None)

        assert places.recent_tickets(session, chat_id=bob.chat_id, limit=2) == [first, third]
