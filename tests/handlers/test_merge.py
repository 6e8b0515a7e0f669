"""/merge and /unmerge: two customers are one and two again, two tickets are one."""

import re

import pytest
from sqlalchemy import select

from crm_store.customers import customers, records
from crm_store.customers.tables import ContactKind, Customer
from crm_store.engine import transaction
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.handlers.test_matrix import toasts
from tests.talk import Person, Talk, texts


def written_down(talk: Talk, name: str, phone: str | None = None, **about: object) -> str:
    """A customer whom staff wrote down; returns the number."""
    ways = [(ContactKind.PHONE, phone)] if phone else []
    with transaction(talk.engine) as session:
        customer = records.create(
            session,
            name=name,
            contacts=ways,
            language="zh",
            source="desk",
            channel="staff",
            actor="cli",
            now=talk.now,
            **about,  # type: ignore[arg-type]
        )
        return customer.number


def manager(talk: Talk, language_code: str = "en") -> Person:
    return talk.staff(1, "Mia", Role.MANAGER, language_code)


def data(sent: list, verb: str) -> str:
    """The data of the button with this verb."""
    return next(one for message in sent for one in message.data if one.split(":")[0] == verb)


def test_the_outcome_is_shown_field_by_field_before_anything_is_done(talk: Talk) -> None:
    talk.customer().say("hello, my kettle leaks")
    written_down(talk, "张伟", "+8613800000000", company="茶庄", city="杭州市")
    mia = manager(talk)

    [seen] = mia.say("/merge C2 C1")

    plain = re.sub("<[^>]+>", "", seen.text)
    assert "Merge C2 into C1" in plain
    assert "Name: 张伟 (given by staff), not Ann &lt;3 &amp; &#34;张&#34;" in plain
    assert "Company: 茶庄 (only one has it)" in plain
    assert "contacts 1" in plain
    assert seen.buttons == ("⇄ Name", "✅ Merge", "↔️ Keep C2 instead")
    with transaction(talk.engine) as session:
        assert customers.get(session, customer_id=2).id == 2


def test_the_outcome_is_written_as_the_card_writes_it(talk: Talk) -> None:
    written_down(talk, "张伟", province="上海市", city="上海市", district="静安区", street="建国路1号")
    written_down(talk, "张玮", city="杭州市")
    mia = manager(talk, "zh-hans")
    mia.say("/field add 生日 日期")
    mia.say("/set C2 生日=1991-10-11")

    [seen] = mia.say("合并 C1 C2")

    plain = re.sub("<[^>]+>", "", seen.text)
    assert "地址：上海市静安区建国路1号" in plain
    assert "生日：1991年10月11日（只有一方有）" in plain


def test_a_field_is_flipped_by_its_button_and_merged_as_shown(talk: Talk) -> None:
    talk.customer().say("hello, my kettle leaks")
    written_down(talk, "张伟")
    mia = manager(talk)
    seen = mia.say("/merge C1 C2")

    flipped = mia.tap(data(seen, "mg"))
    [done] = mia.tap(data(flipped, "mgo"))

    assert "Name: <b>Ann &lt;3 &amp; &#34;张&#34;</b> (your choice), not 张伟" in flipped[0].text
    assert done.text == talk.render(
        "manager/merge/merged.html.j2", kept=one(talk, 1), gone=one(talk, 2), days=30
    )
    assert toasts(talk) == ["C2 is now part of C1"]
    assert one(talk, 1).name == 'Ann <3 & "张"'


def one(talk: Talk, id: int) -> Customer:
    with transaction(talk.engine) as session:
        return session.get_one(Customer, id)


def test_both_numbers_open_the_customer_and_the_other_kept_by_a_button(talk: Talk) -> None:
    written_down(talk, "张伟")
    written_down(talk, "Zhang Wei")
    mia = manager(talk)
    seen = mia.say("合并 C1 C2")

    other = mia.tap(seen[0].data[-1])
    mia.tap(data(other, "mgo"))

    assert "Merge C1 into C2" in re.sub("<[^>]+>", "", other[0].text)
    for number in ("C1", "C2"):
        assert "<b>C2</b>" in mia.say(number)[0].text


