"""The demo's crowd: reached by campaigns, seen on no phone, and doing what people do with a campaign."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from bot.demo.crowd import FIRST, LAST, MOST_ANSWERS, Crowd
from bot.demo.past import tell_the_past
from bot.demo.server import DemoServer
from bot.demo.shopping import buy, held_out
from bot.demo.won_back import sign
from crm_store.customers.tables import Customer
from crm_store.engine import open_engine, transaction
from crm_store.marketing import campaigns, freezing, gate, outcome
from crm_store.marketing.rules import Rules
from crm_store.marketing.states import CampaignState
from crm_store.marketing.tables import Campaign, Segment
from crm_store.sales.states import OrderState, PaymentState
from crm_store.sales.tables import Order, OrderLine
from crm_store.staff.roles import Role
from crm_store.tables import metadata
from handlers.customer.buttons import OptOut
from tests.crm_store import people

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZONE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the past in it."""
    path = tmp_path_factory.mktemp("past") / "demo.db"
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    with transaction(engine) as session:
        tell_the_past(
            session, language="en", currency="CNY", regular=('Ann <3 & "张"', "+8613900000001"), now=NOW
        )
    engine.dispose()
    return path


@pytest.fixture
def store(told: Path, tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "demo.db").write_bytes(told.read_bytes())
    engine = open_engine(f"sqlite:///{tmp_path / 'demo.db'}")
    yield engine
    engine.dispose()


def granted(session: Session) -> list[Customer]:
    """Whom a campaign to everybody reaches now."""
    why = gate.reason(session, rules=Rules(), now=NOW)
    return list(session.scalars(select(Customer).where(why.is_(None)).order_by(col(Customer.id))))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Order)) or 0


class Bot:
    """The calls of a bot, and a web server where its links lead to."""

    def __init__(self, server: DemoServer, browser: aiohttp.ClientSession, links: str) -> None:
        self.server, self.links = server, links
        self._browser = browser

    async def sends(self, chat_id: int, text: str) -> dict[str, Any]:
        rows = [
            [{"text": "Look", "url": f"{self.links}/l/{chat_id}"}],
            [{"text": "Unsubscribe", "callback_data": OptOut(1).pack()}],
        ]
        address = f"{self.server.base_url}{self.server.token}/sendMessage"
        body = {"chat_id": chat_id, "text": text, "reply_markup": {"inline_keyboard": rows}}
        async with self._browser.post(address, json=body) as answer:
            told: dict[str, Any] = await answer.json()
            return told


def campaign_to(store: Engine, texts: list[str]) -> tuple[Crowd, list[dict[str, Any]], list[str], list[int]]:
    """Everybody who agreed is sent one of ``texts`` in turn, and the crowd does at once what it does with it.
    Returns it with what the bot was answered, what was opened, and who stands on the page."""
    opened: list[str] = []

    async def follow(request: web.Request) -> web.Response:
        opened.append(request.match_info["token"])
        return web.Response(status=302, headers={"Location": "https://shop.example.com/"})

    async def run() -> tuple[Crowd, list[dict[str, Any]], list[str], list[int]]:
        app = web.Application()
        app.router.add_get("/l/{token}", follow)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        links = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with DemoServer(page=True, limits=False) as server, aiohttp.ClientSession() as browser:
            ann = server.world.user(7_000_000_000, 'Ann <3 & "张"', started=True)
            crowd = Crowd(server.world, store, links_at=links, pace=0)
            with transaction(store) as session:
                assert crowd.come(session) > 1000
                everybody = [(one.chat_id, one.name) for one in granted(session) if one.chat_id is not None]
            bot, living = Bot(server, browser, links), asyncio.create_task(crowd.live())
            told = [
                await bot.sends(chat_id, texts[at % len(texts)].format(name=name))
                for at, (chat_id, name) in enumerate(everybody)
            ]
            resting = asyncio.create_task(crowd.come_to_rest())
            await asyncio.wait({living, resting}, return_when=asyncio.FIRST_COMPLETED)
            assert not living.done() or living.result()
            living.cancel()
            async with browser.ws_connect(f"{server.page_url}demo/live") as page:
                shown = [one["id"] for one in json.loads((await page.receive(5)).data)["people"]]
            assert shown == [ann.id]
            waiting = [json.loads(one.raw) for one in server.world.updates]
        await runner.cleanup()
        return crowd, told, opened, waiting

    return asyncio.run(run())


