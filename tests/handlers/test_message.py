"""A customer writes."""

from sqlalchemy import event

from tests.talk import Talk, texts


def test_a_message_becomes_a_numbered_ticket_and_says_so(talk: Talk) -> None:
    ann = talk.customer()

    sent = ann.say("my kettle leaks <b>&amp;")

    assert texts(sent, ann) == [
        "✅ Received. Your ticket number is <b>T1</b>.\n"
        "We are not sure what kind of request this is. Tap one below and we can help faster:\n\n"
        "We will answer as soon as we can. You can add more text or pictures at any time."
    ]


def test_six_lines_in_ninety_seconds_are_one_ticket_with_one_acknowledgement(talk: Talk) -> None:
    ann = talk.customer()

    sent = []
    for line in range(6):
        sent += ann.say(f"line {line}")
        talk.later(seconds=15)

    assert [one.to for one in sent] == [ann.id]


def test_nothing_is_looked_for_of_who_writes_for_the_first_time(talk: Talk) -> None:
    asked: list[str] = []
    event.listen(talk.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    ann = talk.customer()

    def read(table: str) -> int:
        return sum(one.startswith("SELECT") and f"FROM {table} " in one for one in asked)

    ann.say("my kettle leaks")
    assert (read("ticket"), read("message"), read("campaign_member")) == (0, 0, 0)
    ann.say("and it is hot")
    assert (read("ticket"), read("message"), read("campaign_member")) == (1, 0, 1)
