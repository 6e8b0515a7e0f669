"""/start, /help, /lang, /cancel: what everybody finds first."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.desk import Hours
from handlers.help import available
from tests.talk import DESK, Talk, texts


def test_start_greets_in_english_and_opens_no_ticket(talk: Talk) -> None:
    ann = talk.customer()

    sent = ann.say("/start")

    assert texts(sent, ann) == [
        "Hello Ann &lt;3 &amp; &#34;张&#34;! This is the <b>Tea &amp; &lt;Co&gt;</b> desk.\n"
        "We are here. Just tell us what you need, in words, pictures or a voice message.\n\n"
        "Every request gets a ticket number. /tickets shows how yours are doing, /help what else you can do."
    ]
    with transaction(talk.engine) as session:
        assert session.scalars(select(Ticket)).all() == []


def test_start_greets_in_chinese_whoever_has_a_chinese_telegram(talk: Talk) -> None:
    for number, code in enumerate(("zh", "zh-hans", "zh-hant", "zh-TW")):
        [greeting] = texts(talk.customer(100 + number, code).say("/start"), talk.customer(100 + number))
        assert greeting.startswith(
            "您好，Ann &lt;3 &amp; &#34;张&#34;！这里是<b>Tea &amp; &lt;Co&gt;</b>客服。"
        )


def test_start_says_when_the_desk_opens(talk: Talk) -> None:
    talk.dispatcher._desk = replace(DESK, hours=Hours.parse(["Mon-Fri 14:00-18:00"]))
    ann = talk.customer()

    [greeting] = texts(ann.say("/start"), ann)

    assert "The desk is closed now and opens on <b>Friday 14:00</b>." in greeting


def test_the_first_deep_link_is_kept_as_the_customers_source(talk: Talk) -> None:
    ann = talk.customer()

    ann.say("/start spring-fair_2026")
    ann.say("/start another")

    with transaction(talk.engine) as session:
        assert [one.source for one in session.scalars(select(Customer))] == ["spring-fair_2026"]


def test_a_swarm_of_starts_opens_no_ticket(talk: Talk) -> None:
    for number in range(200):
        talk.customer(1000 + number).say("/start")

    with transaction(talk.engine) as session:
        assert session.scalars(select(Ticket)).all() == []


def test_lang_changes_the_language_for_good(talk: Talk) -> None:
    ann = talk.customer()
    [choice] = ann.say("/lang")
    assert (choice.buttons, choice.data) == (("中文", "English"), ("lang:zh", "lang:en"))

    sent = ann.tap("lang:zh")

    assert texts(sent, ann)[0] == "好的，以后用中文和您说。"
    assert texts(ann.say("/cancel"), ann) == ["现在没有需要取消的操作。"]


def test_the_chosen_language_brings_its_menu(talk: Talk) -> None:
    ann = talk.customer()

    [_, menu] = ann.say("/lang zh")

    assert menu.method == "setMyCommands"
    assert menu.row.params["scope"] == {"type": "chat", "chat_id": ann.id}
    assert {"command": "tickets", "description": "我的工单和进度"} in menu.row.params["commands"]


def test_cancel_leaves_a_form_and_says_so(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/complain")

    assert texts(ann.say("/cancel"), ann) == ["Cancelled. Just write when you need something."]
    assert texts(ann.say("取消"), ann) == ["There is nothing to cancel right now."]


def test_help_names_a_customers_commands_and_none_of_the_staffs(talk: Talk) -> None:
    ann = talk.customer()

    [help_] = texts(ann.say("/help"), ann)

    assert "/complain file a complaint" in help_
    assert "/queue" not in help_


def test_a_group_that_is_not_the_desks_gets_no_answer(talk: Talk) -> None:
    ann = talk.customer()
    group = {"id": -100_500, "type": "supergroup", "title": "Neighbours"}

    sent = talk.update(message={**ann.message("/start"), "chat": group})
    sent += talk.update(message={**ann.message("my kettle leaks"), "chat": group})
    sent += talk.update(
        my_chat_member={
            "chat": group,
            "from": ann.user,
            "date": 1,
            "old_chat_member": {"status": "left", "user": {"id": 9, "is_bot": True, "first_name": "b"}},
            "new_chat_member": {"status": "member", "user": {"id": 9, "is_bot": True, "first_name": "b"}},
        }
    )

    assert sent == []
    with transaction(talk.engine) as session:
        assert session.scalars(select(Customer)).all() == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.OWNER])
def test_the_desks_help_is_in_groups_and_leaves_no_command_out(talk: Talk, role: Role) -> None:
    bob = talk.staff(1, "Bob", role=role)
    [help_] = texts(bob.say("/help"), bob)

    groups = [block.splitlines() for block in help_.split("\n\n") if "\n/" in block]
    named = [line.split()[0].removeprefix("/") for _, *lines in groups for line in lines]
    assert sorted(named) == sorted(one.name for one in available(role))
    assert groups[0][0] == "<b>🎫 Tickets</b>"
    assert [line.split()[0] for line in groups[-1][1:]] == ["/help", "/lang", "/cancel", "/start"]
