"""/touch, 触达: tries to win somebody, written down in a line each; never a bare per cent."""

import pytest
from sqlalchemy import select

from crm_store.engine import transaction
from crm_store.marketing.tables import Touch
from crm_store.staff.roles import Role
from tests.talk import Person, Talk


@pytest.fixture
def mary(talk: Talk) -> Person:
    return talk.staff(50, "Mary", Role.MANAGER)


def kept(talk: Talk) -> list[tuple[str, bool, int | None]]:
    with transaction(talk.engine) as session:
        rows = session.scalars(select(Touch).order_by(Touch.id))  # type: ignore[arg-type]
        return [(one.ad, one.succeeded, one.customer_id) for one in rows]


def test_two_of_three_is_said_with_its_range(talk: Talk) -> None:
    lin = talk.staff(51, "林掌柜", Role.MANAGER, "zh")

    [noted] = lin.say("触达 抖音广告 成功\n抖音广告 失败\n抖音广告：成功")

    assert kept(talk) == [("抖音广告", True, None), ("抖音广告", False, None), ("抖音广告", True, None)]
    assert noted.text.splitlines() == [
        "✅ 记下了 3 次。",
        "<b>抖音广告</b>：3 次里成功 2 次，66.7%（可能在 20.8% 到 93.9% 之间，次数太少）",
    ]
    [listed] = lin.say("触达 抖音广告")
    assert "66.7%（可能在 20.8% 到 93.9% 之间" in listed.text
    assert "（中国时间）" in listed.text


def test_the_customer_may_be_named(talk: Talk, mary: Person) -> None:
    talk.customer(7).say("hello")

    mary.say("/touch Spring poster C1 failed")
    [nobody] = mary.say("/touch Spring poster C99 failed")

    assert kept(talk) == [("Spring poster", False, 1)]
    assert nobody.text == talk.render("refused/no_such_customer.html.j2", number="C99")


def test_lines_that_were_not_understood_are_given_back(talk: Talk, mary: Person) -> None:
    [sent] = mary.say("/touch Poster success\nPoster perhaps")

    assert kept(talk) == [("Poster", True, None)]
    assert sent.text.splitlines()[-1] == "<code>Poster perhaps</code>"


def test_a_mistake_is_taken_out_with_a_tap_by_who_made_it(talk: Talk, mary: Person) -> None:
    [noted] = mary.say("/touch Poster success\nPoster failed")
    kim = talk.staff(52, "Kim", Role.MANAGER)

    kim.tap(noted.data[0])
    of_others = kept(talk)
    [shown] = mary.tap(noted.data[0])

    assert len(of_others) == 2
    assert (kept(talk), "Nothing was written down yet." in shown.text) == ([], True)


def test_without_a_result_it_says_how(talk: Talk, mary: Person) -> None:
    [sent] = mary.say("/touch Poster")
    [nameless] = mary.say(f"/touch {'x' * 61} success")

    assert "Nothing was written down of “Poster”." in sent.text
    assert nameless.text == talk.render("refused/bad_touch.html.j2", ad="x" * 61)
    assert kept(talk) == []
