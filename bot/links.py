"""GET /l/<token>: to where a campaign's button leads, and nowhere but to stored addresses. The click is
written down after the answer. What looks at links by itself (Telegram's preview, say) is not counted."""

import asyncio
import re
from datetime import UTC, datetime

import structlog
from aiohttp import web
from sqlmodel import Session

from bot.writer import Writer
from crm_store.marketing import links
from crm_store.marketing.links import Followed
from handlers.words import LANGUAGES, Words

MOST_WAITING = 200
"""Clicks that wait to be written; beyond that somebody only makes noise."""

_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|preview|slurp|fetch|scan|facebookexternalhit|whatsapp|curl|wget|python|go-http"
    r"|okhttp|headless|monitor|^$",
    re.IGNORECASE,
)
_AHEAD = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
"""Headers by which a browser says that nobody tapped yet."""

log = structlog.get_logger()


class Links:
    def __init__(self, writer: Writer, *, words: Words) -> None:
        self._writer = writer
        self._words = words
        self._writing: set[asyncio.Task[None]] = set()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(links.PATH + "{token}", self.follow)
        app.on_shutdown.append(self._finish)

    async def follow(self, request: web.Request) -> web.Response:
        found = await self._writer.run(links.follow, token=request.match_info["token"])
        if found is None:
            return self._gone(request)
        if self._counts(request):
            task = asyncio.create_task(self._write(found, datetime.now(UTC)))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        headers = {"Location": found.url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return web.Response(status=302, headers=headers)

    def _counts(self, request: web.Request) -> bool:
        return (
            request.method == "GET"
            and len(self._writing) < MOST_WAITING
            and not any("prefetch" in request.headers.get(one, "").lower() for one in _AHEAD)
            and _MACHINE.search(request.headers.get("User-Agent", "")) is None
        )

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

    async def _write(self, found: Followed, at: datetime) -> None:
        """The answer does not wait for it, and does not hang on it."""
        try:
            await self._writer.run(_click, found=found, at=at)
        except Exception:
            log.exception("a click was not written down", action="click_failed", link=found.link_id)

    async def _finish(self, _app: web.Application) -> None:
        await asyncio.gather(*self._writing)


def _click(session: Session, *, found: Followed, at: datetime) -> None:
    links.click(session, followed=found, now=at)
