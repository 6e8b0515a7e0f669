"""Parcels at the desk: carriers as people call them, parts by buttons, each arrival."""

from dataclasses import astuple

import pytest

from handlers.agent.orders import shipment_words
from tests.handlers.till import ANN, BOX, TEA, meet, paid, place, seen, states, to, toasts
from tests.talk import WORDS, Person, Talk


@pytest.fixture
def bob(talk: Talk) -> Person:
    """O1 is paid: two tins and a box."""
    meet(talk, talk.customer())
    bob = talk.staff(1, "Bob")
    paid(talk, place(talk, [TEA, BOX], address="1 Lane"))
    return bob


def parcels(talk: Talk) -> list[tuple[str, str | None, list[tuple[str, int]]]]:
    return [
        (
            one.shipment.carrier,
            one.shipment.tracking_number,
            [(goods.line.name, goods.quantity) for goods in one.goods],
        )
        for one in seen(talk, "O1").parcels
    ]


ALL = [("oolong <tin>", 2_000), ("box", 1_000)]


@pytest.mark.parametrize(
    ("said", "carrier", "number"),
    [
        ("/ship O1 顺丰 SF123", "sf", "SF123"),
        ("/ship O1 sf123 顺丰速运", "sf", "SF123"),
        ("发货 O1 顺丰SF123", "sf", "SF123"),
        ("发货O1 顺丰：SF123", "sf", "SF123"),
        ("/ship O1 SF1234567890", "sf", "SF1234567890"),
        ("/ship O1 中通 7788", "zto", "7788"),
        ("/ship O1 自提", "pickup", None),
        ("/ship O1 FedEx 1Z-99", "fedex", "1Z-99"),
        ("/ship O1 a <neighbour>", "a <neighbour>", None),
        ("/ship O1 隔壁老王 138", "隔壁老王", "138"),
    ],
)
def test_all_that_is_left_goes_with_the_carrier_that_is_named(
    talk: Talk, bob: Person, said: str, carrier: str, number: str | None
) -> None:
    bob.say(said)

    assert parcels(talk) == [(carrier, number, ALL)]
    assert states(talk, "O1") == ("confirmed", "paid", "shipped")


def test_who_packs_reads_the_note(talk: Talk, bob: Person) -> None:
    place(talk, [TEA], note="ring <twice>")

    [asked] = bob.say("/ship O2")

    assert "\n📝 ring &lt;twice&gt;\n" in asked.text


def test_the_customer_and_who_sent_it_read_what_is_in_the_parcel(talk: Talk, bob: Person) -> None:
    ann = talk.customer()

    sent = bob.say("/ship O1 顺丰 SF123")

    assert to(sent, ann)[0].startswith("🚚 Order <b>O1</b> is on its way:\nSF Express <code>SF123</code>")
    assert to(sent, bob) == [
        "🚚 <b>O1</b> sent · SF Express <code>SF123</code>\n"
        "oolong &lt;tin&gt; × 2, box × 1\n"
        "confirmed · paid · shipped"
    ]
    assert sent[-1].data == ("odlv:1:1", "o:1")


def test_a_number_without_a_carrier_is_kept_until_the_carrier_is_said(talk: Talk, bob: Person) -> None:
    [asked] = bob.say("/ship O1 7788")
    assert "Whose tracking number is 7788?" in asked.text

    bob.say("中通")

    assert parcels(talk) == [("zto", "7788", ALL)]


def test_a_part_is_chosen_by_buttons(talk: Talk, bob: Person) -> None:
    [asked] = bob.tap("oship:1")
    assert asked.text == (
        "🚚 <b>O1</b>, in this parcel:\n• oolong &lt;tin&gt; × 2\n• box × 1\n"
        f"📍 {ANN} 1 Lane\n\n"
        "Write the carrier and tracking number, such as <code>SF SF123</code>, or <code>pickup</code>. "
        "To send a part only, set the quantities first."
    )
    assert asked.data == (
        *("opick:1:1:1000", "opick:1:1:0", "opick:1:1:2000"),
        *("opick:1:2:0", "opick:1:2:0", "opick:1:2:1000"),
        "ocard:1",
    )
    bob.tap("opick:1:1:1000")
    [less] = bob.tap("opick:1:2:0")
    bob.say("顺丰 SF1")

    assert less.text.splitlines()[1:3] == ["• oolong &lt;tin&gt; × 1 / 2", "• box × 0 / 1"]
    assert parcels(talk) == [("sf", "SF1", [("oolong <tin>", 1_000)])]
    assert states(talk, "O1")[2] == "partial"
    bob.say("/ship O1 顺丰 SF2")
    assert parcels(talk)[1] == ("sf", "SF2", [("oolong <tin>", 1_000), ("box", 1_000)])
    assert states(talk, "O1")[2] == "shipped"


