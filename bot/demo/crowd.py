"""The demo's crowd: past customers with a chat of their own but no phone on the page, so that a campaign
reaches somebody. Some open its link, a few answer or want no more of it, some order within minutes.

All of it takes the ways of real life: what they tap and write are updates to the bot, a link is opened over
HTTP, an order is taken in as a web shop's. A campaign does help here: who was sent one orders more often than
who was held out, and more often still when it calls them by name.
"""

import asyncio
import heapq
import itertools
import tomllib
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from aiohttp import ClientError, ClientSession, ClientTimeout
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from bot.demo.chats import Message
from bot.demo.core import Refused
from bot.demo.shopping import buy, held_out
from bot.demo.world import World
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.marketing.links import PATH
from handlers.customer.buttons import OptOut

FIRST = 5_000_000_000
"""Somebody of the crowd has the Telegram id that is this and their customer number."""

LAST = FIRST + 10**8

ORDERS = 0.05
"""Orders within minutes of a campaign, whether one was sent it or held out."""

MORE, BY_NAME = 0.05, 0.08
"""So much more often who was sent it, and who was called by their name in it."""

CLICKS, OPTS_OUT, ANSWERS, BLOCKED = 0.24, 0.007, 0.01, 0.012
MOST_ANSWERS = 4
"""To one campaign: each becomes a ticket for the agent."""

SOON = {"click": (4.0, 70.0), "order": (15.0, 150.0), "answer": (30.0, 120.0), "opt_out": (45.0, 150.0)}
"""After how many seconds, at least and at most."""

HELD_OUT_AFTER = 5.0
A_SECOND = 20
"""So much the crowd does in a second, and no more."""

BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Mobile"}

Act = Callable[[], Awaitable[None]]


@dataclass
class _Heard:
    """One campaign, as the crowd has heard of it."""

    answers: int = 0
    people: set[int] = field(default_factory=set)
    shares: dict[str, float] = field(default_factory=dict)

    def is_turn(self, what: str, share: float) -> bool:
        """True for this share of those who hear of it, one as far behind the next as any: what few do is seen
        in every campaign of some hundreds."""
        due = self.shares.get(what, 0.0) + share
        self.shares[what] = due - (due >= 1)
        return due >= 1


