"""The document against the real thing: whatever may be sent, only what is documented comes back."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from telegram import Bot

from bot.api.openapi import document
from bot.api.routes import Api
from bot.demo.server import TOKEN
from bot.web import Web
from bot.writer import Writer
from crm_store.engine import open_engine
from crm_store.tables import metadata
from handlers.voice import Voice
from tests.bot.api.shop import WELL, Shop
from tests.talk import DESK, WORDS

EXAMPLES = 40
"""For each operation and each way of making them."""

SCHEMA = schemathesis.openapi.from_dict(json.loads(document()))
OPERATIONS = [(method, path) for path, item in json.loads(document())["paths"].items() for method in item]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Served:
    """The bot's pages, served from a thread of their own, and a shop that has told it a few things."""

    def __init__(self, store: Path) -> None:
        engine = open_engine(f"sqlite:///{store}/store.db")
        metadata.create_all(engine)
        self.shop = Shop(engine)
        self.shop.post(
            "/orders",
            {
                "external_id": "0",
                "customer": {"external_id": "0", "name": "Ann"},
                "lines": [{"name": "Kettle", "price": 1, "quantity": 1}],
            },
        )
        self.shop.post("/events", {"external_id": "0", "kind": "view", "at": "2026-11-20T10:00:00Z"})
        self.url = ""
        self.session = requests.Session()
        self._engine = engine
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self._listening.wait(10)

    async def _serve(self) -> None:
        writer = Writer(self._engine)
        api = Api(writer, voice=Voice(DESK, WORDS), queued=lambda: None, per_second=0)
        pages = Web(writer, bot=Bot(TOKEN), secret="", arrived=lambda: None, health=WELL, api=api)
        runner = web.AppRunner(pages.application(webhook=False), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
        self._listening.set()
        await self._stop.wait()
        await runner.cleanup()
        writer.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()
        self.session.close()
        self._engine.dispose()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("api"))
    yield served
    served.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda one: str(one))
def test_only_what_is_documented_comes_back(
    served: Served, method: str, path: str, mode: GenerationMode
) -> None:
    operation = SCHEMA[path][method]
    if mode == GenerationMode.NEGATIVE and not (operation.body or operation.query):
        return
    headers = {"Authorization": f"Bearer {served.shop.made.token}"}
    seen: set[int] = set()

    @seed(20261120)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        if mode == GenerationMode.POSITIVE and isinstance(case.body, dict) and "lines" in case.body:
            _let_it_be_taken(case.body)
        response = case.call_and_validate(
            base_url=served.url, session=served.session, headers=headers, checks=CHECKS
        )
        seen.add(response.status_code)

    send()
    assert max(seen) < 500
    if mode == GenerationMode.POSITIVE:
        assert seen & {200, 201}, seen  # not only refusals were tried


def _let_it_be_taken(order: dict[str, Any]) -> None:
    """By chance alone hardly an order has a customer, a currency and payments that fit."""
    order["customer"] = {"external_id": "0"}
    order["lines"] = [{**one, "name": "Kettle", "price": 100, "discount": 0} for one in order["lines"]]
    order |= {"currency": "CNY", "discount": 0, "payments": [], "shipments": []}


def test_the_document_is_valid_and_names_every_route() -> None:
    SCHEMA.validate()
    api = Api(Writer(None), voice=Voice(DESK, WORDS), queued=lambda: None, per_second=0)  # type: ignore[arg-type]
    routes = {(one.method.lower(), one.resource.canonical) for one in api.application().router.routes()}  # type: ignore[union-attr]

    assert set(OPERATIONS) == routes


def test_the_document_is_there_for_everybody(served: Served) -> None:
    answer = served.session.get(f"{served.url}/openapi.json")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["openapi"] == "3.1.0"
    assert "X-Signature" in answer.json()["info"]["description"]
