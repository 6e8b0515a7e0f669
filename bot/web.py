"""aiohttp: the webhook, the API, links of campaigns, health for a supervisor, metrics for Prometheus."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web
from prometheus_client import generate_latest
from sqlmodel import Session
from telegram import Bot

from bot.api.routes import PREFIX, Api
from bot.links import Links
from bot.poller import arrival, unread
from bot.writer import Writer
from crm_store.mailbox import inbox, outbox

WEBHOOK_PATH = "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (a header's name)
MAX_BODY_BYTES = 1024 * 1024
RETRY_AFTER_SECONDS = "2"
POLL_STALE = timedelta(seconds=90)
OUTBOX_STALE = timedelta(seconds=60)

log = structlog.get_logger()


@dataclass(frozen=True)
class Health:
    """What readiness is judged by; ``last_poll`` is None where this process does not poll."""

    last_poll: Callable[[], datetime | None]
    polls: Callable[[], bool]
    telegram_refuses: Callable[[], bool]


class Web:
    def __init__(
        self,
        writer: Writer,
        *,
        bot: Bot,
        secret: str,
        arrived: Callable[[], None],
        health: Health,
        api: Api | None = None,
        links: Links | None = None,
    ) -> None:
        self._writer = writer
        self._bot = bot
        self._secret = secret
        self._arrived = arrived
        self._health = health
        self._api = api
        self._links = links

    def application(self, *, webhook: bool) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)
        if webhook:
            app.router.add_post(WEBHOOK_PATH, self.webhook)
        if self._links is not None:
            self._links.add_to(app)
        if self._api is not None:
            app.add_subapp(PREFIX, self._api.application())
        return app

    async def webhook(self, request: web.Request) -> web.Response:
        """Keep an update, then say so. Telegram offers it again after anything but 200."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), self._secret.encode()):
            return web.Response(status=403)
        body = (await request.read()).decode(errors="replace").replace("\0", "\ufffd")
        try:
            arrived = arrival(json.loads(body))
        except (ValueError, RecursionError):
            # Authenticated, but no JSON: kept for a person to see, or Telegram would offer it for a day.
            arrived = unread(body)
        try:
            await self._writer.run(inbox.store, bot_id=self._bot.id, arrived=[arrived], now=datetime.now(UTC))
        except Exception:
            log.exception("the store took no update", action="webhook_store_failed")
            return web.Response(status=503, headers={"Retry-After": RETRY_AFTER_SECONDS})
        self._arrived()
        return web.Response()

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process and its event loop are alive."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Work flows: the store writes, Telegram answers, nothing waits too long."""
        now = datetime.now(UTC)
        wrong = []
        try:
            oldest = await self._writer.run(_oldest_to_send)
            if oldest is not None and now - oldest > OUTBOX_STALE:
                wrong.append(f"outbox: the oldest message has waited {(now - oldest).seconds} s")
        except Exception as error:
            wrong.append(f"store: {type(error).__name__}")
        last = self._health.last_poll()
        if self._health.polls() and (last is None or now - last > POLL_STALE):
            wrong.append("telegram: no successful getUpdates lately")
        if self._health.telegram_refuses():
            wrong.append("telegram: refuses the token")
        return web.Response(status=503 if wrong else 200, text="\n".join(wrong or ["ok"]) + "\n")

    async def metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), content_type="text/plain")


def _oldest_to_send(session: Session) -> datetime | None:
    return outbox.oldest_waiting(session)
