"""/pairs: customers who may be one person wait for a manager, a pair at a time."""

from crm_store.customers import pairs
from crm_store.customers.pairing import Pair
from crm_store.customers.tables import PairState
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from tests.handlers.test_matrix import toasts
from tests.handlers.test_merge import data, manager, one, written_down
from tests.talk import Talk, texts

REASONS = ["same_phone", "same_sound"]


def three(talk: Talk) -> None:
    """Two pairs: C1 and C2, and less surely C1 and C3."""
    written_down(talk, "张伟", "+8613800000000", city="北京市")
    written_down(talk, "Zhang Wei", "+8613800000000", company="茶 & 庄")
    written_down(talk, "张玮", "+8613800000001")
    found = [Pair(1, 2, 92.0, REASONS), Pair(1, 3, 76.0, ["one_digit", "same_sound"])]
    with transaction(talk.engine) as session:
        assert pairs.keep(session, found=found, now=talk.now) == 2


def state(talk: Talk, a: int, b: int) -> PairState:
    with transaction(talk.engine) as session:
        pair = pairs.get(session, a_id=a, b_id=b)
        assert pair is not None
        return pair.state


def test_the_surest_pair_comes_first_with_its_reasons_and_both_side_by_side(talk: Talk) -> None:
    three(talk)
    mia = manager(talk)

    [seen] = mia.say("/pairs")

    assert "<b>Possibly one customer</b> (1 of 2)" in seen.text
    assert "92 points of 100: same phone, name sounds the same" in seen.text
    assert seen.text.count("138 0000 0000") == 2
    assert "茶 &amp; 庄" in seen.text
    assert seen.buttons == ("Keep C1", "Keep C2", "🙅 Not the same", "Later ➡️")


def test_chinese_managers_read_chinese(talk: Talk) -> None:
    three(talk)
    mia = manager(talk, "zh-hans")

    [seen] = mia.say("重复")

    assert "把握 92 分（满分 100）：手机相同、读音相同" in seen.text


def test_a_pair_may_wait_and_is_turned_back_to(talk: Talk) -> None:
    three(talk)
    mia = manager(talk)
    first = mia.say("/pairs")

    second = mia.tap(data(first, "pairpage"))
    back = mia.tap(data(second, "pairpage"))

    assert "(2 of 2)" in second[0].text
    assert "76 points" in second[0].text
    assert back[0].text == first[0].text


def test_what_is_not_the_same_is_remembered_and_the_next_pair_shown(talk: Talk) -> None:
    three(talk)
    mia = manager(talk)
    first = mia.say("/pairs")

    [second] = mia.tap(data(first, "pairno"))
    said = toasts(talk)
    mia.tap(data(first, "pairno"))
    with transaction(talk.engine) as session:
        again = pairs.keep(session, found=[Pair(1, 2, 99.0, REASONS)], now=talk.now)

    assert "76 points" in second.text
    assert (said, toasts(talk)) == (
        ["Noted: not the same person"],
        ["This pair has been decided already"],
    )
    assert (again, state(talk, 1, 2)) == (0, PairState.NOT_SAME)


def test_a_pair_is_merged_after_its_outcome_was_seen(talk: Talk) -> None:
    three(talk)
    mia = manager(talk)
    first = mia.say("/pairs")

    seen = mia.tap(data(first, "mg"))
    done = mia.tap(data(seen, "mgo"))
    [following] = mia.tap(data(done, "pairs"))

    assert "Merge C2 into C1" in seen[0].text
    assert (one(talk, 2).merged_into_id, state(talk, 1, 2)) == (1, PairState.MERGED)
    assert "(1 of 1)" in following.text
    assert "76 points" in following.text


def test_without_pairs_it_says_so(talk: Talk) -> None:
    mia = manager(talk)

    assert texts(mia.say("/pairs"), mia) == [talk.render("manager/pairs/none.html.j2")]


def test_the_summary_leads_to_the_pairs_that_wait(talk: Talk) -> None:
    three(talk)
    mia = manager(talk)

    [summary] = mia.say("/today")
    [seen] = mia.tap(data([summary], "pairs"))

    assert summary.buttons[-1] == "🔁 Possible duplicates (2)"
    assert "(1 of 2)" in seen.text


def test_pairs_are_managers(talk: Talk) -> None:
    three(talk)
    bob = talk.staff(3, "Bob")

    assert texts(bob.say("/pairs"), bob) == [talk.render("refused/not_allowed.html.j2", role=Role.MANAGER)]
