import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.demo.chats import Person
from bot.demo.thread import ServerThread
from bot.demo.world import World

ANN = 7_000_000_000
FIRST = 700_000_001

Call = Callable[..., dict[str, Any]]


class Stand:
    """The stand-in on a real port, without limits; ``call`` is one call of a bot, as JSON."""

    def __init__(self, running: ServerThread) -> None:
        self.running = running
        self.server = running.server
        self.do = running.call

    @property
    def world(self) -> World:
        return self.running.world

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        body = json.dumps(params).encode()
        return self.post(method, body, "application/json")

    def post(self, method: str, body: bytes, kind: str, *, token: str | None = None) -> dict[str, Any]:
        address = f"{self.server.base_url}{token or self.server.token}/{method}"
        request = urllib.request.Request(address, data=body, headers={"Content-Type": kind})
        return self.open(request)

    def open(self, request: urllib.request.Request | str) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                told = json.loads(error.read())
            # the status and the body must say the same
            return told if told["error_code"] == error.code else {"status": error.code} | told

    def ok(self, method: str, **params: Any) -> Any:
        """The result of a call that must succeed."""
        answer = self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    def refusal(self, method: str, **params: Any) -> str:
        """The description of a call that must be refused."""
        answer = self.call(method, **params)
        assert not answer["ok"], answer
        return answer["description"]


@pytest.fixture
def stand() -> Iterator[Stand]:
    with ServerThread(world=World(first_update_id=FIRST), limits=False) as running:
        yield Stand(running)


@pytest.fixture
def ann(stand: Stand) -> Person:
    """Somebody the bot may write to."""
    return stand.do(stand.world.user, ANN, 'Ann <3 & "张"', language_code="zh-hans", started=True)
