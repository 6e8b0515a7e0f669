"""What people write and send; every message reaches the bot as Telegram would tell it"""

from collections.abc import Sequence
from typing import Any

from bot.demo import attachments
from bot.demo.chats import Chat, Json, Message, Person, Topic
from bot.demo.core import Core, Refused
from bot.demo.detect import find_entities
from bot.demo.files import Upload
from bot.demo.groups import may_read

Who = Person | int
Which = Message | int


class Writing(Core):
    """The sending half of ``World``. ``user`` is a ``Person`` or an id; each act returns its ``Message``.

    All take ``reply_to`` (a message or its id), ``chat`` (a group instead of the private chat) and ``topic``.
    """

    def send_text(
        self,
        user: Who,
        text: str,
        *,
        reply_to: Which | None = None,
        chat: Chat | None = None,
        topic: Topic | None = None,
        entities: list[Json] | None = None,
    ) -> Message:
        body: Json = {"text": text}
        found = find_entities(text) if entities is None else entities
        if found:
            body["entities"] = found
        return self._send(user, body, reply_to=reply_to, chat=chat, topic=topic)

    def send(self, user: Who, body: Json, **where: Any) -> Message:
        """Any other kind of message, given as the fields of the Bot API's ``Message``."""
        return self._send(user, dict(body), **where)

    def send_photo(
        self, user: Who, *, photo: Upload | None = None, caption: str = "", **where: Any
    ) -> Message:
        return self._send(user, attachments.photo(self, photo) | _captioned(caption), **where)

    def send_album(
        self, user: Who, photos: int | Sequence[Upload] = 2, *, caption: str = "", **where: Any
    ) -> list[Message]:
        """2–10 photos at once: so many messages with one ``media_group_id``, the caption on the first."""
        uploads = [None] * photos if isinstance(photos, int) else list(photos)
        if not 2 <= len(uploads) <= 10:
            raise Refused("an album has 2 to 10 photos")
        album = {"media_group_id": self.next_id()}
        bodies = [attachments.photo(self, upload) | album for upload in uploads]
        bodies[0] |= _captioned(caption)
        return [self._send(user, body, **where) for body in bodies]

    def send_document(
        self,
        user: Who,
        *,
        name: str = "document.pdf",
        mime: str = "application/pdf",
        data: bytes = b"%PDF-1.4\n",
        size: int | None = None,
        caption: str = "",
        **where: Any,
    ) -> Message:
        """``size`` in bytes pretends a file of that size without holding it."""
        body = attachments.document(self, Upload(data, name, mime), size=size)
        return self._send(user, body | _captioned(caption), **where)

    def send_voice(
        self, user: Who, *, duration: int = 3, data: bytes = b"OggS", mime: str = "audio/ogg", **where: Any
    ) -> Message:
        return self._send(user, attachments.voice(self, Upload(data, mime=mime), duration), **where)

    def send_video(self, user: Who, *, data: bytes = b"ftyp", caption: str = "", **where: Any) -> Message:
        return self._send(user, attachments.video(self, Upload(data)) | _captioned(caption), **where)

    def send_video_note(self, user: Who, *, data: bytes = b"ftyp", **where: Any) -> Message:
        return self._send(user, attachments.video_note(self, Upload(data)), **where)

    def send_sticker(self, user: Who, *, emoji: str = "👍", **where: Any) -> Message:
        return self._send(user, attachments.sticker(self, None, emoji), **where)

    def send_location(
        self, user: Who, latitude: float = 31.2304, longitude: float = 121.4737, **where: Any
    ) -> Message:
        return self._send(user, {"location": {"latitude": latitude, "longitude": longitude}}, **where)

    def send_contact(
        self, user: Who, phone_number: str = "+15550001234", first_name: str = "Bob", **where: Any
    ) -> Message:
        """Somebody else's contact; ``share_contact`` sends one's own."""
        return self._send(
            user, {"contact": {"phone_number": phone_number, "first_name": first_name}}, **where
        )

    def share_contact(self, user: Who, **where: Any) -> Message:
        """The button that shares one's own number."""
        person = self.person_of(user)
        contact = {"phone_number": person.phone_number, "first_name": person.first_name, "user_id": person.id}
        if person.last_name:
            contact["last_name"] = person.last_name
        return self._send(person, {"contact": contact}, **where)

    def send_dice(self, user: Who, *, emoji: str = "🎲", **where: Any) -> Message:
        return self._send(user, attachments.dice(self, emoji), **where)

    def send_poll(
        self, user: Who, question: str = "?", options: Sequence[str] = ("1", "2"), **where: Any
    ) -> Message:
        return self._send(user, attachments.poll(self, question, list(options)), **where)

    # inside

    def _send(
        self,
        user: Who,
        body: Json,
        *,
        reply_to: Which | None = None,
        chat: Chat | None = None,
        topic: Topic | None = None,
    ) -> Message:
        person = self.person_of(user)
        chat = chat or self.chats[person.id]
        if chat.person is not None:
            if person.blocked:
                raise Refused("the bot is blocked: unblock it first")
            person.started = True
        elif person.id not in chat.members:
            raise Refused("not a member of this group")
        if reply_to is not None:
            body["reply_to_message"] = self.message_of(chat, reply_to).quoted()
        body["from"] = person.user()
        message = self.add_message(chat, body, by_bot=False, topic=topic)
        self.tell_message("message", message)
        if chat.person is not None or may_read(self.me, chat, message):
            self.counters.received += 1
            chat.unanswered += 1
            self.updates.push("message", message.body, lane=chat.id, counted=True)
        return message

    def person_of(self, user: Who) -> Person:
        return user if isinstance(user, Person) else self.people[user]

    def message_of(self, chat: Chat, which: Which) -> Message:
        if isinstance(which, Message):
            return which
        if which not in chat.messages:
            raise Refused("no such message")
        return chat.messages[which]


def _captioned(caption: str) -> Json:
    if not caption:
        return {}
    found = find_entities(caption)
    return {"caption": caption} | ({"caption_entities": found} if found else {})
