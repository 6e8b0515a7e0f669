"""Whatever people type into a record does no harm, and is found again: on both databases."""

import pytest
from sqlalchemy import Engine

from crm_store.customers import customers, records
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from tests.talk import Talk, texts

HOSTILE = [
    "<b>Ann</b> & <a>co</a>",
    "50%_off",
    "O'Neil; DROP TABLE customer",
    'NEAR("a" OR b*) NOT c^',
    "🌸小鱼🐟",
    "张\x00三\x07丰\u202e",
    "a\u200bb\ufeffc",
    "{{ 7*7 }} {% raw %}",
    "=HYPERLINK(1)",
    "Zoë Ångström-Žižek",
    "阿卜杜拉·热合曼",
    "\\N \\' \\",
]


@pytest.fixture
def shop(engine: Engine) -> Talk:
    return Talk(engine)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_kept_shown_and_found_again(shop: Talk, name: str) -> None:
    bob = shop.staff(1, "Bob", Role.MANAGER)
    with transaction(shop.engine) as session:
        made = records.create(
            session, name="Somebody else", language="zh", source="t", channel="t", actor="cli", now=shop.now
        ).id

    [changed] = texts(bob.say(f"/set C{made} name={name}"), bob)
    with transaction(shop.engine) as session:
        kept = customers.get(session, customer_id=made).name
    found = texts(bob.say(f"/find {name}"), bob)
    again = texts(bob.say(f"/find {kept}"), bob)

    assert shop.group.failed == 0
    assert "changed" in changed
    assert not any(one in kept for one in "\x00\x07\u202e\u200b\ufeff")
    assert any(f"<b>C{made}</b>" in one for one in found), found
    assert any(f"<b>C{made}</b>" in one for one in again), again


LONG = ["x" * 10_000, "张" * 10_000, "name=" + "x" * 10_000, "phone=" + "1" * 5000]
COMMANDS = [
    "/find", "/customer", "/new", "/dup", "/set C1", "/call C1", "/note C1", "/pref C1", "/need C1",
    "/tag C1",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_answers_whatever_follows_it(shop: Talk, command: str) -> None:
    bob = shop.staff(1, "Bob", Role.MANAGER)
    with transaction(shop.engine) as session:
        records.create(
            session, name="张三", language="zh", source="t", channel="t", actor="cli", now=shop.now
        )

    for text in [*HOSTILE, *LONG, "\x00", "%", "_", "*"]:
        sent = bob.say(f"{command} {text}")

        assert shop.group.failed == 0, text
        assert texts(sent, bob) != [], text
        assert len(sent) <= 3
        assert all(one.text for one in sent)
        assert "\x00" not in str([one.row.params for one in sent]), text
