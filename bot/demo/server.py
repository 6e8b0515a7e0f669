"""The stand-in's HTTP server: the Bot API for the bot, and the page's side if it is wanted"""

import asyncio
import contextlib
import json
import re
from typing import Any, Self

from aiohttp import web

from bot.demo.api import load_api
from bot.demo.faults import Faults
from bot.demo.files import MAX_UPLOAD_BYTES, Upload
from bot.demo.limits import Limits
from bot.demo.live import Live
from bot.demo.methods import METHODS, Call
from bot.demo.origin import LOOPBACK, check_origin
from bot.demo.params import check_params
from bot.demo.polling import Polling
from bot.demo.refusal import Refusal, too_many_requests
from bot.demo.requests import read_params
from bot.demo.updates import Pending
from bot.demo.webhook import Webhook
from bot.demo.world import World

TOKEN = "7700000001:demo-stand-in-no-secret-at-all-0000"  # noqa: S105 - opens nothing but this server
_TOKEN_SHAPE = re.compile(r"\d{1,20}:[\w-]{10,}")
_SENDS = ("send", "copy", "forward", "edit")
_JSON = {"Content-Type": "application/json"}
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
# close is refused for so long after a start, logOut ends everything
CLOSE_AFTER_SECONDS = 600


class DemoServer:
    """``async with DemoServer() as server`` or ``await server.start()`` … ``await server.stop()``.

    ``port`` 0 takes a free one. ``limits=False`` lets the bot send as fast as it can. ``ack_ms`` is the time
    between carrying a call out and answering it: a bot killed in it cannot know. ``page=False`` leaves out
    everything but the Bot API. ``log_sends=False`` keeps no list of accepted messages (``world.sends``).
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        token: str = TOKEN,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: bool = True,
        ack_ms: float = 0,
        page: bool = False,
        log_sends: bool = True,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the stand-in listens on loopback only, not on {host}")
        self.world = world or World()
        self.token = token
        self.host = host
        self.port = port
        self.ack_ms = ack_ms
        self.limits = Limits()
        self.limits.is_on = limits
        self.faults = Faults()
        self.polling = Polling(self.world.updates)
        self.webhook = Webhook(self.world.updates)
        self.webhook.is_down = lambda: self.faults.down
        self.live = Live(self.world, self.faults) if page else None
        if not log_sends:
            self.world.sends = None
        self.world.updates.on_change = self._on_update
        self.faults.on_change = self._on_faults
        self.answers = asyncio.Event()
        """Cleared, the bot's calls wait: it may start before what it is to find is there."""
        self.answers.set()
        self._methods = {name.lower(): name for name in load_api().methods}
        self._logged_out = False
        self._stopping = False
        self._started_at = 0.0
        self._runner: web.AppRunner | None = None

    # life

    @property
    def base_url(self) -> str:
        """For ``[telegram] base_url`` and python-telegram-bot's ``base_url``."""
        return f"http://{self.host}:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://{self.host}:{self.port}/file/bot"

    @property
    def page_url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    async def start(self) -> None:
        app = web.Application(client_max_size=MAX_UPLOAD_BYTES + 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._send_file)
        if self.live is not None:
            self.live.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        # .sockets is None only while not listening
        assert isinstance(site._server, asyncio.Server)
        self.port = site._server.sockets[0].getsockname()[1]
        self._stopping = False
        self._started_at = asyncio.get_running_loop().time()

    async def stop(self) -> None:
        self._stopping = True
        self.polling.wake()
        await self.webhook.close()
        if self.live is not None:
            await self.live.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _on_update(self, pending: Pending) -> None:
        self.polling.wake()
        self.webhook.add(pending)

    def _on_faults(self) -> None:
        # a waiting poll must notice that Telegram is down
        self.polling.wake()
        if self.live is not None:
            self.live.tell_faults()

    # calls

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        check_origin(request)
        self.world.counters.calls += 1
        await self.answers.wait()
        if self.faults.down:
            return self._break_off(request)
        try:
            delay = self.faults.delay_seconds()
            if delay:
                await asyncio.sleep(delay)
            body = await self._carry_out(request)
        except Refusal as refusal:
            if not _is_gone(request):
                self.world.counters.refused[refusal.code] += 1
            if refusal.code == 502:
                return web.Response(body=_BAD_GATEWAY, status=502, content_type="text/html")
            text = json.dumps(refusal.body(), ensure_ascii=False)
            response = web.Response(body=text.encode(), status=refusal.code, headers=_JSON)
            if refusal.parameters and "retry_after" in refusal.parameters:
                response.headers["Retry-After"] = str(refusal.parameters["retry_after"])
            return response
        if self.faults.cuts_answer():
            return _hang_up(request)
        return web.Response(body=body, headers=_JSON)

    async def _carry_out(self, request: web.Request) -> bytes:
        """The answer's bytes, or a ``Refusal``."""
        self._check_token(request.match_info["token"])
        method = self._methods.get(request.match_info["method"].lower())
        if method is None:
            raise Refusal(404, "Not Found: method not found")
        self.faults.break_call(is_send=method.startswith(_SENDS) and method != "sendChatAction")
        given, uploads = await read_params(request)
        params = check_params(method, given, uploads)
        if method == "getUpdates":
            return await self._get_updates(request, params)
        result, description = await self._result(method, params, uploads)
        if self.ack_ms:
            await asyncio.sleep(self.ack_ms / 1000)
        answer: dict[str, Any] = {"ok": True, "result": result}
        if description:
            answer["description"] = description
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()

    def _check_token(self, token: str) -> None:
        if token != self.token:
            raise Refusal(401, "Unauthorized") if _TOKEN_SHAPE.fullmatch(token) else Refusal(404, "Not Found")
        if self._logged_out:
            raise Refusal(400, "Logged out")

    async def _get_updates(self, request: web.Request, params: dict[str, Any]) -> bytes:
        if self.webhook.url:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )

        def is_gone() -> bool:
            return self._stopping or self.faults.down or _is_gone(request)

        batch = await self.polling.get_updates(params, is_gone=is_gone)
        if self.faults.down:
            raise Refusal(502, "Bad Gateway")
        return b'{"ok":true,"result":[' + b",".join(pending.raw for pending in batch) + b"]}"

    async def _result(
        self, method: str, params: dict[str, Any], uploads: dict[str, Upload]
    ) -> tuple[Any, str]:
        """The result, and what Telegram says with it."""
        if method in METHODS:
            return METHODS[method](Call(self.world, method, params, uploads, self.limits)), ""
        if method == "setWebhook":
            description = await self.webhook.set(params)
            if self.webhook.url:
                self.polling.stop_for_webhook()
            return True, description
        if method == "deleteWebhook":
            return True, await self.webhook.delete(params)
        if method == "getWebhookInfo":
            return self.webhook.told(), ""
        if method == "logOut":
            self._logged_out = True
            return True, ""
        if method == "close":
            up = asyncio.get_running_loop().time() - self._started_at
            if up < CLOSE_AFTER_SECONDS:
                raise too_many_requests(int(CLOSE_AFTER_SECONDS - up) + 1)
            return True, ""
        raise Refusal(501, f"Not Implemented by this stand-in: {method}")

    async def _send_file(self, request: web.Request) -> web.StreamResponse:
        check_origin(request)
        if self.faults.down:
            return self._break_off(request)
        try:
            self._check_token(request.match_info["token"])
            self.faults.break_call(is_send=False)
            stored = self.world.files.open(request.match_info["path"])
        except Refusal as refusal:
            self.world.counters.refused[refusal.code] += 1
            return web.json_response(refusal.body(), status=refusal.code)
        return web.Response(body=stored.read(), content_type="application/octet-stream")

    def _break_off(self, request: web.Request) -> web.StreamResponse:
        """What a caller meets while Telegram is down."""
        if self.faults.down_as == "refuse":
            return _hang_up(request)
        self.world.counters.refused[502] += 1
        return web.Response(body=_BAD_GATEWAY, status=502, content_type="text/html")


def _is_gone(request: web.Request) -> bool:
    """The caller has closed the connection, or was killed."""
    return request.transport is None or request.transport.is_closing()


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        with contextlib.suppress(OSError):
            request.transport.abort()
    return web.Response(status=499)
