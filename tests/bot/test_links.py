"""Links that count: they lead to stored addresses only, and nothing but people's taps is counted."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, event, select
from sqlmodel import Session, col
from telegram import Bot

from bot.demo.server import TOKEN
from bot.links import MOST_OF_ONE, Links
from bot.web import Health, Web
from bot.writer import Writer
from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.marketing import links
from crm_store.marketing.states import MemberState
from crm_store.marketing.tables import Campaign, CampaignArm, CampaignMember, Click, TrackedLink
from tests.crm_store import people
from tests.talk import WORDS

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
URL = "https://shop.example.com/tea?a=1&b=2#top"
FROM_MESSAGE = "&utm_source=telegram&utm_medium=message&utm_campaign=M1&utm_content=A#top"
LANDED = URL.replace("#top", FROM_MESSAGE)
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"}


def made(engine: Engine) -> str:
    """A campaign's link for customer 1, who was sent it; its path."""
    with transaction(engine) as session:
        customer = people.customer(session)
        campaign = Campaign(name="Tea", salt="", currency="CNY", created_at=NOW, updated_at=NOW)
        session.add(campaign)
        session.flush()
        arm = CampaignArm(campaign_id=campaign.id, name="A", body={"en": "Tea"})
        session.add(arm)
        session.add(
            CampaignMember(
                campaign_id=campaign.id, customer_id=customer.id, state=MemberState.SENT, sent_at=NOW
            )
        )
        session.flush()
        link = links.of_arm(session, campaign_id=campaign.id, arm_id=arm.id, url=URL, now=NOW)
        return links.PATH + links.token(session, link_id=link, customer_id=customer.id)


def visit(engine: Engine, *paths: str, method: str = "GET", **headers: str) -> list[tuple[int, str]]:
    """Status, and where it leads; the server has ended, and written down what it had to."""

    async def ask(client: TestClient) -> list[tuple[int, str]]:  # type: ignore[type-arg]
        found = []
        for path in paths:
            answer = await client.request(method, path, headers=PHONE | headers, allow_redirects=False)
            found.append((answer.status, answer.headers.get("Location", await answer.text())))
        return found

    return served(engine, ask)


def served(
    engine: Engine,
    ask: Callable[[TestClient], Awaitable[list[tuple[int, str]]]],  # type: ignore[type-arg]
) -> list[tuple[int, str]]:
    async def run() -> list[tuple[int, str]]:
        well = Health(last_poll=lambda: None, polls=lambda: False, telegram_refuses=lambda: False)
        pages = Web(
            writer,
            bot=Bot(TOKEN),
            secret="",
            arrived=lambda: None,
            health=well,
            links=Links(writer, words=WORDS),
        )
        async with TestClient(TestServer(pages.application(webhook=False))) as client:
            return await ask(client)

    writer = Writer(engine)
    try:
        return asyncio.run(run())
    finally:
        writer.close()


def clicks(engine: Engine) -> list[tuple[int, int | None]]:
    with transaction(engine) as session:
        return [
            (one.link_id, one.customer_id) for one in session.scalars(select(Click).order_by(col(Click.id)))
        ]


def clicked_at(session: Session) -> datetime | None:
    return session.get_one(CampaignMember, (1, 1)).clicked_at


def test_a_tap_leads_to_the_stored_address_and_is_counted(engine: Engine) -> None:
    path = made(engine)

    assert visit(engine, path) == [(302, LANDED)]

    assert clicks(engine) == [(1, 1)]
    with transaction(engine) as session:
        assert clicked_at(session) is not None


def test_the_first_tap_stays_with_the_member_and_each_is_kept(engine: Engine) -> None:
    path = made(engine)
    visit(engine, path)
    with transaction(engine) as session:
        first = clicked_at(session)

    visit(engine, path, path)

    assert clicks(engine) == [(1, 1)] * 3
    with transaction(engine) as session:
        assert clicked_at(session) == first


def test_a_tap_of_somebody_who_was_taken_in_is_the_others(engine: Engine) -> None:
    path = made(engine)
    with transaction(engine) as session:
        other = people.customer(session, 8)
        session.get_one(Customer, 1).merged_into_id = other.id

    visit(engine, path)

    assert clicks(engine) == [(1, 2)]


