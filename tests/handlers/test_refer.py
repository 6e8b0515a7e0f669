"""/refer, 介绍朋友: a link to send on, and whom it brings."""

import re

from sqlmodel import select

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from tests.talk import Person, Talk, texts


def link(person: Person) -> str:
    """The payload of the person's own link."""
    invitation = texts(person.say("/refer"), person)[-1]
    found = re.search(r"https://t\.me/tea_desk_bot\?start=(r_[A-Za-z0-9_-]+)", invitation)
    assert found is not None
    return found[1]


def by_whom(talk: Talk) -> list[tuple[int, int | None, str | None]]:
    with transaction(talk.engine) as session:
        rows = session.exec(select(Customer).order_by(Customer.id)).all()  # type: ignore[arg-type]
        return [(one.id, one.referred_by_id, one.source) for one in rows]


def test_a_newcomer_who_comes_by_the_link_was_brought_and_it_is_counted(talk: Talk) -> None:
    ann = talk.customer()
    how, invitation = texts(ann.say("介绍朋友"), ann)
    assert how == talk.render("customer/refer/how.html.j2", brought=0)
    payload = link(ann)
    assert invitation == talk.render(
        "customer/refer/invitation.html.j2", link=f"https://t.me/tea_desk_bot?start={payload}"
    )

    bob = talk.person(8, "Bob")
    [greeting] = texts(bob.say(f"/start {payload}"), bob)

    assert greeting.startswith("Hello Bob!")
    assert by_whom(talk) == [(1, None, None), (2, 1, "referral")]
    assert texts(ann.say("/refer"), ann)[0] == talk.render("customer/refer/how.html.j2", brought=1)


def test_only_the_first_start_counts_never_ones_own_and_never_a_forged_one(talk: Talk) -> None:
    ann, bob = talk.customer(), talk.person(8, "Bob")
    payload = link(ann)
    forged = payload[:-1] + ("B" if payload[-1] == "A" else "A")
    bob.say("hello")

    for person, said in ((bob, payload), (ann, payload), (talk.person(9, "Eve"), forged)):
        assert len(texts(person.say(f"/start {said}"), person)) == 1

    assert by_whom(talk) == [(1, None, None), (2, None, None), (3, None, None)]


def test_staff_see_on_the_card_who_brought_whom_and_find_them(talk: Talk) -> None:
    ann, mia = talk.customer(), talk.staff(50, "Mia")
    talk.person(8, "Bob").say(f"/start {link(ann)}")

    [of_ann], [of_bob] = mia.say("C1"), mia.say("C2")

    assert "🤝 Sent us customers: 1 (<code>/find referred_by:C1</code>)" in of_ann.text
    assert "🤝 Sent by C1 Ann &lt;3 &amp; &#34;张&#34;" in of_bob.text
    [found] = mia.say("/find referred_by:C1")
    assert ("Bob" in found.text, "Ann" in found.text) == (True, False)
    [told] = mia.say("/history C2")
    assert "came by a customer&#39;s link\n   Sent by: (empty) → C1" in told.text


def test_the_link_is_for_customers(talk: Talk) -> None:
    mia = talk.staff(50, "Mia")

    assert not any("start=r_" in said for said in texts(mia.say("/refer"), mia))
