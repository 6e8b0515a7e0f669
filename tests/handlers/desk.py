"""A desk at work: a customer's ticket, and what staff see of it."""

from typing import Any

from tests.talk import Person, Sent, Talk

TEA = "<i>Tea &amp; &lt;Co&gt; · T1</i>\n"
"""How the customer sees whose answer it is."""


def notice(talk: Talk, ann: Person, to: Person, text: str = "my kettle leaks", **content: Any) -> int:
    """The customer writes; the id of the notice as it stands in the chat of one of the staff."""
    ann.say(text if not content else None, **content)
    return place(talk.deliver(), to)


def place(sent: list[Sent], to: Person) -> int:
    """Where the last message to somebody stands in their chat."""
    found = [one.row.telegram_id for one in sent if one.to == to.id and one.row.ticket_id is not None]
    assert found[-1] is not None
    return found[-1]


def to(sent: list[Sent], person: Person) -> list[Sent]:
    return [one for one in sent if one.to == person.id]


def photo(name: str) -> list[dict[str, Any]]:
    """A photo as Telegram sends it: sizes, the largest last."""
    return [
        {"file_id": f"{name}-small", "file_unique_id": f"{name}-s", "width": 90, "height": 90},
        {"file_id": name, "file_unique_id": f"{name}-u", "width": 1280, "height": 1280, "file_size": 9000},
    ]


def document(name: str, size: int = 1000) -> dict[str, Any]:
    return {"file_id": name, "file_unique_id": f"{name}-u", "file_name": f"{name}.pdf", "file_size": size}
