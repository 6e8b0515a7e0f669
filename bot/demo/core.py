"""Everything the stand-in knows: people, chats, messages, files, settings, waiting updates"""

import itertools
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.demo.chats import Chat, Json, Message, Person, Topic
from bot.demo.counters import Counters
from bot.demo.files import Files
from bot.demo.settings import BotSettings
from bot.demo.updates import Updates
from bot.demo.view import show_message, show_person

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message of the bot; ``at`` is monotonic seconds."""

    at: float
    chat_id: int
    method: str
    message_id: int


class Refused(Exception):
    """A person tried what their Telegram would not let them do."""


class Core:
    """State and its few changes; ``World`` adds what people do, ``bot.demo.methods`` what the bot does.

    Not thread-safe: use it from the server's event loop only (``ServerThread.call`` from other threads).
    ``first_update_id`` is random unless given, as Telegram's: a bot with an old store must not take the
    updates of a new world for ones it has seen. ``clock`` returns seconds since 1970.
    ``sends`` lists every accepted message of the bot; set it to None where nobody reads it.
    """

    def __init__(
        self,
        *,
        bot_id: int = 7_700_000_001,
        bot_name: str = "Zhanggui",
        bot_username: str = "zhanggui_demo_bot",
        first_update_id: int | None = None,
        clock: Callable[[], float] = time.time,
        seed: int = 1,
    ) -> None:
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 - dice and colours, no secrets
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files = Files()
        self.settings = BotSettings(name=bot_name)
        self.counters = Counters()
        self.updates = Updates(clock, first_update_id or secrets.randbelow(10**9) + 10**8)
        self.updates.on_gone = self.counters.note_gone
        self.sends: list[Sent] | None = []
        self.me: Json = {
            "id": bot_id,
            "is_bot": True,
            "first_name": bot_name,
            "username": bot_username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }
        self.queries: dict[str, Query] = {}
        self._message_ids = itertools.count(1)
        self._ids = itertools.count(1)
        self._listeners: list[Callable[[Event], None]] = []

    # listening

    def subscribe(self, listen: Callable[[Event], None]) -> Callable[[], None]:
        """``listen`` hears every event of the live protocol; the returned function ends that."""
        self._listeners.append(listen)
        return lambda: self._listeners.remove(listen)

    def tell(self, event: Event) -> None:
        for listen in tuple(self._listeners):
            listen(event)

    @property
    def is_watched(self) -> bool:
        """Nobody listens in benchmarks; then no event need be made."""
        return bool(self._listeners)

    def tell_message(self, kind: str, message: Message) -> None:
        if self.is_watched and message.is_shown:
            self.tell({"type": kind, "person": message.chat.id, "message": show_message(message)})

    def tell_person(self, person: Person) -> None:
        if self.is_watched and person.is_shown:
            told = show_person(person) | {"commands": self.settings.commands_for(person)}
            self.tell({"type": "person", "person": told})

    def tell_commands(self) -> None:
        """Menus may have changed: everybody is told the one they see."""
        if self.is_watched:
            for person in self.shown():
                commands = self.settings.commands_for(person)
                self.tell({"type": "commands", "person": person.id, "commands": commands})

    # looking

    def shown(self) -> list[Person]:
        """Whoever has a phone on the page."""
        return [person for person in self.people.values() if person.is_shown]

    def now(self) -> int:
        return int(self.clock())

    def next_id(self) -> str:
        """For queries, albums, polls: unique, as long as Telegram's."""
        return str(5_000_000_000_000_000_000 + next(self._ids))

    def chat(self, chat_id: int) -> Chat:
        """The chat of a person or group; ``KeyError`` if there is none."""
        return self.chats[chat_id]

    def message(self, chat_id: int, message_id: int) -> Message:
        """A message by its id, deleted ones too; ``KeyError`` if there never was one."""
        return self.chats[chat_id].messages[message_id]

    def messages(self, chat_id: int) -> list[dict[str, Any]]:
        """What a chat shows now, oldest first, in the live protocol's shape; without deleted messages."""
        chat = self.chats[chat_id]
        return [show_message(message) for message in chat.messages.values() if not message.deleted]

    def counted(self) -> dict[str, Any]:
        """The counters as they stand; see ``Counters`` for what each means."""
        return self.counters.told(sum(pending.counted for pending in self.updates))

    # changing

    def add_message(self, chat: Chat, body: Json, *, by_bot: bool, topic: Topic | None = None) -> Message:
        """Give a message its id, date and chat, and show it."""
        if chat.kind == "supergroup":
            message_id, chat.next_message_id = chat.next_message_id, chat.next_message_id + 1
        else:
            # private chats and small groups share one numbering per account
            message_id = next(self._message_ids)
        head: Json = {"message_id": message_id}
        if topic is not None:
            head |= {"message_thread_id": topic.id, "is_topic_message": True}
        head |= {"from": body.pop("from"), "chat": chat.brief(), "date": self.now()}
        message = Message(chat, head | body, by_bot)
        chat.messages[message_id] = message
        return message

    def note_sent(self, method: str, message: Message) -> None:
        """A message of the bot was accepted."""
        chat = message.chat
        self.counters.sent += 1
        self.counters.answered += chat.unanswered
        chat.unanswered = 0
        if self.sends is not None:
            self.sends.append(Sent(time.monotonic(), chat.id, method, message.message_id))
        self.tell_message("message", message)
        if chat.person is not None and chat.person.hears is not None:
            chat.person.hears(message)

    def remove_message(self, message: Message) -> None:
        message.deleted = True
        if message.is_shown:
            self.tell({"type": "delete", "person": message.chat.id, "message_id": message.message_id})


class Query:
    """A tap or an inline query that waits for the bot's answer."""

    __slots__ = ("answered", "asked_at", "kind", "person")

    def __init__(self, kind: str, person: Person, asked_at: float) -> None:
        self.kind = kind
        self.person = person
        self.asked_at = asked_at
        self.answered: Json | None = None
