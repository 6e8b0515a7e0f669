"""GET /l/<token>: to where a campaign's button leads, and nowhere but to stored addresses. The click is
written down after the answer. What looks at links by itself (Telegram's preview, say) is not counted.

The page is open to anybody, and conversations are written by the same writer: what was not signed by us costs
it nothing, an address is looked up once a minute, and clicks go a few at a time, however many there are."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from aiohttp import web
from sqlmodel import Session
from yarl import URL

from bot.writer import Writer
from crm_store.marketing import links
from crm_store.marketing.links import Followed
from handlers.words import LANGUAGES, Words

MOST_WAITING = 1000
"""Clicks that wait to be written; beyond that somebody only makes noise."""
AT_ONCE, PAUSE_SECONDS = 20, 0.1
"""Clicks written in one unit of work, and how long the writer is left to the conversations after it."""
MOST_OF_ONE, MOST_OF_MANY = 20, 1000
"""Clicks a minute that are counted: of one customer on one link, and on a link that is put up for many."""
MINUTE = 60.0

_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|preview|slurp|fetch|scan|facebookexternalhit|whatsapp|curl|wget|python|go-http"
    r"|okhttp|headless|monitor|^$",
    re.IGNORECASE,
)
_AHEAD = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
"""Headers by which a browser says that nobody tapped yet."""

log = structlog.get_logger()


@dataclass(frozen=True)
class _Minute:
    """What is remembered for a minute: addresses by link (being looked up, or found), clicks by token."""

    began: float
    urls: dict[int, asyncio.Task[str | None]] = field(default_factory=dict)
    clicks: Counter[tuple[int, int]] = field(default_factory=Counter)


class Links:
    def __init__(
        self, writer: Writer, *, words: Words, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._writer = writer
        self._words = words
        self._monotonic = monotonic
        self._asked: asyncio.Task[str] | None = None
        self._minute = _Minute(monotonic())
        self._clicks: list[tuple[Followed, datetime]] = []
        self._writing: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(links.PATH + "{token}", self.follow)
        app.on_shutdown.append(self._finish)

    async def follow(self, request: web.Request) -> web.Response:
        found = await self._found(request.match_info["token"])
        if found is None:
            return self._gone(request)
        if self._counts(request, found):
            self._clicks.append((found, datetime.now(UTC)))
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._write())
        url = found.url if found.url.isascii() else str(URL(found.url))
        headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return web.Response(status=302, headers=headers)

    async def _found(self, token: str) -> Followed | None:
        """None for a token that is not ours, and for a link that is gone."""
        if not links.looks_right(token):
            return None
        meant = links.read(token, key=await self._key())
        if meant is None:
            return None
        if self._monotonic() - self._minute.began > MINUTE:
            self._minute = _Minute(self._monotonic())
        link_id, customer_id = meant
        urls = self._minute.urls
        if link_id not in urls:
            urls[link_id] = asyncio.create_task(self._writer.run(links.url, link_id=link_id))
        try:
            url = await asyncio.shield(urls[link_id])
        except Exception:
            urls.pop(link_id, None)
            raise
        return Followed(link_id, customer_id, url) if url is not None else None

    async def _key(self) -> str:
        if self._asked is None:
            self._asked = asyncio.create_task(self._writer.run(links.key))
        try:
            return await asyncio.shield(self._asked)
        except Exception:
            self._asked = None
            raise

    def _counts(self, request: web.Request, found: Followed) -> bool:
        if (
            request.method != "GET"
            or any("prefetch" in request.headers.get(one, "").lower() for one in _AHEAD)
            or _MACHINE.search(request.headers.get("User-Agent", "")) is not None
        ):
            return False
        clicks, place = self._minute.clicks, (found.link_id, found.customer_id or 0)
        clicks[place] += 1
        most = MOST_OF_MANY if found.customer_id is None else MOST_OF_ONE
        return clicks[place] <= most and len(self._clicks) < MOST_WAITING

    def _gone(self, request: web.Request) -> web.Response:
        """A page for people, in their language as far as their browser says."""
        wanted = request.headers.get("Accept-Language", "")[:2].lower()
        language = wanted if wanted in LANGUAGES else LANGUAGES[0]
        html = self._words.render(language, "customer/link/gone.html.j2")
        page = (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><p>{html}</p></html>'
        )
        return web.Response(status=404, text=page, content_type="text/html")

    async def _write(self) -> None:
        """Answers do not wait for it, and do not hang on it."""
        while self._clicks:
            these, self._clicks = self._clicks[:AT_ONCE], self._clicks[AT_ONCE:]
            try:
                await self._writer.run(_keep, clicks=these)
            except Exception:
                log.exception("clicks were not written down", action="click_failed", count=len(these))
            if self._clicks and not self._ending.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), PAUSE_SECONDS)

    async def _finish(self, _app: web.Application) -> None:
        self._ending.set()
        if self._writing is not None:
            await self._writing


def _keep(session: Session, *, clicks: list[tuple[Followed, datetime]]) -> None:
    for followed, at in clicks:
        links.click(session, followed=followed, now=at)