MACHINES = [
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "WhatsApp/2.24",
    "curl/8.5.0",
    "python-requests/2.32",
    "",
]


@pytest.mark.parametrize("agent", MACHINES)
def test_machines_are_led_on_and_not_counted(sqlite: Engine, agent: str) -> None:
    path = made(sqlite)

    assert visit(sqlite, path, **{"User-Agent": agent}) == [(302, LANDED)]
    assert clicks(sqlite) == []


def test_a_look_ahead_is_not_counted(sqlite: Engine) -> None:
    path = made(sqlite)

    assert visit(sqlite, path, method="HEAD") == [(302, LANDED)]
    assert visit(sqlite, path, **{"Sec-Purpose": "prefetch;prerender"}) == [(302, LANDED)]
    assert clicks(sqlite) == []


def test_a_token_that_is_not_ours_is_a_friendly_page(sqlite: Engine) -> None:
    path = made(sqlite)
    head, signature = path[:-17], path[-16:]  # which may have hyphens of its own
    other = head[:-1] + "2-" + signature  # somebody else's name on it
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    huge = f"/l/{'z' * 13}-1-{signature}"

    found = visit(sqlite, other, forged, huge, "/l/x", "/l/1-1-", "/l/%00", **{"Accept-Language": "en-GB,en"})

    assert [status for status, _ in found] == [404] * 6
    assert all("This link does not work any more." in page for _, page in found)
    assert "这个链接已经失效了" in visit(sqlite, "/l/x", **{"Accept-Language": "zh-CN"})[0][1]
    assert clicks(sqlite) == []


def test_a_link_that_is_gone_leads_nowhere(sqlite: Engine) -> None:
    path = made(sqlite)
    with transaction(sqlite) as session:
        session.delete(session.get_one(TrackedLink, 1))

    assert visit(sqlite, path)[0][0] == 404


def test_the_address_of_a_shop_is_signed_by_its_own_key(sqlite: Engine, postgres: Engine) -> None:
    here, elsewhere = made(sqlite), made(postgres)

    assert here != elsewhere
    assert visit(sqlite, elsewhere)[0][0] == 404


def test_a_link_for_everybody_is_counted_without_a_name(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        link = links.of_source(session, source="weibo", url=URL, campaign_id=None, now=NOW)
        again = links.of_source(session, source="weibo", url=URL, campaign_id=None, now=NOW)
        path = links.PATH + links.token(session, link_id=link.id)
        assert link.id == again.id

    assert visit(sqlite, path) == [(302, URL.replace("#", "&utm_source=weibo&utm_medium=link#"))]
    assert clicks(sqlite) == [(1, None)]


def test_noise_never_reaches_the_store(sqlite: Engine) -> None:
    """Whatever is made up costs the conversation nothing; one lookup a minute is enough for any number of
    taps, and of one person's on one link no more are written than a person taps."""
    path = made(sqlite)
    made_up = path[:-1] + ("A" if path[-1] != "A" else "B")
    before = len(statements(sqlite, lambda: visit(sqlite, "/l/x")))

    forged = statements(sqlite, lambda: visit(sqlite, *[made_up] * 50))
    taps = statements(sqlite, lambda: visit(sqlite, *[path] * 60))

    assert before == 0
    assert len([one for one in forged if one.startswith("SELECT")]) == 1  # for our own key
    assert len([one for one in taps if one.startswith("SELECT tracked_link")]) <= 1 + MOST_OF_ONE
    assert clicks(sqlite) == [(1, 1)] * MOST_OF_ONE


def statements(engine: Engine, do: Callable[[], object]) -> list[str]:
    """What the store was asked meanwhile."""
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        do()
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    return heard


def test_an_address_in_chinese_is_led_to_as_browsers_write_it(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        link = links.of_source(
            session, source="weibo", url="https://例子.com/茶?a=茶", campaign_id=None, now=NOW
        )
        path = links.PATH + links.token(session, link_id=link.id)

    assert visit(sqlite, path) == [
        (302, "https://xn--fsqu00a.com/%E8%8C%B6?a=%E8%8C%B6&utm_source=weibo&utm_medium=link")
    ]
