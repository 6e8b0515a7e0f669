"""People, chats and messages, as the stand-in remembers them"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with a Telegram account. ``role`` is a label for the page, the bot never sees it. One of a
    crowd has no phone on the page: ``hears`` is told instead what the bot sends them."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    role: str = "customer"
    phone_number: str | None = None
    started: bool = False
    blocked: bool = False
    hears: "Callable[[Message], None] | None" = None

    @property
    def is_shown(self) -> bool:
        return self.hears is None

    def user(self) -> Json:
        """The Bot API's ``User``."""
        told: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        for key in ("last_name", "username", "language_code"):
            value = getattr(self, key)
            if value is not None:
                told[key] = value
        return told


@dataclass(slots=True, eq=False)
class Topic:
    """A forum topic; its id is the id of the message that opened it."""

    id: int
    name: str
    is_open: bool = True


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat (``person`` is set) or a group, with all its messages by id."""

    id: int
    kind: str
    person: Person | None = None
    title: str = ""
    members: dict[int, Person] = field(default_factory=dict)
    bot_status: str = "member"
    is_forum: bool = False
    topics: dict[int, Topic] = field(default_factory=dict)
    migrated_to: int | None = None
    messages: dict[int, "Message"] = field(default_factory=dict)
    next_message_id: int = 1
    unanswered: int = 0
    menu_button: Json | None = None

    def brief(self) -> Json:
        """The Bot API's ``Chat``."""
        if self.person is not None:
            told: Json = {"id": self.id, "first_name": self.person.first_name, "type": "private"}
            for key in ("last_name", "username"):
                value = getattr(self.person, key)
                if value is not None:
                    told[key] = value
            return told
        told = {"id": self.id, "title": self.title, "type": self.kind}
        if self.is_forum:
            told["is_forum"] = True
        return told


@dataclass(slots=True, eq=False)
class Message:
    """One message: ``body`` is the Bot API's ``Message`` as it stands now."""

    chat: Chat
    body: Json
    by_bot: bool
    reply_keyboard: Json | None = None
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)

    @property
    def is_shown(self) -> bool:
        """Whether the page has a phone that shows it."""
        return self.chat.person is None or self.chat.person.is_shown

    @property
    def message_id(self) -> int:
        found: int = self.body["message_id"]
        return found

    @property
    def text(self) -> str:
        found: str = self.body.get("text") or self.body.get("caption") or ""
        return found

    def quoted(self) -> Json:
        """The message inside another's ``reply_to_message`` or a tap: one level deep, as Telegram's."""
        if self.deleted:
            return {"chat": self.chat.brief(), "message_id": self.message_id, "date": 0}
        return {key: value for key, value in self.body.items() if key != "reply_to_message"}

    def buttons(self) -> list[list[Json]]:
        markup = self.body.get("reply_markup")
        return markup["inline_keyboard"] if markup else []
