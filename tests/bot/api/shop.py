"""Another system that talks to the bot's API, over real HTTP."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, select
from telegram import Bot

from bot.api import signing
from bot.api.routes import PREFIX, Api
from bot.demo.server import TOKEN
from bot.web import Health, Web
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.exchange import keys
from crm_store.mailbox.tables import Outbox
from crm_store.staff import invites
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.voice import Voice
from tests.crm_store.people import join
from tests.talk import DESK, WORDS

WELL = Health(last_poll=lambda: None, polls=lambda: False, telegram_refuses=lambda: False)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def fields(self) -> dict[str, tuple[str, str]]:
        """By path, what was wrong and what was expected."""
        return {one["path"]: (one["wrong"], one["expected"]) for one in self.body["error"]["fields"]}


@dataclass
class Call:
    """A request; ``body`` is sent as it is when it is bytes (or comes bit by bit), else as JSON."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Shop:
    """A web shop with a key of its own."""

    def __init__(
        self, engine: Engine, *, name: str = "shop", signed: bool = False, per_second: float = 0
    ) -> None:
        self.engine = engine
        self.per_second = per_second
        self.woken = 0
        with transaction(engine) as session:
            self.made = keys.make(session, name=name, signed=signed, by=owner(session), now=datetime.now(UTC))

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        [answer] = self.calls(Call("POST", path, body, headers))
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        [answer] = self.calls(Call("GET", path, headers=headers))
        return answer

    def calls(self, *calls: Call, at_once: bool = False) -> list[Answer]:
        """What is answered to each, one after the other (or all at once)."""
        return asyncio.run(self._calls(calls, at_once))

    def calls_to_two(self, *calls: Call) -> list[Answer]:
        """All at once, every second one to another bot on the same store."""

        async def both() -> list[Answer]:
            halves = await asyncio.gather(self._calls(calls[::2], True), self._calls(calls[1::2], True))
            return [one for half in halves for one in half]

        return asyncio.run(both())

    async def _calls(self, calls: Sequence[Call], at_once: bool) -> list[Answer]:
        writer = Writer(self.engine)
        api = Api(writer, voice=Voice(DESK, WORDS), queued=self._wake, per_second=self.per_second)
        pages = Web(writer, bot=Bot(TOKEN), secret="", arrived=lambda: None, health=WELL, api=api)
        try:
            async with TestClient(TestServer(pages.application(webhook=False))) as client:
                if at_once:
                    return list(await asyncio.gather(*(self._call(client, one) for one in calls)))
                return [await self._call(client, one) for one in calls]
        finally:
            writer.close()

    async def _call(self, client: TestClient, call: Call) -> Answer:
        headers = {"Authorization": f"Bearer {self.made.token}", **call.headers}
        body = call.body
        if body is not None and not isinstance(body, bytes | AsyncIterator):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        headers = {name: value for name, value in headers.items() if value}
        data = BytesIO(body) if isinstance(body, bytes) else body
        async with client.request(call.method, PREFIX + call.path, data=data, headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.json())

    def signature(
        self, method: str, path: str, body: Any = None, *, nonce: str, late: float = 0, **changed: str
    ) -> dict[str, str]:
        """The headers of a signed request; ``changed`` replaces some."""
        assert self.made.secret is not None
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        timestamp = str(int(time.time() - late))
        signed = signing.signature(
            self.made.secret,
            method=method,
            target=PREFIX + path,
            timestamp=timestamp,
            nonce=nonce,
            body=raw,
        )
        headers = {signing.TIMESTAMP: timestamp, signing.NONCE: nonce, signing.SIGNATURE: signed}
        return headers | changed

    def told(self, chat_id: int) -> list[str]:
        """What this person was sent."""
        with transaction(self.engine) as session:
            rows = session.scalars(select(Outbox).where(Outbox.chat_id == chat_id).order_by(Outbox.id))  # type: ignore[arg-type]
            return [row.params["text"] for row in rows]

    def count(self, *tables: Any) -> list[int]:
        """How many rows there are in each."""
        with transaction(self.engine) as session:
            return [len(session.scalars(select(table)).all()) for table in tables]

    def _wake(self) -> None:
        self.woken += 1


def owner(session: Any) -> Staff:
    """The shop's owner."""
    found = staff_verbs.by_user_id(session, user_id=1)
    if found is None:
        token = invites.invite(session, role=Role.OWNER, by=None, now=datetime.now(UTC))
        found = join(session, token, user_id=1, name="Olga", now=datetime.now(UTC))
    return found
