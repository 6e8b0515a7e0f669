"""People who talk to the bot in tests: raw updates in, outbox rows out, nothing in between is fake."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlmodel import Session
from telegram import Bot
from telegram.request import BaseRequest

from bot.dispatcher import Dispatcher, Group
from bot.poller import arrivals
from crm_store.engine import transaction
from crm_store.mailbox import inbox
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service import places
from crm_store.staff import invites
from crm_store.staff.roles import Role
from handlers.desk import Desk
from handlers.words import Words

BOT_ID = 123456
DESK = Desk(name="Tea & <Co>", timezone=ZoneInfo("Asia/Shanghai"), bot_username="tea_desk_bot")
START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""A Friday, 10:00 in Shanghai."""
WORDS = Words()


class NoNetwork(BaseRequest):
    """Handlers must not reach Telegram: any call is a failed test."""

    read_timeout = None

    async def initialize(self) -> None:
        raise AssertionError("the network was used")

    async def shutdown(self) -> None:
        raise AssertionError("the network was used")

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        raise AssertionError("a handler called Telegram")


@dataclass
class Person:
    """Somebody with a private chat with the bot."""

    talk: "Talk"
    id: int
    first_name: str
    language_code: str = "en"
    username: str | None = None

    @property
    def user(self) -> dict[str, Any]:
        found = {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }
        return found | ({"username": self.username} if self.username else {})

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.first_name}

    def message(
        self, text: str | None = None, *, reply_to: int | None = None, **content: Any
    ) -> dict[str, Any]:
        """A raw message; ``content`` is anything Telegram's Message may hold."""
        message: dict[str, Any] = {
            "message_id": self.talk.next_message_id(),
            "date": int(self.talk.now.timestamp()),
            "from": self.user,
            "chat": self.chat,
            **content,
        }
        if text is not None:
            message["text"] = text
            if text.startswith("/"):
                length = len(text.split()[0])
                message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        if reply_to is not None:
            message["reply_to_message"] = {
                "message_id": reply_to,
                "date": int(self.talk.now.timestamp()),
                "chat": self.chat,
            }
        return message

    def say(self, text: str | None = None, *, reply_to: int | None = None, **content: Any) -> list["Sent"]:
        """Write to the bot; returns everything it queued because of that, for anybody."""
        return self.talk.update(message=self.message(text, reply_to=reply_to, **content))

    def send(self, message: dict[str, Any]) -> list["Sent"]:
        """Write a message made by ``message``: for one that is edited later."""
        return self.talk.update(message=message)

    def edit(self, message: dict[str, Any], text: str | None = None, **content: Any) -> list["Sent"]:
        """Change a message's text (or caption, or anything else of it)."""
        said = {"text": text} if text is not None else {}
        changed = {**message, **said, **content, "edit_date": int(self.talk.now.timestamp())}
        return self.talk.update(edited_message=changed)

    def tap(self, data: str, *, on: int = 1) -> list["Sent"]:
        """Tap the button with this data under message ``on``."""
        return self.talk.update(
            callback_query={
                "id": str(self.talk.next_message_id()),
                "from": self.user,
                "chat_instance": "1",
                "data": data,
                "message": {
                    "message_id": on,
                    "date": int(self.talk.now.timestamp()),
                    "chat": self.chat,
                    "text": "…",
                },
            }
        )


@dataclass(frozen=True)
class Sent:
    """An outbox row as a reader of tests wants it."""

    to: int
    text: str
    buttons: tuple[str, ...]
    data: tuple[str, ...]
    method: str
    row: Outbox = field(compare=False, repr=False)


