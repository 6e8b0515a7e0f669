"""@bot in any chat: staff find customers, nobody else learns anything."""

from typing import Any

import pytest
from sqlmodel import select

from crm_store.customers import filters
from crm_store.customers.tables import ContactKind, Customer
from crm_store.engine import transaction
from tests.handlers.desk import to
from tests.handlers.shop import customer, order
from tests.talk import Person, Sent, Talk

NOTHING = {
    "inline_query_id": "77",
    "results": [],
    "cache_time": 0,
    "is_personal": True,
    "next_offset": "",
}


def ask(talk: Talk, person: Person, query: str, offset: str = "") -> dict[str, Any]:
    """Type after the bot's name in some chat; what Telegram is answered. Nothing is queued for anybody."""
    sent = talk.update(inline_query={"id": "77", "from": person.user, "query": query, "offset": offset})
    assert (sent, talk.group.failed) == ([], 0)
    [aside] = talk.group.asides
    assert aside.method == "answerInlineQuery"
    return aside.params


def titles(params: dict[str, Any]) -> list[str]:
    return [one["title"] for one in params["results"]]


def test_staff_find_a_customer_and_post_a_number_a_name_and_a_button(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    phone = (ContactKind.PHONE, "13800008000")
    number = customer(talk, "张三", phone, city="北京", company="Tea & <Co>")
    order(talk, number, 100)

    params = ask(talk, bob, "zhangsan")

    assert params == {
        **NOTHING,
        "results": [
            {
                "type": "article",
                "id": "C1",
                "title": "C1 张三",
                "description": "Tea & <Co> · 北京市 · 20 Nov 2026",
                "input_message_content": {"message_text": "C1 张三"},
                "reply_markup": {
                    "inline_keyboard": [
                        [{"text": "Open", "url": "https://t.me/tea_desk_bot?start=C1"}]
                    ]
                },
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    "query", ["8000", "13800008000", "张三", "C1", "tag:vip", "#vip", "VIP", "a@example.com"]
)
def test_no_answer_holds_a_contact(talk: Talk, query: str) -> None:
    bob = talk.staff(1, "Bob")
    contacts = ((ContactKind.PHONE, "13800008000"), (ContactKind.EMAIL, "a@example.com"))
    customer(talk, "张三", *contacts, owner=bob, tags=["vip"])

    params = ask(talk, bob, query)

    assert titles(params) == ["C1 张三"]
    assert not any(part in str(params["results"]) for part in ("8000", "example"))


@pytest.mark.parametrize("query", ["", "张三", "C1", "tag:vip", "nobody:x"])
def test_others_get_nothing_and_learn_nothing(talk: Talk, query: str) -> None:
    ann, stranger = talk.customer(), talk.person(99, "Eve")
    ann.say("hello, a question")
    customer(talk, "张三", tags=["vip"])

    assert ask(talk, ann, query) == ask(talk, stranger, query) == NOTHING


def test_somebody_who_only_asks_inline_becomes_no_customer(talk: Talk) -> None:
    ask(talk, talk.person(99, "Eve"), "张三")

    with transaction(talk.engine) as session:
        assert list(session.exec(select(Customer))) == []


def test_a_customer_who_blocked_the_bot_is_not_back_by_asking_inline(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("hello, a question")
    with transaction(talk.engine) as session:
        found = session.exec(select(Customer)).one()
        found.reachable, found.blocked_at = False, talk.now
        session.add(found)

    ask(talk, ann, "x")

    with transaction(talk.engine) as session:
        assert session.exec(select(Customer)).one().reachable is False


def test_an_empty_query_shows_who_changed_last_page_by_page(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    for number in range(23):
        customer(talk, f"c{number}")
        talk.later(minutes=1)

    first = ask(talk, bob, "")
    second = ask(talk, bob, "", first["next_offset"])

    assert titles(first) == [f"C{number} c{number - 1}" for number in range(23, 3, -1)]
    assert (titles(second), second["next_offset"]) == (["C3 c2", "C2 c1", "C1 c0"], "")


def test_hits_come_page_by_page(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    for _ in range(23):
        customer(talk, "张三")

    first = ask(talk, bob, "张三")
    second = ask(talk, bob, "张三", first["next_offset"])

    assert (len(first["results"]), len(second["results"]), second["next_offset"]) == (20, 3, "")
    assert len({*titles(first), *titles(second)}) == 23


@pytest.mark.parametrize("query", ["colour:red", "C99", "net>x", "tag:", '"', "x" * 256, "C9999999999"])
@pytest.mark.parametrize("offset", ["", "x", "-1", "9" * 64, "1.1"])
def test_half_a_word_of_a_filter_finds_nothing_and_breaks_nothing(
    talk: Talk, query: str, offset: str
) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    assert ask(talk, bob, query, offset) == NOTHING


def test_in_a_large_shop_nobodys_orders_are_added_up_while_somebody_types(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = talk.staff(1, "Bob")
    order(talk, customer(talk, "张三", city="北京"), 100)
    small = titles(ask(talk, bob, "orders>0"))
    monkeypatch.setattr(filters, "FEW_ORDERS", 0)

    large = [titles(ask(talk, bob, query)) for query in ("orders>0", "sort:-net", "city:北京")]

    assert (small, large) == (["C1 张三"], [[], [], ["C1 张三"]])


def test_the_button_opens_the_card_for_staff(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    [card] = to(bob.say("/start C1"), bob)

    assert card.text.startswith("👤 <b>C1</b> · <b>张三</b>")


def posted(person: Person, text: str, bot: str = "tea_desk_bot", **content: Any) -> list[Sent]:
    """What Telegram delivers when an inline result is put into the chat with the bot itself."""
    by = {"id": 1, "is_bot": True, "first_name": "Tea", "username": bot}
    return person.say(text, via_bot=by, **content)


def test_what_is_posted_into_the_bots_own_chat_opens_the_card(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    [card] = to(posted(bob, "C1 张三"), bob)

    assert card.text.startswith("👤 <b>C1</b> · <b>张三</b>")


def test_what_is_posted_there_is_no_answer_to_the_customer_who_waits_for_one(talk: Talk) -> None:
    bob, ann = talk.staff(1, "Bob"), talk.customer()
    ann.say("hello, a question about tea")
    customer(talk, "张三")
    bob.tap("answer:1")

    sent = posted(bob, "C2 张三")

    assert [one.to for one in sent] == [bob.id]
    assert sent[0].text.startswith("👤 <b>C2</b> · <b>张三</b>")


def test_another_bots_words_open_no_card(talk: Talk) -> None:
    bob = talk.staff(1, "Bob")
    customer(talk, "张三")

    [asked] = to(posted(bob, "C1 张三", bot="gif"), bob)

    assert "👤" not in asked.text


def test_the_button_greets_everybody_else_and_is_no_source(talk: Talk) -> None:
    ann = talk.customer()
    customer(talk, "张三")

    [greeting] = to(ann.say("/start C1"), ann)

    assert "张三" not in greeting.text
    with transaction(talk.engine) as session:
        assert session.exec(select(Customer).where(Customer.user_id == ann.id)).one().source is None