def test_unmerging_brings_both_back_and_says_so(talk: Talk) -> None:
    written_down(talk, "张伟")
    written_down(talk, "Zhang Wei")
    mia = manager(talk, "zh-hans")
    mia.tap(data(mia.say("/merge C1 C2"), "mgo"))

    [undone] = mia.say("撤销合并 C2")
    [refused] = mia.say("/unmerge C2")

    assert undone.text == talk.render(
        "manager/merge/unmerged.html.j2", language="zh", kept=one(talk, 1), gone=one(talk, 2)
    )
    assert refused.text == talk.render("refused/not_merged.html.j2", language="zh", number="C2", taken=[])


def test_after_thirty_days_a_merge_stands(talk: Talk) -> None:
    written_down(talk, "张伟")
    written_down(talk, "Zhang Wei")
    mia = manager(talk)
    mia.tap(data(mia.say("/merge C1 C2"), "mgo"))
    merged_at = talk.now
    talk.later(days=30, seconds=1)

    [refused] = mia.say("/unmerge C2")

    assert refused.text == talk.render("refused/merged_long_ago.html.j2", number="C2", at=merged_at, days=30)


def test_what_changed_since_the_preview_is_shown_again_first(talk: Talk) -> None:
    written_down(talk, "张伟")
    written_down(talk, "Zhang Wei")
    mia = manager(talk)
    seen = mia.say("/merge C1 C2")
    mia.say("/set C2 city=上海")

    [again] = mia.tap(data(seen, "mgo"))

    assert toasts(talk) == ["Their records have just changed. Please look again"]
    assert "上海" in again.text
    assert one(talk, 2).merged_into_id is None


def test_the_second_of_two_managers_is_told(talk: Talk) -> None:
    written_down(talk, "张伟")
    written_down(talk, "Zhang Wei")
    mia, max_ = manager(talk), talk.staff(2, "Max", Role.MANAGER)
    seen, also_seen = mia.say("/merge C1 C2"), max_.say("/merge C2 C1")
    mia.tap(data(seen, "mgo"))

    [told] = max_.tap(data(also_seen, "mgo"))

    assert told.text == talk.render("refused/already_one.html.j2", number="C2", into="C1")


def test_two_who_read_their_own_telegram_stay_two(talk: Talk) -> None:
    talk.customer(7).say("my kettle leaks")
    talk.customer(8).say("my kettle leaks too")
    mia = manager(talk)

    [told] = mia.say("/merge C1 C2")

    assert told.text == talk.render("refused/two_telegrams.html.j2", kept=one(talk, 1), gone=one(talk, 2))


def test_a_customer_with_a_new_account_is_answered_where_they_write(talk: Talk) -> None:
    old, new, mia = talk.customer(7), talk.customer(8), manager(talk)
    old.say("my kettle leaks")
    talk.update(
        my_chat_member={
            "chat": old.chat,
            "from": old.user,
            "date": int(talk.now.timestamp()),
            "old_chat_member": {"status": "member", "user": {"id": 1, "is_bot": True, "first_name": "b"}},
            "new_chat_member": {
                "status": "kicked",
                "until_date": 0,
                "user": {"id": 1, "is_bot": True, "first_name": "b"},
            },
        }
    )
    new.say("it is me, with a new phone; the lid is broken too")
    mia.tap(data(mia.say("/merge C1 C2"), "mgo"))

    answered = mia.say("/t T1")
    mia.tap(data(answered, "answer"))
    to_new = texts(mia.say("we send you a new one"), new)
    old.say("I have the old phone again")
    mia.tap(data(mia.say("/t T1"), "answer"))
    to_old = texts(mia.say("fine"), old)

    assert len(to_new) == 1
    assert "we send you a new one" in to_new[0]
    assert len(to_old) == 1
    assert "fine" in to_old[0]
    with transaction(talk.engine) as session:
        kept = customers.get(session, customer_id=1)
        assert customers.get(session, customer_id=2).id == kept.id
        assert {row.customer_id for row in session.scalars(select(Ticket))} == {kept.id}
    assert talk.group.failed == 0


@pytest.mark.parametrize("text", ["/merge", "/merge C1", "/merge C1 T1", "/merge 1 2", "/merge O1 O2"])
def test_what_cannot_be_merged_is_explained(talk: Talk, text: str) -> None:
    mia = manager(talk)

    assert texts(mia.say(text), mia) == [talk.render("agent/merge/usage.html.j2", manager=True)]


