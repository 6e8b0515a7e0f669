"""What people do: write, send, tap, edit, block. Every act reaches the bot as Telegram would tell it"""

from collections.abc import Sequence
from typing import Any

from bot.demo import attachments
from bot.demo.chats import Chat, Json, Message, Person, Topic
from bot.demo.core import Core, Query, Refused
from bot.demo.detect import find_entities
from bot.demo.files import Upload
from bot.demo.groups import adds_bot, make_group, may_read, migrates, opens_topic
from bot.demo.updates import TAP_LANE

Who = Person | int
Which = Message | int


class World(Core):
    """The programmatic interface of the demo; ``user`` arguments are a ``Person`` or an id.

    Acts return the ``Message`` they made. What a person's own app would refuse raises ``Refused``.
    """

    def user(
        self,
        id: int,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "en",
        role: str = "customer",
        started: bool = False,
    ) -> Person:
        """Add somebody. The bot cannot write to them before they wrote, unless ``started``."""
        person = Person(id, first_name, last_name, username, language_code, role, started=started)
        person.phone_number = f"+1555{id % 10**7:07d}"
        self.people[id] = person
        self.chats[id] = Chat(id, "private", person)
        self.tell_person(person)
        return person

    # writing

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

    def start(self, user: Who, payload: str = "") -> Message:
        """Press Start, or follow a link ``t.me/<bot>?start=<payload>``; unblocks the bot if need be."""
        person = self._person(user)
        if person.blocked:
            self.unblock(person)
        return self.send_text(person, f"/start {payload}".strip())

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
        person = self._person(user)
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

    def edit_text(self, user: Who, message: Which, text: str) -> Message:
        """Change one's own text or caption."""
        person = self._person(user)
        edited = self._message(self.chats[person.id], message)
        if edited.by_bot or edited.deleted or edited.body["from"]["id"] != person.id:
            raise Refused("only one's own messages can be edited")
        kind = "text" if "text" in edited.body else "caption"
        entities = "entities" if kind == "text" else "caption_entities"
        edited.body[kind] = text
        edited.body.pop(entities, None)
        if found := find_entities(text):
            edited.body[entities] = found
        edited.body["edit_date"] = self.now()
        self.updates.push("edited_message", edited.body, lane=edited.chat.id)
        self.tell_message("edit", edited)
        return edited

    def tap(
        self,
        user: Who,
        message: Which,
        data: str | None = None,
        *,
        row: int = 0,
        col: int = 0,
        chat: Chat | None = None,
        forged: bool = False,
    ) -> str:
        """Press an inline button by its data, or by its place; returns the query's id.

        ``forged`` sends data that no button carries, as a modified app can.
        """
        person = self._person(user)
        tapped = self._message(chat or self.chats[person.id], message)
        buttons = [button for line in tapped.buttons() for button in line]
        if data is None:
            data = tapped.buttons()[row][col].get("callback_data")
        if data is None or (not forged and data not in [button.get("callback_data") for button in buttons]):
            raise Refused("the message has no such button")
        query_id = self.next_id()
        self.queries[query_id] = Query("callback_query", person, self.clock())
        payload = {
            "id": query_id,
            "from": person.user(),
            "message": tapped.quoted(),
            "chat_instance": str(tapped.chat.id * 7 + 1),
            "data": data,
        }
        self.updates.push("callback_query", payload, lane=person.id + TAP_LANE)
        return query_id

    def ask_inline(self, user: Who, query: str) -> str:
        """Type ``@bot query`` in any chat; returns the query's id."""
        person = self._person(user)
        query_id = self.next_id()
        self.queries[query_id] = Query("inline_query", person, self.clock())
        payload = {"id": query_id, "from": person.user(), "query": query, "offset": ""}
        self.updates.push("inline_query", payload, lane=person.id + TAP_LANE)
        return query_id

    def react(self, user: Who, message: Which, emoji: str | None) -> None:
        """Put a reaction on a message, or take it back (None)."""
        person = self._person(user)
        target = self._message(self.chats[person.id], message)
        old, target.reactions = target.reactions, [emoji] if emoji else []
        payload = {
            "chat": target.chat.brief(),
            "message_id": target.message_id,
            "user": person.user(),
            "date": self.now(),
            "old_reaction": [{"type": "emoji", "emoji": each} for each in old],
            "new_reaction": [{"type": "emoji", "emoji": each} for each in target.reactions],
        }
        self.updates.push("message_reaction", payload, lane=target.chat.id)
        self.tell_message("edit", target)

    # blocking

    def block(self, user: Who) -> None:
        """Block the bot: it is told, and every send is refused until ``unblock``."""
        self._change_membership(self._person(user), blocked=True)

    def unblock(self, user: Who) -> None:
        self._change_membership(self._person(user), blocked=False)

    def _change_membership(self, person: Person, *, blocked: bool) -> None:
        if person.blocked == blocked:
            return
        person.blocked = blocked
        member: Json = {"user": self.me_user(), "status": "member"}
        banned: Json = {"user": self.me_user(), "status": "kicked", "until_date": 0}
        payload = {
            "chat": self.chats[person.id].brief(),
            "from": person.user(),
            "date": self.now(),
            "old_chat_member": member if blocked else banned,
            "new_chat_member": banned if blocked else member,
        }
        self.updates.push("my_chat_member", payload, lane=person.id)
        self.tell_person(person)

    # groups

    def group(self, id: int, title: str, members: Sequence[Who] = (), **kind: Any) -> Chat:
        """A group (negative id) the bot is in; with ``supergroup``, ``forum``, ``admin`` as wanted."""
        return make_group(self, id, title, [self._person(member) for member in members], **kind)

    def add_bot(self, user: Who, chat: Chat) -> None:
        """Somebody brings the bot into a group where it was not."""
        adds_bot(self, self._person(user), chat)

    def migrate(self, chat: Chat) -> Chat:
        """A small group becomes a supergroup with another id; the old one refuses messages."""
        return migrates(self, chat)

    def topic(self, chat: Chat, name: str) -> Topic:
        return opens_topic(self, chat, name)

    # raw

    def inject_raw(self, update: Json, *, lane: int = 0) -> int:
        """Queue an update as it is, however malformed; counted as received if it is a message."""
        counted = "message" in update
        self.counters.received += counted
        return self.updates.push_raw(update, lane=lane, counted=counted)

    def me_user(self) -> Json:
        return {key: self.me[key] for key in ("id", "is_bot", "first_name", "username")}

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
        person = self._person(user)
        chat = chat or self.chats[person.id]
        if chat.person is not None:
            if person.blocked:
                raise Refused("the bot is blocked: unblock it first")
            person.started = True
        elif person.id not in chat.members:
            raise Refused("not a member of this group")
        if reply_to is not None:
            body["reply_to_message"] = self._message(chat, reply_to).quoted()
        body["from"] = person.user()
        message = self.add_message(chat, body, by_bot=False, topic=topic)
        self.tell_message("message", message)
        if chat.person is not None or may_read(self.me, chat, message):
            self.counters.received += 1
            chat.unanswered += 1
            self.updates.push("message", message.body, lane=chat.id, counted=True)
        return message

    def _person(self, user: Who) -> Person:
        return user if isinstance(user, Person) else self.people[user]

    def _message(self, chat: Chat, which: Which) -> Message:
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