def test_a_quantity_that_was_forged_is_no_more_than_there_is(talk: Talk, bob: Person) -> None:
    bob.tap("oship:1")
    bob.tap("opick:1:1:99000")
    bob.tap("opick:1:2:-5000")
    bob.say("自提")

    assert parcels(talk) == [("pickup", None, [("oolong <tin>", 2_000)])]


def test_a_choice_nobody_asks_about_any_more_says_so(talk: Talk, bob: Person) -> None:
    bob.tap("opick:1:1:1000")

    assert toasts(talk) == [WORDS.label("en", "toasts", "old_button")]


def test_nothing_chosen_is_refused_and_asked_again(talk: Talk, bob: Person) -> None:
    bob.tap("oship:1")
    bob.tap("opick:1:1:0")
    bob.tap("opick:1:2:0")

    [refused] = to(bob.say("顺丰 SF1"), bob)
    bob.tap("opick:1:2:1000")
    bob.say("顺丰 SF1")

    assert refused.startswith("Nothing of <b>O1</b> was chosen.")
    assert parcels(talk) == [("sf", "SF1", [("box", 1_000)])]


def test_what_is_all_sent_is_not_sent_again(talk: Talk, bob: Person) -> None:
    bob.say("/ship O1 顺丰 SF1")

    [refused] = to(bob.say("/ship O1 顺丰 SF1"), bob)

    assert refused.startswith('<b>O1</b> is "confirmed · paid · shipped": you cannot ship anything.')
    assert len(parcels(talk)) == 1


def test_names_and_numbers_have_an_end(talk: Talk, bob: Person) -> None:
    [refused] = to(bob.say("/ship O1 顺丰 SF" + "1" * 60), bob)
    bob.say("顺丰 SF1")

    assert refused.startswith("<b>O1</b> was not sent: carrier and tracking number may have 60 characters")
    assert parcels(talk) == [("sf", "SF1", ALL)]


def test_two_parcels_arrive_one_by_one(talk: Talk, bob: Person) -> None:
    ann = talk.customer()
    bob.tap("oship:1")
    bob.tap("opick:1:2:0")
    bob.say("顺丰 SF1")
    bob.say("/ship O1 中通 7788")

    first = bob.say("/deliver O1 sf1")
    [unknown] = to(bob.say("/deliver O1 999"), bob)
    again = bob.tap("odlv:1:1")
    second = bob.tap("odlv:1:2")

    assert to(first, ann)[0].startswith(
        "📬 A parcel of order <b>O1</b> was delivered: SF Express <code>SF1</code>"
    )
    assert to(first, bob) == ["✅ <b>O1</b>: delivered\nconfirmed · paid · shipped"]
    assert unknown == (
        "<b>O1</b> has no parcel with the tracking number <code>999</code>.\n"
        "• SF Express <code>SF1</code>\n"
        "• ZTO Express <code>7788</code>\n"
        "All of them arrived: <code>/deliver O1</code>"
    )
    assert to(again, ann) == []
    assert to(second, ann)[0].startswith("📬 Order <b>O1</b> was delivered.")
    assert states(talk, "O1") == ("completed", "paid", "delivered")


def test_that_all_has_arrived_is_said_once(talk: Talk, bob: Person) -> None:
    ann = talk.customer()
    bob.tap("oship:1")
    bob.tap("opick:1:2:0")
    bob.say("顺丰 SF1")
    bob.say("/ship O1 中通 7788")

    sent = bob.say("签收 O1")

    assert [text.splitlines()[0] for text in to(sent, ann)] == ["📬 Order <b>O1</b> was delivered."]


def test_nothing_under_way_is_not_delivered(talk: Talk, bob: Person) -> None:
    [refused] = to(bob.say("/deliver O1"), bob)

    assert refused.startswith(
        '<b>O1</b> is "confirmed · paid · not shipped": you cannot mark anything delivered.'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", (None, None)),
        ("SF", ("sf", None)),
        ("XY12345", (None, "XY12345")),
        ("jd0012345678", ("jd", "JD0012345678")),
        ("顺丰 特快 SF1", ("顺丰 特快", "SF1")),
        ("ＳＦ１２３", ("sf", "SF123")),
        ("顺丰 SF1 SF2", ("sf", "SF1 SF2")),
        ("pick-up", ("pickup", None)),
    ],
)
def test_words_about_a_parcel_are_understood(text: str, said: tuple[object, ...]) -> None:
    assert astuple(shipment_words.read(WORDS, text)) == said
