"""/bind: a customer's own phone, by Telegram's button; and who else has it."""

from typing import Any

import pytest
from sqlmodel import select

from crm_store.customers import customers, records
from crm_store.customers.tables import ContactKind, ContactMethod, Customer, DuplicatePair, Merge
from crm_store.engine import transaction
from tests.handlers.test_matrix import toasts
from tests.talk import START, Person, Talk, texts

PHONE = "8613800000000"


def share(person: Person, phone: str = PHONE, *, of: int | None = None, **content: Any) -> list[Any]:
    own = {"phone_number": phone, "first_name": person.first_name, "user_id": of or person.id}
    return person.say(contact=own, **content)


def phones(talk: Talk, customer_id: int) -> list[tuple[str, bool]]:
    with transaction(talk.engine) as session:
        found = session.exec(select(ContactMethod).where(ContactMethod.customer_id == customer_id))
        return [(one.value, one.verified_at is not None) for one in found]


def known(talk: Talk, name: str = "张小芳", **fields: Any) -> None:
    with transaction(talk.engine) as session:
        records.create(
            session,
            name=name,
            contacts=[(ContactKind.PHONE, "13800000000")],
            language="zh",
            source="csv",
            channel="import",
            actor="import",
            now=START,
            **fields,
        )


def test_the_button_asks_telegram_for_the_number(talk: Talk) -> None:
    ann = talk.customer(language_code="zh-hans")

    [asked] = ann.say("绑定手机")

    assert asked.row.params["reply_markup"] == {
        "keyboard": [[{"text": "📱 发送我的手机号", "request_contact": True}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def test_ones_own_number_is_kept_verified(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/bind")

    [bound] = share(ann)

    assert bound.text == "✅ Your phone number <b>138 0000 0000</b> is added."
    assert bound.row.params["reply_markup"] == {"remove_keyboard": True}
    assert phones(talk, 1) == [("+8613800000000", True)]


@pytest.mark.parametrize(
    "content",
    [
        {"of": 12345},
        {
            "forward_origin": {
                "type": "user",
                "date": 1,
                "sender_user": {"id": 7_000_000_000, "is_bot": False, "first_name": "Ann"},
            }
        },
    ],
)
def test_somebody_elses_or_a_forwarded_contact_is_not_taken(talk: Talk, content: dict[str, Any]) -> None:
    ann = talk.customer()
    ann.say("/bind")

    [refused] = share(ann, **content)
    after = phones(talk, 1)
    share(ann)

    assert refused.text.startswith("That is not your own number, or it was forwarded.")
    assert after == []
    assert phones(talk, 1) == [("+8613800000000", True)]


def test_a_typed_number_proves_nothing_and_other_words_are_a_message(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")
    ann.say("/bind")

    [told] = ann.say("13800000000")
    sent = ann.say("where is my parcel?")

    assert "a typed number cannot be verified" in told.text
    assert phones(talk, 1) == []
    assert any("where is my parcel?" in text for text in texts(sent, bob))


def test_a_contact_without_bind_is_a_message_to_the_shop(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(1, "Bob")

    sent = share(ann)

    assert any("👤 Ann &lt;3" in text for text in texts(sent, bob))
    assert phones(talk, 1) == []


def test_a_number_that_is_no_phone_is_refused_kindly(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/bind")

    [said] = share(ann, "88801234567")

    assert said.text.startswith("That is not an ordinary phone number")


def test_one_known_by_the_same_phone_alone_is_asked_about_and_joined(talk: Talk) -> None:
    ann = talk.customer(language_code="zh-hans")
    known(talk, city="北京")
    ann.say("/bind")

    _, asked = share(ann)
    [joined] = ann.tap(asked.data[0])

    assert asked.text == "我们这里有一位用同一手机号的顾客：<b>张**</b>。是您本人吗？"
    assert asked.buttons == ("是我", "不是")
    assert joined.text.startswith("✅ 好的，您的记录已经合在一起")
    with transaction(talk.engine) as session:
        merge = session.exec(select(Merge)).one()
        kept = customers.get(session, customer_id=2)
        assert (merge.kept_id, merge.gone_id) == (1, 2)
        assert (kept.id, kept.user_id, kept.city) == (1, ann.id, "北京市")
    assert phones(talk, 1) == [("+8613800000000", True)]


def test_a_western_name_is_hinted_at_as_it_is_written(talk: Talk) -> None:
    emma = talk.person(700, "Emma Clarke")
    known(talk, "Emma Clarke")
    emma.say("/bind")

    _, asked = share(emma)
    emma.tap(asked.data[0])

    assert asked.text == "We know a customer with the same phone number: <b>Emma C.</b> – is that you?"
    with transaction(talk.engine) as session:
        kept = customers.get(session, customer_id=2)
        assert (kept.id, kept.name, kept.user_id) == (1, "Emma Clarke", emma.id)


def test_not_me_keeps_two_and_managers_decide(talk: Talk) -> None:
    ann = talk.customer()
    known(talk)
    ann.say("/bind")
    _, asked = share(ann)

    [said] = ann.tap(asked.data[1])

    assert said.text.startswith("Fine. Your phone number is added")
    assert pairs(talk) == [(1, 2, ["same_phone"])]
    assert phones(talk, 1) == [("+8613800000000", False)]
    assert phones(talk, 2) == [("+8613800000000", True)]


def test_of_several_with_the_phone_nobody_is_named(talk: Talk) -> None:
    ann = talk.customer()
    known(talk)
    known(talk, "张大山")
    ann.say("/bind")

    sent = share(ann)

    assert [one.text for one in sent] == ["✅ Your phone number <b>138 0000 0000</b> is added."]
    assert pairs(talk) == [(1, 3, ["same_phone"]), (2, 3, ["same_phone"])]


def test_one_with_a_telegram_of_their_own_is_never_named(talk: Talk) -> None:
    ann, eve = talk.customer(), talk.person(666, "Eve")
    ann.say("/bind")
    share(ann)
    eve.say("/bind")

    sent = share(eve)
    stolen = eve.tap("isme:1")

    assert [one.text for one in sent] == ["✅ Your phone number <b>138 0000 0000</b> is added."]
    assert stolen == []
    assert toasts(talk) != [""]
    assert pairs(talk) == [(1, 2, ["same_phone"])]
    with transaction(talk.engine) as session:
        assert [one.merged_into_id for one in session.exec(select(Customer))] == [None, None]


def test_a_forged_button_joins_nobody(talk: Talk) -> None:
    ann = talk.customer()
    known(talk)
    ann.say("hello, a question about tea")

    ann.tap("isme:1")

    with transaction(talk.engine) as session:
        assert list(session.exec(select(Merge))) == []


def pairs(talk: Talk) -> list[tuple[int, int, list[str]]]:
    with transaction(talk.engine) as session:
        found = session.exec(select(DuplicatePair).order_by(DuplicatePair.a_id))  # type: ignore[arg-type]
        return [(one.a_id, one.b_id, one.reasons) for one in found]


def test_cancel_takes_the_big_button_away(talk: Talk) -> None:
    ann = talk.customer()
    ann.say("/bind")

    [left] = [one for one in ann.say("/cancel") if one.to == ann.id]

    assert left.text == talk.render("cancel/left.html.j2", staff=None)
    assert left.row.params["reply_markup"] == {"remove_keyboard": True}
