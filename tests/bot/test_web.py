"""What a supervisor and Prometheus are told, over real HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, text
from telegram import Bot

from bot.demo.server import TOKEN
from bot.metrics import watch
from bot.web import OUTBOX_STALE, POLL_STALE, WEBHOOK_PATH, Health, Web
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox import outbox

ANN = 7_000_000_000
WELL = Health(last_poll=lambda: None, polls=lambda: False, telegram_refuses=lambda: False)


def get(engine: Engine, path: str, health: Health = WELL) -> tuple[int, str]:
    """Status and body of one page."""

    async def ask() -> tuple[int, str]:
        pages = Web(writer, bot=Bot(TOKEN), secret="", arrived=lambda: None, health=health)
        async with TestClient(TestServer(pages.application(webhook=False))) as client:
            answer = await client.get(path)
            return answer.status, await answer.text()

    writer = Writer(engine)
    try:
        return asyncio.run(ask())
    finally:
        writer.close()


def queue(engine: Engine, *, age: timedelta) -> None:
    with transaction(engine) as session:
        outbox.put(
            session,
            key="words",
            chat_id=ANN,
            method="sendMessage",
            params={"text": 'for Ann <3 & "张"'},
            now=datetime.now(UTC) - age,
        )


def break_store(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))


def test_a_process_is_alive_whatever_its_store_does(sqlite: Engine) -> None:
    assert get(sqlite, "/healthz") == (200, "ok\n")

    break_store(sqlite)

    assert get(sqlite, "/healthz") == (200, "ok\n")


def test_it_is_ready_while_work_flows(sqlite: Engine) -> None:
    queue(sqlite, age=OUTBOX_STALE / 2)

    assert get(sqlite, "/readyz") == (200, "ok\n")


def test_it_is_not_ready_while_the_store_is_down(sqlite: Engine) -> None:
    break_store(sqlite)

    assert get(sqlite, "/readyz") == (503, "store: OperationalError\n")


def test_it_is_not_ready_while_a_message_waits_too_long(sqlite: Engine) -> None:
    queue(sqlite, age=timedelta(hours=1))

    assert get(sqlite, "/readyz") == (503, "outbox: the oldest message has waited 3600 s\n")


@pytest.mark.parametrize("age", [None, POLL_STALE + timedelta(seconds=1)], ids=["never", "long ago"])
def test_a_poller_that_telegram_does_not_answer_is_not_ready(sqlite: Engine, age: timedelta | None) -> None:
    last = datetime.now(UTC) - age if age else None
    deaf = Health(last_poll=lambda: last, polls=lambda: True, telegram_refuses=lambda: False)
    other = Health(last_poll=lambda: last, polls=lambda: False, telegram_refuses=lambda: False)

    assert get(sqlite, "/readyz", deaf) == (503, "telegram: no successful getUpdates lately\n")
    assert get(sqlite, "/readyz", other) == (200, "ok\n")  # another process polls


def test_a_poller_that_telegram_answers_is_ready(sqlite: Engine) -> None:
    now = datetime.now(UTC)

    assert get(sqlite, "/readyz", Health(lambda: now, lambda: True, lambda: False)) == (200, "ok\n")


def test_everything_that_is_wrong_is_told_at_once(sqlite: Engine) -> None:
    break_store(sqlite)
    refused = Health(last_poll=lambda: None, polls=lambda: True, telegram_refuses=lambda: True)

    assert get(sqlite, "/readyz", refused) == (
        503,
        "store: OperationalError\ntelegram: no successful getUpdates lately\ntelegram: refuses the token\n",
    )


def test_metrics_tell_what_waits_and_no_words(sqlite: Engine) -> None:
    queue(sqlite, age=timedelta(seconds=1200))

    async def ask() -> str:
        pages = Web(writer, bot=Bot(TOKEN), secret="", arrived=lambda: None, health=WELL)
        watching = asyncio.create_task(watch(writer))
        async with (
            asyncio.timeout(20),
            TestClient(TestServer(pages.application(webhook=False))) as client,
        ):
            body = ""
            while "zhanggui_outbox_oldest_seconds 12" not in body:  # until it has looked
                answer = await client.get("/metrics")
                assert (answer.status, answer.content_type) == (200, "text/plain")
                body = await answer.text()
        watching.cancel()
        return body

    writer = Writer(sqlite)
    body = asyncio.run(ask())
    writer.close()

    assert 'zhanggui_waiting{box="outbox"} 1.0\n' in body
    assert 'zhanggui_waiting{box="inbox"} 0.0\n' in body
    assert "Ann" not in body
    assert str(ANN) not in body


def test_there_is_no_webhook_while_the_bot_polls(sqlite: Engine) -> None:
    assert get(sqlite, WEBHOOK_PATH)[0] == 404
