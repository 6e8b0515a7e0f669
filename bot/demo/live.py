"""The page's side of the server: it hears everything that happens, and acts for the people on it"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from bot.demo.chats import Person
from bot.demo.core import Refused
from bot.demo.deeds import ROLES, Deeds
from bot.demo.faults import Faults
from bot.demo.origin import check_origin
from bot.demo.view import show_message, show_person
from bot.demo.world import World

PAGE = Path(__file__).with_name("page")
COUNTER_SECONDS = 0.2
TYPING_SECONDS = 5.0
BOT_STATES = ("running", "stopped", "starting")
DOINGS = ("opening", "books", None)
"""What goes on behind the page: the shop opens, last night's books are being made."""
# base64 of ten photos of ten megabytes
MAX_REQUEST_BYTES = 140 * 1024 * 1024
# shown by the browser as they are; anything else is a download, so that no file runs as a page of ours
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/")

Event = dict[str, Any]


class Live:
    """WebSocket ``/demo/live``, ``POST /demo/do``, ``/demo/file/<file_id>`` and the static page.

    Whoever runs the demo sets ``on_bot(action)`` ("kill", "start", "stop") and ``on_invite(role)``, which
    returns the link to follow, and tells the bot's state by ``set_bot_state``.
    """

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.on_bot: Callable[[str], Awaitable[None]] | None = None
        self.on_invite: Callable[[str], Awaitable[str]] | None = None
        self.bot_state = "stopped"
        self.doing: str | None = None
        self._deeds = Deeds(world, faults)
        self._readers: dict[web.WebSocketResponse, asyncio.Queue[str]] = {}
        self._stop_listening: Callable[[], None] | None = None
        self._counting: asyncio.Task[None] | None = None
        self._told_counters: Event = {}
        self._typing: dict[int, float] = {}
        self._controlling: set[asyncio.Future[None]] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/demo/live", self._serve)
        app.router.add_post("/demo/do", self._do_once)
        app.router.add_get("/demo/file/{file_id}", self._send_file)
        if PAGE.is_dir():
            app.router.add_get("/", self._send_page)
            app.router.add_static("/page", PAGE)

    async def close(self) -> None:
        for task in list(self._controlling):
            task.cancel()
        for socket in list(self._readers):
            await socket.close()

    def set_bot_state(self, state: str) -> None:
        """One of "running", "stopped", "starting"."""
        if state not in BOT_STATES:
            raise ValueError(f"the bot cannot be {state!r}")
        self.bot_state = state
        self._tell({"type": "bot", "state": state, "bot": {"state": state}})

    def set_doing(self, doing: str | None) -> None:
        """One of DOINGS."""
        if doing not in DOINGS:
            raise ValueError(f"nobody can be doing {doing!r}")
        self.doing = doing
        self._tell({"type": "doing", "doing": doing})

    def tell_faults(self) -> None:
        self._tell({"type": "faults", "faults": self.faults.told()})

    def snapshot(self) -> Event:
        now = self.world.clock()
        return {
            "type": "snapshot",
            "me": self.world.me,
            "people": [self._person(person) for person in self.world.shown()],
            "counters": self.world.counted(),
            "faults": self.faults.told(),
            "bot": {"state": self.bot_state},
            "doing": self.doing,
            "typing": {str(who): True for who, since in self._typing.items() if now - since < TYPING_SECONDS},
        }

    def _person(self, person: Person) -> Event:
        chat = [show_message(message) for message in self.world.chats[person.id].messages.values()]
        return show_person(person) | {"chat": chat, "commands": self.world.settings.commands_for(person)}

    # requests

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        check_origin(request)
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=MAX_REQUEST_BYTES)
        await socket.prepare(request)
        outgoing: asyncio.Queue[str] = asyncio.Queue()
        outgoing.put_nowait(_write(self.snapshot()))
        self._join(socket, outgoing)
        writing = asyncio.create_task(_write_out(socket, outgoing))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    answer = await self._act(message.data)
                    if answer is not None:
                        outgoing.put_nowait(_write(answer))
        finally:
            self._leave(socket)
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing
        return socket

    async def _do_once(self, request: web.Request) -> web.StreamResponse:
        """The same requests without a WebSocket, one a call."""
        check_origin(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        answer = await self._act((await request.read()).decode(errors="replace"))
        refused = answer is not None and answer["type"] == "refused"
        return web.json_response(answer or {"type": "done"}, status=400 if refused else 200)

    async def _act(self, text: str) -> Event | None:
        """Do what was asked; the answer is for the asker alone."""
        try:
            ask = json.loads(text)
            if "\\ud" in text.lower():
                # half a character, escaped: it could be kept here, but never be shown again
                _write(ask).encode()
            if not isinstance(ask, dict):
                return _refused("an object is expected")
            deed = ask.get("do")
            if deed == "bot":
                return self._control_bot(ask)
            if deed == "invite":
                return await self._invite(ask)
            if not isinstance(deed, str) or not self._deeds.knows(deed):
                return _refused(f"there is no {deed!r} to do")
            self._deeds.do(ask)
        except UnicodeEncodeError:
            return _refused("there is half a character in it")
        except (ValueError, RecursionError) as error:
            return _refused(f"not JSON: {error}")
        except Refused as refused:
            return _refused(str(refused))
        return None

    def _control_bot(self, ask: Event) -> Event | None:
        """Starting takes seconds in which the page goes on; what becomes of it is told to everybody."""
        if ask.get("action") not in ("kill", "start", "stop"):
            return _refused("the bot can be killed, started or stopped")
        if self.on_bot is None:
            return _refused("the bot is not ours to control")
        task = asyncio.ensure_future(self.on_bot(ask["action"]))
        self._controlling.add(task)
        task.add_done_callback(self._controlled)
        return None

    def _controlled(self, task: "asyncio.Future[None]") -> None:
        self._controlling.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._tell(_refused(f"the bot: {error}"))

    async def _invite(self, ask: Event) -> Event:
        if self.on_invite is None:
            return _refused("nobody here makes invitations")
        role = ask.get("role")
        if role not in ROLES or role == "customer":
            return _refused("no such role")
        return {"type": "invite", "role": role, "link": await self.on_invite(role)}

    async def _send_file(self, request: web.Request) -> web.StreamResponse:
        check_origin(request)
        stored = self.world.files.find(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Type": stored.mime,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if not stored.mime.startswith(_SHOWN):
            headers["Content-Type"] = "application/octet-stream"
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=stored.read(), headers=headers)

    async def _send_page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    # telling

    def _join(self, socket: web.WebSocketResponse, outgoing: asyncio.Queue[str]) -> None:
        self._readers[socket] = outgoing
        if self._stop_listening is None:
            self._stop_listening = self.world.subscribe(self._tell)
            self._told_counters = self.world.counted()
            self._counting = asyncio.create_task(self._count())

    def _leave(self, socket: web.WebSocketResponse) -> None:
        self._readers.pop(socket, None)
        if not self._readers and self._stop_listening is not None and self._counting is not None:
            self._stop_listening()
            self._stop_listening = None
            self._counting.cancel()

    def _tell(self, event: Event) -> None:
        if event["type"] == "typing":
            self._typing[event["person"]] = self.world.clock()
        text = _write(event)
        for outgoing in self._readers.values():
            outgoing.put_nowait(text)

    async def _count(self) -> None:
        """Counters change with every message; the page needs them a few times a second."""
        while True:
            await asyncio.sleep(COUNTER_SECONDS)
            counted = self.world.counted()
            if counted != self._told_counters:
                self._told_counters = counted
                self._tell({"type": "counters", "counters": counted})


def _refused(why: str) -> Event:
    return {"type": "refused", "why": why}


def _write(event: Event) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


async def _write_out(socket: web.WebSocketResponse, outgoing: asyncio.Queue[str]) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            await socket.send_str(await outgoing.get())