def test_a_campaign_reaches_the_crowd_and_the_crowd_acts(store: Engine) -> None:
    with transaction(store) as session:
        before, compared = count(session), len(held_out(session, campaign=1))

    crowd, told, opened, updates = campaign_to(store, ["Dear {name}, tea!"])

    got = [one for one in told if one["ok"]]
    refused = {one["description"] for one in told if not one["ok"]}
    assert len(got) > 600
    assert refused == {"Forbidden: bot was blocked by the user"}
    assert 0.002 < 1 - len(got) / len(told) < 0.04
    assert crowd.done["clicks"] == len(opened) == len(set(opened))
    assert 0.25 < len(opened) / len(got) < 0.45
    said = [one["message"]["text"] for one in updates if "message" in one]
    taps = {one["callback_query"]["data"] for one in updates if "callback_query" in one}
    assert 0 < len(said) <= MOST_ANSWERS
    assert taps == {OptOut(1).pack()}
    assert crowd.done["opt_outs"] < 0.02 * len(got)
    with transaction(store) as session:
        new = count(session) - before
        assert new == crowd.done["orders"]
        assert 0.1 * len(got) < new < 0.3 * (len(got) + compared)


def test_a_message_that_calls_people_by_name_sells_more(store: Engine) -> None:
    with transaction(store) as session:
        last = session.scalar(select(func.max(Order.id))) or 0
        reached = granted(session)

    campaign_to(store, ["Dear {name}, tea!", "Tea!"])

    with transaction(store) as session:
        buyers = set(session.scalars(select(Order.customer_id).where(col(Order.id) > last)))
    by_name = sum(one.id in buyers for one in reached[::2]) / len(reached[::2])
    plain = sum(one.id in buyers for one in reached[1::2]) / len(reached[1::2])
    assert by_name > plain + 0.02


def test_only_campaigns_move_the_crowd(store: Engine) -> None:
    async def run() -> Crowd:
        async with DemoServer(limits=False) as server, aiohttp.ClientSession() as browser:
            crowd = Crowd(server.world, store, links_at="http://127.0.0.1:1", pace=0)
            with transaction(store) as session:
                crowd.come(session)
                ids = [one.chat_id for one in granted(session)[:100]]
            for chat_id in ids:
                address = f"{server.base_url}{server.token}/sendMessage"
                async with browser.post(address, json={"chat_id": chat_id, "text": "Paid"}) as answer:
                    await answer.read()
            return crowd

    assert not asyncio.run(run()).is_busy


def test_an_order_of_the_crowd_is_a_whole_one(store: Engine) -> None:
    with transaction(store) as session:
        customer = granted(session)[0]
        assert customer.user_id is not None
        assert buy(session, user_id=customer.user_id, pick=0.999, count=2, source="web", now=NOW)
        assert not buy(session, user_id=LAST, pick=0, count=1, source="web", now=NOW)

    with transaction(store) as session:
        order = session.scalars(select(Order).order_by(col(Order.id).desc())).first()
        assert order is not None
        [line] = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
        assert (order.customer_id, order.state, order.payment_state, order.paid) == (
            customer.id,
            OrderState.CONFIRMED,
            PaymentState.PAID,
            line.price * 2,
        )
        assert line.category is not None


def test_many_have_chats_and_some_may_be_sent_nothing(store: Engine) -> None:
    with transaction(store) as session:
        chats = session.scalars(select(Customer).where(col(Customer.user_id).between(FIRST, LAST))).all()
        reached = granted(session)
    assert {one.user_id for one in reached} < {one.user_id for one in chats}
    assert 620 <= len(reached) <= 760
    assert 0 < sum(not one.reachable for one in chats) < 80


def test_the_campaign_of_three_weeks_ago_is_one_that_could_have_been(store: Engine) -> None:
    with transaction(store) as session:
        manager = people.staff(session, "Olga", Role.MANAGER)
        sign(session, by=manager)

    with transaction(store) as session:
        [campaign] = session.scalars(select(Campaign)).all()
        assert (campaign.state, campaign.created_by) == (CampaignState.MEASURING, manager.id)
        assert campaigns.measured(session, now=NOW) == [campaign]
        assert campaign.members_hash == freezing.seal(session, campaign_id=campaign.id)
        found = outcome.outcome(session, campaign=campaign, tracked=True, now=NOW)
        assert found["is_closed"]
        assert found["lift"]["verdict"] == "raised"
        assert found["unshown"] is None
        assert found["whole"]["clicked"] > 10
        quiet = session.scalars(select(Segment).order_by(col(Segment.id))).first()
        assert quiet is not None
        assert campaign.segment_id == quiet.id
        assert NOW - campaign.started_at > timedelta(days=14)
