"""What the page may ask for: each request is one thing a person does with their phone, or a fault to set"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from bot.demo.attachments import DICE_FACES
from bot.demo.chats import Message, Person
from bot.demo.core import Refused
from bot.demo.faults import Faults
from bot.demo.files import MAX_PHOTO_BYTES, MAX_UPLOAD_BYTES, Upload
from bot.demo.pictures import image_size
from bot.demo.refusal import Refusal
from bot.demo.world import World

ROLES = ("customer", "agent", "manager", "owner")
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_QUERY = 256

Ask = dict[str, Any]


class Deeds:
    """``do`` carries out one request of the live protocol; ``Refused`` says why not."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self._deeds: dict[str, Callable[[Ask], object]] = {
            "text": self._text,
            "start": self._start,
            "files": self._files,
            "voice": self._voice,
            "location": self._location,
            "contact": self._contact,
            "share_contact": self._share_contact,
            "sticker": self._sticker,
            "dice": self._dice,
            "poll": self._poll,
            "edit": self._edit,
            "tap": self._tap,
            "inline": self._inline,
            "choose": self._choose,
            "react": self._react,
            "block": lambda ask: self.world.block(self._person(ask)),
            "unblock": lambda ask: self.world.unblock(self._person(ask)),
            "add_person": self._add_person,
            "fault": self._fault,
        }

    def knows(self, deed: object) -> bool:
        return deed in self._deeds

    def do(self, ask: Ask) -> None:
        try:
            self._deeds[ask["do"]](ask)
        except Refusal as refusal:
            raise Refused(refusal.description) from refusal
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
            raise Refused(f"{ask.get('do')}: {type(error).__name__}: {error}") from error

    def _text(self, ask: Ask) -> Message:
        text = _text_of(ask, "text", MAX_TEXT)
        if not text.strip():
            raise Refused("a message needs a text")
        return self.world.send_text(self._person(ask), text.strip(), reply_to=_reply(ask))

    def _start(self, ask: Ask) -> Message:
        payload = _text_of(ask, "payload", 64) if ask.get("payload") else ""
        return self.world.start(self._person(ask), payload)

    def _files(self, ask: Ask) -> None:
        """Several pictures are an album; documents come one by one."""
        person, reply = self._person(ask), _reply(ask)
        caption = _text_of(ask, "caption", MAX_CAPTION) if ask.get("caption") else ""
        uploads = [_upload(file) for file in ask["files"]]
        if not 1 <= len(uploads) <= 10:
            raise Refused("1 to 10 files at once")
        if ask.get("as") == "photo":
            for upload in uploads:
                if len(upload.data) > MAX_PHOTO_BYTES:
                    raise Refused("a photo has 10 MB at most")
                image_size(upload.data)
            if len(uploads) > 1:
                self.world.send_album(person, uploads, caption=caption, reply_to=reply)
            else:
                self.world.send_photo(person, photo=uploads[0], caption=caption, reply_to=reply)
            return
        for upload in uploads:
            self.world.send_document(
                person, name=upload.name, mime=upload.mime, data=upload.data, caption=caption, reply_to=reply
            )
            caption = ""

    def _voice(self, ask: Ask) -> Message:
        data = _bytes(ask["data"]) if ask.get("data") else b"OggS"
        mime = str(ask.get("mime") or "audio/ogg")
        duration = max(1, round(float(ask.get("duration", 1))))
        return self.world.send_voice(self._person(ask), duration=duration, data=data, mime=mime)

    def _location(self, ask: Ask) -> Message:
        latitude, longitude = float(ask.get("latitude", 31.2304)), float(ask.get("longitude", 121.4737))
        return self.world.send_location(self._person(ask), latitude, longitude)

    def _contact(self, ask: Ask) -> Message:
        phone, name = ask.get("phone_number", "+15550001234"), ask.get("first_name", "Bob")
        return self.world.send_contact(self._person(ask), str(phone), str(name))

    def _share_contact(self, ask: Ask) -> Message:
        return self.world.share_contact(self._person(ask))

    def _sticker(self, ask: Ask) -> Message:
        return self.world.send_sticker(self._person(ask), emoji=str(ask.get("emoji", "👍")))

    def _dice(self, ask: Ask) -> Message:
        emoji = ask.get("emoji", "🎲")
        if emoji not in DICE_FACES:
            raise Refused("no such dice")
        return self.world.send_dice(self._person(ask), emoji=emoji)

    def _poll(self, ask: Ask) -> Message:
        options = [str(option) for option in ask.get("options", ["1", "2"])]
        if not 2 <= len(options) <= 12:
            raise Refused("a poll has 2 to 12 options")
        return self.world.send_poll(self._person(ask), str(ask.get("question", "?")), options)

    def _edit(self, ask: Ask) -> Message:
        text = _text_of(ask, "text", MAX_TEXT).strip()
        if not text:
            raise Refused("a message needs a text")
        return self.world.edit_text(self._person(ask), int(ask["message_id"]), text)

    def _tap(self, ask: Ask) -> str:
        return self.world.tap(self._person(ask), int(ask["message_id"]), str(ask["data"]))

    def _inline(self, ask: Ask) -> str:
        return self.world.ask_inline(self._person(ask), _text_of(ask, "query", MAX_QUERY))

    def _choose(self, ask: Ask) -> Message:
        return self.world.choose_inline(self._person(ask), str(ask["query_id"]), str(ask["result_id"]))

    def _react(self, ask: Ask) -> None:
        self.world.react(self._person(ask), int(ask["message_id"]), ask.get("emoji"))

    def _add_person(self, ask: Ask) -> Person:
        role = ask.get("role", "customer")
        if role not in ROLES:
            raise Refused("no such role")
        name = _text_of(ask, "first_name", 64).strip()
        if not name:
            raise Refused("a person needs a name")
        new_id = max(self.world.people, default=7_000_000_000) + 1
        language = str(ask.get("language_code") or "en")
        return self.world.user(new_id, name, language_code=language, role=role)

    def _fault(self, ask: Ask) -> None:
        self.faults.set(**ask["set"])

    def _person(self, ask: Ask) -> Person:
        person = self.world.people.get(ask["person"])
        if person is None:
            raise Refused("no such person")
        return person


def _text_of(ask: Ask, name: str, longest: int) -> str:
    text = ask[name]
    if not isinstance(text, str):
        raise Refused(f"{name} must be a text")
    if len(text) > longest:
        raise Refused(f"{name} is longer than {longest} characters")
    return text


def _reply(ask: Ask) -> int | None:
    reply = ask.get("reply_to")
    return None if reply is None else int(reply)


def _upload(file: Ask) -> Upload:
    data = _bytes(file["data"])
    if not data:
        raise Refused("the file is empty")
    if len(data) > MAX_UPLOAD_BYTES:
        raise Refused("a file has 50 MB at most")
    return Upload(data, str(file.get("name", "")), str(file.get("mime", "")))


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise Refused("the data is no base64") from None
