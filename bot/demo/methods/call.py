"""One call of the bot: what it was given, and the questions every method asks"""

from dataclasses import dataclass
from typing import Any

from bot.demo.chats import Chat, Message, Topic
from bot.demo.files import StoredFile, Upload
from bot.demo.limits import Limits
from bot.demo.refusal import Refusal, bad_request, forbidden, too_many_requests
from bot.demo.world import World


@dataclass(slots=True)
class Call:
    """``params`` are checked against the table; ``uploads`` are the files that came along, by name."""

    world: World
    method: str
    params: dict[str, Any]
    uploads: dict[str, Upload]
    limits: Limits
    is_admitted: bool = False

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat a parameter names: an id, or @username of a supergroup."""
        return find_chat(self.world, self.params[name])

    def writable_chat(self) -> Chat:
        """The chat to send to, or the refusal a person's or a group's state calls for."""
        if self.params.get("business_connection_id"):
            raise bad_request("business connection not found")
        chat = self.chat()
        if chat.migrated_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        if chat.person is not None:
            if chat.person.blocked:
                raise forbidden("bot was blocked by the user")
            if not chat.person.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.bot_status == "kicked":
            raise forbidden(f"bot was kicked from the {_kind(chat)} chat")
        elif chat.bot_status == "left":
            raise forbidden(f"bot is not a member of the {_kind(chat)} chat")
        return chat

    def admit(self, chat: Chat, *, messages: int = 1) -> None:
        """Ask the limits, once a call and last of all checks: what is refused otherwise does not count."""
        if self.is_admitted:
            return
        wait = self.limits.take(chat.id, is_group=chat.person is None, messages=messages)
        if wait is not None:
            raise too_many_requests(wait)
        self.is_admitted = True

    def file(self, kind: str, sent: str | Upload) -> StoredFile:
        """The file a parameter means: bytes that came along, or one that is known here."""
        if isinstance(sent, str) and sent.startswith("attach://"):
            attached = self.uploads.get(sent.removeprefix("attach://"))
            if attached is None:
                raise bad_request("wrong file identifier/HTTP URL specified")
            sent = attached
        return self.world.files.take(kind, sent)

    def topic(self, chat: Chat) -> Topic | None:
        """The forum topic a message goes to; None is the general one."""
        thread = self.params.get("message_thread_id")
        if not thread:
            return None
        topic = chat.topics.get(thread)
        if topic is None:
            raise bad_request("message thread not found")
        if not topic.is_open and chat.bot_status != "administrator":
            raise bad_request("TOPIC_CLOSED")
        return topic

    def message(self, refusal: str, name: str = "message_id") -> Message:
        """A message of the named chat that is still there."""
        message = self.chat().messages.get(self.params[name])
        if message is None or message.deleted:
            raise bad_request(refusal)
        return message


def find_chat(world: World, chat_id: int | str) -> Chat:
    if isinstance(chat_id, str):
        if chat_id.startswith("@") or not chat_id.lstrip("-").isdigit():
            raise bad_request("chat not found")
        chat_id = int(chat_id)
    chat = world.chats.get(chat_id)
    if chat is None:
        raise bad_request("chat not found")
    return chat


def _kind(chat: Chat) -> str:
    return "supergroup" if chat.kind == "supergroup" else "group"
