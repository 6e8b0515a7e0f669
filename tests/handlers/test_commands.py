"""Commands in Chinese, as people write them who know Telegram's."""

import pytest

from crm_store.staff.roles import Role
from tests.talk import Talk


@pytest.mark.parametrize("slash", ["/", "／"])
def test_a_chinese_command_may_begin_with_a_slash(talk: Talk, slash: str) -> None:
    mei = talk.staff(500, "陈美", Role.MANAGER, language_code="zh")
    lin = talk.customer(language_code="zh")

    assert [one.text for one in mei.say(f"{slash}目标 销售额 20万")] == [
        one.text for one in mei.say("/target sales 200000")
    ]
    assert [one.text for one in mei.say(f"{slash}查张三")] == [one.text for one in mei.say("查张三")]
    assert [one.text for one in lin.say(f"{slash}进度")] == [one.text for one in lin.say("/tickets")]


def test_two_slashes_begin_a_note_whatever_follows(talk: Talk) -> None:
    mei = talk.staff(500, "陈美", Role.MANAGER, language_code="zh")

    [asked] = mei.say("//目标")

    assert asked.text.startswith("🤔 不清楚这条是给哪个工单的，所以还没有发给任何人。\n")