class Talk:
    """The shop in a test: its people, its clock, and the dispatcher that answers them."""

    def __init__(self, engine: Engine, *, desk: Desk = DESK, classifier: Any = None) -> None:
        self.engine = engine
        self.now = START
        self.desk = desk
        self.dispatcher = Dispatcher(
            engine,
            bot=Bot(f"{BOT_ID}:test", request=NoNetwork(), get_updates_request=NoNetwork()),
            desk=desk,
            words=WORDS,
            classifier=classifier,
        )
        self.group: Group = Group()
        self._updates = itertools.count(1)
        self._messages = itertools.count(1)

    def person(
        self, id: int, first_name: str, language_code: str = "en", username: str | None = None
    ) -> Person:
        return Person(self, id, first_name, language_code, username)

    def customer(self, id: int = 7_000_000_000, language_code: str = "en") -> Person:
        """The customer of every test."""
        return self.person(id, 'Ann <3 & "张"', language_code)

    def staff(
        self,
        id: int,
        first_name: str,
        role: Role = Role.AGENT,
        language_code: str = "en",
        username: str | None = None,
    ) -> Person:
        """A member of staff, who joins by a real invite."""
        person = self.person(id, first_name, language_code, username)
        with transaction(self.engine) as session:
            token = invites.invite(session, role=role, by=None, now=self.now)
        person.say(f"/start {token}")
        return person

    def render(self, template: str, *, language: str = "en", **values: Any) -> str:
        """What a template says, for comparing whole texts."""
        return WORDS.render(language, template, desk=self.desk, now=self.now, **values)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def next_message_id(self) -> int:
        return next(self._messages)

    def update(self, **content: Any) -> list[Sent]:
        """Put one raw update in, let the dispatcher run, and return what was queued."""
        return self.updates([{"update_id": next(self._updates), **content}])

    def updates(self, batch: list[dict[str, Any]]) -> list[Sent]:
        with transaction(self.engine) as session:
            before = self._newest(session)
            inbox.store(session, bot_id=BOT_ID, arrived=arrivals(batch), now=self.now)
        while (group := self.dispatcher.run_group(self.now)).taken:
            self.group = group
            if group.failed:
                break
        return self.outbox(after=before)

    def outbox(self, after: int = 0) -> list[Sent]:
        with transaction(self.engine) as session:
            rows = session.scalars(select(Outbox).where(Outbox.id > after).order_by(Outbox.id)).all()  # type: ignore[arg-type]
        return [_sent(row) for row in rows]

    def deliver(self) -> list[Sent]:
        """Stand in for the sender: everything pending is sent, and stands in its chat afterwards."""
        with transaction(self.engine) as session:
            statement = select(Outbox).where(Outbox.state == OutboxState.PENDING).order_by(Outbox.id)  # type: ignore[arg-type]
            rows = session.scalars(statement).all()
            for row in rows:
                stands = [self.next_message_id() for _ in row.params.get("media", [None])]
                row.state, row.sent_at, row.telegram_id = OutboxState.SENT, self.now, stands[0]
                if row.ticket_id is not None and row.method.startswith(("send", "copy")):
                    for place in stands:
                        places.map_message(
                            session,
                            chat_id=row.chat_id,
                            telegram_id=place,
                            ticket_id=row.ticket_id,
                            message_id=row.message_id,
                        )
        return [_sent(row) for row in rows]

    @staticmethod
    def _newest(session: Session) -> int:
        newest = session.scalars(select(Outbox.id).order_by(Outbox.id.desc()).limit(1)).first()  # type: ignore[attr-defined]
        return newest or 0


def _sent(row: Outbox) -> Sent:
    rows = (row.params.get("reply_markup") or {}).get("inline_keyboard", [])
    buttons = [one for line in rows for one in line]
    return Sent(
        to=row.chat_id,
        text=row.params.get("text") or row.params.get("caption") or "",
        buttons=tuple(one["text"] for one in buttons),
        data=tuple(one.get("callback_data", "") for one in buttons),
        method=row.method,
        row=row,
    )


def texts(sent: list[Sent], to: Person) -> list[str]:
    """What one person gets to read."""
    return [one.text for one in sent if one.to == to.id]
