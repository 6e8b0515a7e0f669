"""/link: a link for each place customers come from."""

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from crm_store.engine import transaction
from crm_store.marketing import links
from crm_store.marketing.tables import TrackedLink
from tests.bot.test_links import clicks, visit
from tests.handlers.campaigns.marketing import URL, boss, campaign, customer_of, draft, shop
from tests.talk import Person, Talk

PUBLIC = "https://tea.example.com"


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return shop(engine, public_url=PUBLIC)


def link(talk: Talk) -> TrackedLink:
    with transaction(talk.engine) as session:
        found = session.scalars(select(TrackedLink).order_by(col(TrackedLink.id).desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def token(text: str) -> str:
    """The path of the counted link in an answer."""
    return text.split(PUBLIC, 1)[1].split("<", 1)[0]


def test_a_link_into_the_chat_makes_the_place_the_source(talk: Talk) -> None:
    olga = boss(talk)

    said = olga.say("/link 微博")[-1].text

    assert said.splitlines() == [
        "🔗 <b>Weibo</b>",
        "Use this one, its clicks are counted:",
        f"<code>{PUBLIC}{token(said)}</code>",
        "It opens https://t.me/tea_desk_bot?start=weibo",
        'Who comes into the chat by it has the source "Weibo".',
    ]
    ann = talk.customer()
    ann.say("/start weibo")
    with transaction(talk.engine) as session:
        assert customer_of(session, ann).source == "weibo"


def test_a_click_is_of_the_place_and_the_campaign(talk: Talk) -> None:
    olga = boss(talk)
    draft(talk, olga)

    said = olga.say(f"链接 小红书 m1 {URL}")[-1].text

    found = link(talk)
    assert (found.source, found.campaign_id, found.url) == ("xiaohongshu", campaign(talk).id, URL)
    landed = f"{URL}?utm_source=xiaohongshu&utm_medium=link&utm_campaign=M1"
    assert visit(talk.engine, token(said)) == [(302, landed)]
    assert clicks(talk.engine) == [(found.id, None)]


def test_the_same_link_twice_is_one(talk: Talk) -> None:
    olga = boss(talk)

    assert olga.say("/link douyin")[-1].text == olga.say("/link 抖音")[-1].text


def test_without_a_public_address_it_says_that_nothing_is_counted(sqlite: Engine) -> None:
    olga = boss(shop(sqlite))

    said = olga.say("/link poster-1 https://shop.example.com")[-1].text

    assert said.splitlines() == [
        "🔗 <b>poster-1</b>",
        "<code>https://shop.example.com</code>",
        "There is no public address (<code>[web] public_url</code>): clicks are not tracked.",
    ]


REFUSED = {
    "/link": "🔗 A link for each place shows where customers come from",
    "/link 张三的店": "cannot stand in a link",
    f"/link {'x' * 33}": "cannot stand in a link",
    "/link weibo https://nowhere": "is no web address",
    "/link weibo javascript://x.example.com": "is no web address",
    "/link weibo M7": "There is no campaign",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_a_link_is_refused(talk: Talk, text: str) -> None:
    olga: Person = boss(talk)

    assert REFUSED[text] in olga.say(text)[-1].text
    assert talk.group.failed == 0


def test_the_source_of_a_campaigns_link_names_both(talk: Talk) -> None:
    olga = boss(talk)
    draft(talk, olga)

    said = olga.say("/link weibo M1")[-1].text

    assert "https://t.me/tea_desk_bot?start=weibo_M1" in said
    assert links.PATH in said
    talk.customer().say("/start weibo_M1")
    assert "came by Weibo · M1" in olga.say("/customer C1")[-1].text