class Crowd:
    """``come`` gives everybody of the store a chat; ``live`` lets them do what they do, until cancelled.
    ``links_at`` is where the bot's links lead to: nothing else is ever opened. ``pace`` 1 is life; with 0
    they do at once what they do."""

    def __init__(
        self, world: World, engine: Engine, *, links_at: str, pace: float = 1, seed: int = 1
    ) -> None:
        self._world, self._engine = world, engine
        self._links_at, self._pace = links_at + PATH, pace
        self._random = Random(seed)  # noqa: S311 (nobody is to be surprised)
        told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
        self._replies: dict[str, list[str]] = told["replies"]
        self._called: dict[int, set[str]] = {}
        self._heard: dict[int, _Heard] = {}
        self._waiting: list[tuple[float, int, Act]] = []
        self._numbers = itertools.count()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.done: Counter[str] = Counter()
        self.source = "web"
        """Where they order, as the shop calls it."""

    def come(self, session: Session) -> int:
        """Returns how many there are. A few have blocked the bot and it does not know yet."""
        found = session.scalars(
            select(Customer).where(col(Customer.user_id).between(FIRST, LAST)).order_by(col(Customer.id))
        ).all()
        for one in found:
            assert one.user_id is not None
            person = self._world.user(
                one.user_id, one.name, language_code=one.language, started=True, hears=self.hear
            )
            person.blocked = not one.reachable or self._random.random() < BLOCKED
            called = (one.name, one.name.split()[0], one.salutation)
            self._called[one.user_id] = {word for word in called if word}
        return len(found)

    def hear(self, message: Message) -> None:
        """The bot sent one of them something; only campaigns move them."""
        data = [one.get("callback_data", "") for row in message.buttons() for one in row]
        out = next((found for one in data if (found := OptOut.unpack(one)) is not None), None)
        if out is None:
            return
        user_id = message.chat.id
        heard = self._heard.get(out.campaign)
        if heard is None:
            heard = self._heard[out.campaign] = _Heard()
            self._later(HELD_OUT_AFTER, lambda: self._held_out(out.campaign))
        if user_id in heard.people:
            return
        heard.people.add(user_id)
        random = self._random
        is_by_name = any(one in message.text for one in self._called.get(user_id, ()))
        link = next((one["url"] for row in message.buttons() for one in row if "url" in one), "")
        if link.startswith(self._links_at) and random.random() < CLICKS * (1.4 if is_by_name else 1):
            self._soon("click", lambda: self._click(link))
        if heard.is_turn("called" if is_by_name else "order", ORDERS + MORE + (BY_NAME if is_by_name else 0)):
            self._soon("order", lambda: self._order(user_id))
        if heard.is_turn("opt_out", OPTS_OUT):
            self._soon("opt_out", lambda: self._opt_out(message, out.pack()))
        elif heard.answers < MOST_ANSWERS and heard.is_turn("answer", ANSWERS):
            heard.answers += 1
            self._soon("answer", lambda: self._answer(user_id))

    @property
    def is_busy(self) -> bool:
        """Somebody has something in mind, or is doing it."""
        return not self._idle.is_set()

    async def come_to_rest(self) -> None:
        """Until nobody has anything in mind."""
        await self._idle.wait()

    async def live(self) -> None:
        while True:
            now = self._now()
            if not self._waiting or self._waiting[0][0] > now:
                self._news.clear()
                pause = self._waiting[0][0] - now if self._waiting else None
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._news.wait()
                continue
            _, _, act = heapq.heappop(self._waiting)
            await act()
            if not self._waiting:
                self._idle.set()
            await asyncio.sleep(self._pace / A_SECOND)

    # what they do

    async def _click(self, link: str) -> None:
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=5), headers=BROWSER) as browser,
                browser.get(link, allow_redirects=False) as answer,
            ):
                self.done["clicks"] += answer.status == 302
        except (ClientError, TimeoutError):
            self.done["offline"] += 1  # somebody has killed the bot: the page does not open

    async def _opt_out(self, message: Message, data: str) -> None:
        try:
            self._world.tap(message.chat.id, message, data)
        except Refused:
            return
        self.done["opt_outs"] += 1

    async def _answer(self, user_id: int) -> None:
        person = self._world.people[user_id]
        replies = self._replies.get(person.language_code or "", self._replies["en"])
        try:
            self._world.send_text(person, self._random.choice(replies))
        except Refused:
            return
        self.done["answers"] += 1

    async def _order(self, user_id: int) -> None:
        pick, count = self._random.random(), self._random.choice([1, 1, 1, 2])
        try:
            self.done["orders"] += await asyncio.to_thread(self._buy, user_id, pick, count)
        except OperationalError:  # the bot had the store to itself for too long
            self._soon("order", lambda: self._order(user_id))

    async def _held_out(self, campaign: int) -> None:
        """Those who are only compared with order as ever."""
        for user_id in await asyncio.to_thread(self._compared, campaign):
            if self._random.random() < ORDERS:
                self._soon("order", lambda user_id=user_id: self._order(user_id))  # type: ignore[misc]

    def _buy(self, user_id: int, pick: float, count: int) -> bool:
        with transaction(self._engine) as session:
            return buy(
                session, user_id=user_id, pick=pick, count=count, source=self.source, now=datetime.now(UTC)
            )

    def _compared(self, campaign: int) -> list[int]:
        with transaction(self._engine) as session:
            return [one for one in held_out(session, campaign=campaign) if FIRST < one < LAST]

    # when

    def _soon(self, what: str, act: Act) -> None:
        self._later(self._random.uniform(*SOON[what]), act)

    def _later(self, seconds: float, act: Act) -> None:
        heapq.heappush(self._waiting, (self._now() + seconds * self._pace, next(self._numbers), act))
        self._news.set()
        self._idle.clear()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
