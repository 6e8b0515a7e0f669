"""A browser's side of the live protocol, for the tests of it"""

import asyncio
import json

import aiohttp

from bot.demo.server import DemoServer


class Page:
    """A browser tab: its socket, and the bot's calls for the other side of the conversation."""

    def __init__(self, server, session, socket):
        self.server = server
        self.session = session
        self.socket = socket

    async def hear(self, kind):
        """The next event of this kind; others before it are passed over."""
        while True:
            event = json.loads((await self.socket.receive(5)).data)
            if event["type"] == kind:
                return event

    async def do(self, **ask):
        await self.socket.send_str(json.dumps(ask))

    async def refusal(self, **ask):
        await self.do(**ask)
        return (await self.hear("refused"))["why"]

    async def bot(self, method, **params):
        address = f"{self.server.base_url}{self.server.token}/{method}"
        async with self.session.post(address, json=params) as answer:
            return (await answer.json())["result"]


def with_page(script):
    """Run ``script(page, ann)`` with a page that has just been opened."""

    async def run():
        async with DemoServer(page=True, limits=False) as server, aiohttp.ClientSession() as session:
            ann = server.world.user(7_000_000_000, 'Ann <3 & "张"', language_code="zh-hans", started=True)
            async with session.ws_connect(f"{server.page_url}demo/live") as socket:
                await script(Page(server, session, socket), ann)

    asyncio.run(run())
