"""How a message looks to the page and to tests: flat, and the same for both directions"""

from typing import Any

from bot.demo.chats import Message, Person

_PLAIN = ("text", "caption", "media_group_id", "location", "contact", "venue", "dice", "poll", "sticker")
_FILES = ("document", "video", "animation", "audio", "voice", "video_note")


def show_message(message: Message) -> dict[str, Any]:
    """The live protocol's message. ``from_id`` tells who wrote it, in groups too."""
    body = message.body
    shown: dict[str, Any] = {
        "message_id": message.message_id,
        "from": "bot" if message.by_bot else "person",
        "from_id": body["from"]["id"],
        "date": body["date"],
        "edited": "edit_date" in body,
        "deleted": message.deleted,
        "reply_to": body["reply_to_message"]["message_id"] if "reply_to_message" in body else None,
        "keyboard": message.buttons() or None,
        "reply_keyboard": message.reply_keyboard,
        "reactions": list(message.reactions),
    }
    for key in _PLAIN:
        if key in body:
            shown[key] = body[key]
    for key in ("entities", "caption_entities"):
        if key in body:
            shown[key] = list(body[key])
    for key in _FILES:
        if key in body and not (key == "document" and "animation" in body):
            shown[key] = body[key]
    if "photo" in body:
        largest = body["photo"][-1]
        shown["photo"] = {key: largest[key] for key in ("file_id", "width", "height")}
    if "forward_origin" in body:
        shown["forward_origin"] = body["forward_origin"]
    return shown


def show_person(person: Person) -> dict[str, Any]:
    """A person without chat and commands."""
    return {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "username": person.username,
        "language_code": person.language_code,
        "role": person.role,
        "blocked": person.blocked,
        "started": person.started,
    }