def test_agents_merge_tickets_but_no_customers(talk: Talk) -> None:
    written_down(talk, "张伟")
    written_down(talk, "Zhang Wei")
    bob = talk.staff(3, "Bob")

    [told] = bob.say("/merge C1 C2")

    assert told.text == talk.render("refused/not_allowed.html.j2", role=Role.MANAGER)


def named(talk: Talk, id: int) -> Staff:
    with transaction(talk.engine) as session:
        return session.get_one(Staff, id)


def two_tickets(talk: Talk) -> tuple[Person, Person]:
    ann, bob = talk.customer(), talk.staff(3, "Bob")
    ann.say("/ask my kettle leaks")
    ann.say("/ask and its lid is broken")
    talk.deliver()
    return ann, bob


def test_merged_tickets_are_one_and_the_customer_is_told_once(talk: Talk) -> None:
    ann, bob = two_tickets(talk)

    seen = bob.say("/merge T1 T2")
    done = bob.tap(data(seen, "tmgo"))

    told = texts(done, ann)
    assert told == [talk.render("customer/ticket/merged.html.j2", number="T2", ticket=ticket(talk, 1))]
    assert "my kettle leaks" in seen[0].text
    assert "and its lid is broken" in seen[0].text
    [card] = bob.say("T2")
    assert "<b>T1</b>" in card.text
    assert card.text.index("my kettle leaks") < card.text.index("and its lid is broken")
    queue = bob.say("/queue")[0]
    assert "T2" not in queue.text
    assert "T1" in queue.text


def ticket(talk: Talk, id: int) -> Ticket:
    with transaction(talk.engine) as session:
        return session.get_one(Ticket, id)


def test_a_reply_to_an_old_message_of_the_ticket_that_is_gone_finds_the_one_that_is_kept(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.staff(3, "Bob")
    ann.say("/ask my kettle leaks")
    talk.deliver()
    question = ann.message("/ask and its lid is broken")
    ann.send(question)
    notices = [one for one in talk.deliver() if one.to == bob.id]
    bob.tap(data(bob.say("/merge T1 T2"), "tmgo"))

    ann.say("here is a picture", reply_to=question["message_id"])
    ann.say("and one more")
    [to_ann] = texts(bob.say("on its way", reply_to=notices[0].row.telegram_id), ann)

    assert "on its way" in to_ann
    assert "T1" in to_ann
    card = bob.say("T1")[0].text
    assert "here is a picture" in card
    assert "and one more" in card
    assert ticket(talk, 2).merged_into_id == 1


def test_tickets_of_two_customers_stay_two(talk: Talk) -> None:
    talk.customer(7).say("/ask my kettle leaks")
    talk.customer(8).say("/ask so does mine")
    bob = talk.staff(3, "Bob")

    assert texts(bob.say("/merge T1 T2"), bob) == [
        talk.render("refused/tickets_of_two.html.j2", one="T1", other="T2")
    ]


def test_a_closed_ticket_is_not_merged_and_a_merged_one_not_again(talk: Talk) -> None:
    ann, bob = two_tickets(talk)
    seen = bob.say("/merge T1 T2")
    bob.tap(data(seen, "tmgo"))

    [again] = bob.tap(data(seen, "tmgo"))
    ann.say("/ask something else")
    bob.say("/resolve T3 done")
    talk.later(hours=1)
    bob.say("/close T3")
    [closed] = bob.say("/merge T1 T3")

    assert again.text == talk.render("refused/same_ticket.html.j2", number="T1")
    assert closed.text == talk.render("refused/ticket_is_closed.html.j2", ticket=ticket(talk, 3))


def test_the_more_urgent_ticket_says_how_urgent_and_whose_it_is(talk: Talk) -> None:
    _, bob = two_tickets(talk)
    carol = talk.staff(4, "Carol")
    bob.say("/claim T1")
    carol.say("/claim T2")
    carol.say("/prio T2 P1")

    done = bob.tap(data(bob.say("/merge T1 T2"), "tmgo"))

    kept = ticket(talk, 1)
    assert (kept.priority, kept.assignee_id) == ("P1", 2)
    assert texts(done, carol) == [
        talk.render("agent/notice/merged.html.j2", number="T2", ticket=kept, by=named(talk, 1))
    ]
