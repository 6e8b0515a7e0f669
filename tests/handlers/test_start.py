"""/start, /help, /lang, /cancel: what everybody finds first."""

import re
from dataclasses import replace

import pytest
from markupsafe import escape
from sqlalchemy import select

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.desk import Hours
from handlers.help import ShowHelp, available
from tests.talk import DESK, WORDS, Talk, texts


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


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.OWNER])
def test_the_desks_help_is_one_message_in_groups_and_leaves_no_command_out(
    talk: Talk, role: Role, language: str
) -> None:
    bob = talk.staff(1, "Bob", role, language)
    [help_] = bob.say("/help")

    blocks = [block.splitlines() for block in help_.text.split("\n\n")]
    groups = [block for block in blocks if len(block) == 2 and block[1].startswith("/")]
    named = [one.split()[0].removeprefix("/") for _, line in groups for one in line.split(" · ")]
    assert sorted(named) == sorted(one.name for one in available(role))
    assert [f"<b>{one}</b>" for one in help_.buttons] == [title for title, _ in groups]
    assert [one.split()[0] for one in groups[-1][1].split(" · ")] == ["/help", "/lang", "/cancel", "/start"]
    assert len(help_.text) < 2500


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_tap_on_a_group_says_what_each_of_its_commands_does(talk: Talk, language: str) -> None:
    bob = talk.staff(1, "Bob", Role.OWNER, language)
    [help_] = bob.say("/help")

    told = []
    for data in help_.data:
        [shown] = bob.tap(data)
        assert (shown.method, data in shown.data, ShowHelp("all").pack() in shown.data) == (
            "editMessageText",
            False,
            True,
        )
        assert len(shown.text) < 2500
        told += [line for line in shown.text.splitlines() if line.startswith("/")]
    names = [re.split(r"\W", line[1:])[0] for line in told]
    words = WORDS.labels(language[:2], "commands")
    assert sorted(names) == sorted(one.name for one in available(Role.OWNER))
    assert all(line.endswith(escape(words[name])) for line, name in zip(told, names, strict=True))
    assert bob.tap(ShowHelp("all").pack())[0].text == help_.text


@pytest.mark.parametrize(
    "typed", ["/help sched", "/help /sched", "帮助 定时", "帮助 业绩和报表", "/help books"]
)
def test_help_with_a_command_or_a_group_says_that_group(talk: Talk, typed: str) -> None:
    bob = talk.staff(1, "Bob", Role.MANAGER, "zh-hans")

    assert "/sched（定时） 定时报表：/sched 每天9点" in bob.say(typed)[0].text


def test_help_shows_nobody_a_group_above_their_role(talk: Talk) -> None:
    bob = talk.staff(1, "Bob", Role.AGENT)
    [help_] = bob.say("/help")

    assert [bob.tap(ShowHelp("campaigns").pack())[0].text, bob.say("/help camp")[0].text] == [help_.text] * 2
