"""/play, 打法: what the shop does for whom, in one line, version by version."""

import pytest
from sqlalchemy import select

from crm_store.engine import transaction
from crm_store.marketing.tables import Campaign, Goal, Play
from crm_store.staff.roles import Role
from tests.talk import Person, Talk


@pytest.fixture
def mary(talk: Talk) -> Person:
    return talk.staff(50, "Mary", Role.MANAGER)


def kept(talk: Talk) -> list[tuple[str, Goal, int, str, str, int | None]]:
    with transaction(talk.engine) as session:
        return [
            (one.tier, one.goal, one.number, one.offer, one.channel, one.every_days)
            for one in session.scalars(select(Play).order_by(Play.id))  # type: ignore[arg-type]
        ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "/play champions orders New tea first",
            ("champions", Goal.ORDERS, 1, "New tea first", "telegram", None),
        ),
        (
            "/play at risk win back 10 % off, by phone, every 30 days",
            ("at_risk", Goal.WIN_BACK, 1, "10 % off", "phone", 30),
        ),
        (
            "打法 核心客户 多卖货 新品先买，用电话，每 30 天",
            ("champions", Goal.ORDERS, 1, "新品先买", "phone", 30),
        ),
        ("打法 沉睡客户唤回满200减30 每60天", ("hibernating", Goal.WIN_BACK, 1, "满200减30", "telegram", 60)),
        (
            "/play new news Thanks, via pigeon post",
            ("new", Goal.NEWS, 1, "Thanks, via pigeon post", "telegram", None),
        ),
    ],
)
def test_one_line_says_it_all(
    talk: Talk, mary: Person, said: str, expected: tuple[str, Goal, int, str, str, int | None]
) -> None:
    [sent] = mary.say(said)

    assert kept(talk) == [expected]
    assert "(version 1)" in sent.text
    assert sent.buttons == ("📣 Make a campaign by it", "🧭 All plays")


@pytest.mark.parametrize("said", ["/play kings orders 10 % off", "/play champions sing 10 % off"])
def test_what_was_not_understood_is_said_back(talk: Talk, mary: Person, said: str) -> None:
    [sent] = mary.say(said)

    assert kept(talk) == []
    assert "10 % off" in sent.text


def test_a_change_is_a_version_and_a_campaign_keeps_its_own(talk: Talk, mary: Person) -> None:
    mary.say("/play champions orders 10 % off")
    [draft] = mary.tap("playuse:1")
    mary.say("/play champions orders 20 % off")

    [one] = mary.say("/play champions orders")
    [stale] = mary.tap("playuse:1")

    with transaction(talk.engine) as session:
        campaigns = [(one.name, one.play_id, one.audience) for one in session.scalars(select(Campaign))]
    assert campaigns == [("10 % off", 1, "rfm:champions")]
    assert draft.text.startswith("📣 <b>M1 10 % off</b>")
    assert "🎁 20 % off" in one.text
    assert "• M1 10 % off (version 1)" in one.text
    assert stale.text == one.text


def test_the_list_says_how_to_begin(talk: Talk, mary: Person) -> None:
    [empty] = mary.say("/play")
    mary.say("/play lost win_back Come back")
    [listed] = mary.say("/play")
    [wanted] = mary.say("/play lost news")

    assert "Nothing yet." in empty.text
    assert listed.buttons == ("Lost · Win customers back",)
    assert "There is no play yet for Lost · News." in wanted.text
