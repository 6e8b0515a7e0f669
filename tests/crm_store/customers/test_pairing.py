"""Which names may be one person's, and which customers are worth a look."""

import pytest

from crm_store.customers.likeness import Alike, alike
from crm_store.customers.pairing import WORTH_A_LOOK, Person, compare, email_key, pairs, phone_key

PHONE, OTHER_PHONE = "+8613800000000", "+8613911112222"


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("张伟", "張偉", Alike.SAME),
        ("张伟", "张玮", Alike.SOUND),
        ("张伟", "Zhang Wei", Alike.SOUND),
        ("张伟", "Wei ZHANG", Alike.SOUND),
        ("张伟", "Chang Wei", Alike.SOUND),
        ("王小明", "Hsiao-ming Wang", Alike.SOUND),
        ("曾国强", "Tseng Kuo-chiang", Alike.SOUND),
        ("单小明", "Shan Xiaoming", Alike.SOUND),
        ("欧阳娜娜", "Nana Ouyang", Alike.SOUND),
        ("王小明", "Jack Wang", Alike.PART),
        ("陈大文", "Chan Tai Man", Alike.PART),
        ("王小明", "王总", Alike.PART),
        ("王小明", "小明", Alike.PART),
        ("王小明", "王小明先生", Alike.SAME),
        ("John Smith", "Smith, John", Alike.SAME),
        ("John Smith", "J. Smith", Alike.PART),
        ("John Smith", "John A. Smith", Alike.NEAR),
        ("John Smith", "Jhon Smith", Alike.NEAR),
        ("Robert Smith", "Bob Smith", Alike.NEAR),
        ("Katherine Jones", "Catherine Jones", Alike.NEAR),
        ("王小明", "🌸", Alike.UNSAID),
        ("王小明", "13800000000", Alike.UNSAID),
        ("王小明", "王小红", Alike.OTHER),
        ("张志强", "张志刚", Alike.OTHER),
        ("赵伟", "曹伟", Alike.OTHER),
        ("John Smith", "Jane Smith", Alike.OTHER),
        ("Dan Brown", "Don Brown", Alike.OTHER),
        ("王小明", "Xiaohong Wang", Alike.OTHER),
    ],
)
def test_two_names_are_one_persons_or_not_whichever_comes_first(one: str, other: str, how: Alike) -> None:
    assert (alike([one], [other]), alike([other], [one])) == (how, how)


def test_what_staff_call_them_counts_as_a_name() -> None:
    assert alike(["🌸", "张伟"], ["Zhang Wei"]) == Alike.SOUND


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("Ann.Lee+tea@GMAIL.com", "annlee@gmail.com"),
        ("annlee@googlemail.com", "annlee@gmail.com"),
        ("ann.lee+tea@163.com", "ann.lee@163.com"),
        ("+tag@163.com", "+tag@163.com"),
    ],
)
def test_one_mailbox_has_one_key(email: str, key: str) -> None:
    assert email_key(email) == key


def test_an_extension_belongs_to_a_phone() -> None:
    assert phone_key("+861062345678x12") != phone_key("+861062345678x13")
    assert phone_key("+8613800000000") == "3800000000"


def person(id: int, name: str, *phones: str, **about: object) -> Person:
    return Person(id=id, name=name, phones=phones, **about)  # type: ignore[arg-type]


def found(*people: Person) -> list[tuple[int, int]]:
    return [(one.a, one.b) for one in pairs(people)]


def test_nobody_is_a_pair_by_name_alone() -> None:
    here = {"city": "北京市"}

    assert found(person(1, "张伟", PHONE, **here), person(2, "张伟", OTHER_PHONE, **here)) == []
    assert found(person(1, "张伟", **here), person(2, "张伟", **here)) == []
    colleagues = {"company": "茶庄", **here}
    assert found(person(1, "张伟", PHONE, **colleagues), person(2, "张伟", OTHER_PHONE, **colleagues)) == []


def test_a_family_and_an_office_are_several_people() -> None:
    home = {"street": "西湖路 1 号", "city": "杭州市"}
    line = "+861062345678"

    assert (
        found(
            *(person(n, name, PHONE, **home) for n, name in enumerate(["王伟", "李娜", "王小明", "王小红"]))
        )
        == []
    )
    assert (
        found(
            *(
                person(n, name, line, emails=("info@tea.cn",))
                for n, name in enumerate(["王伟", "王总", "王丽"])
            )
        )
        == []
    )


def test_the_reasons_say_what_they_share_first() -> None:
    one = person(1, "张伟", PHONE, emails=("zw@163.com",), city="北京市")
    other = person(2, "Zhang Wei", PHONE, emails=("ZW+tea@163.com",), city="北京市")

    score, reasons = compare(one, other)

    assert reasons == ["same_phone", "same_email", "same_sound", "same_city"]
    assert 95 < score <= 100


def test_one_wrong_digit_is_a_pair_only_with_the_name() -> None:
    near = "+8613800000001"

    assert found(person(1, "张伟", PHONE), person(2, "张伟", near)) == [(1, 2)]
    assert found(person(1, "张伟", PHONE), person(2, "李娜", near)) == []


@pytest.mark.parametrize("place", range(4, 13))
def test_two_neighbouring_digits_exchanged_are_found_wherever_they_are(place: int) -> None:
    phone = "+8613852937416"
    turned = phone[:place] + phone[place + 1] + phone[place] + phone[place + 2 :]

    assert found(person(1, "张伟", phone), person(2, "张伟", turned)) == [(1, 2)]


def test_who_only_share_a_third_are_a_pair_too() -> None:
    people = [
        person(1, "张伟", PHONE),
        person(2, "张伟", PHONE, emails=("zw@163.com",)),
        person(3, "张玮", emails=("zw@163.com",)),
    ]

    assert sorted(found(*people)) == [(1, 2), (1, 3), (2, 3)]
    assert next(one for one in pairs(people) if one.b - one.a == 2).reasons[0] == "through_another"


def test_a_cluster_has_six_people_at_most() -> None:
    people = [person(n, "张伟", PHONE) for n in range(1, 9)]

    clustered = {id for pair in found(*people) for id in pair}

    assert len(found(*people)) == 16  # six people in fifteen pairs, and the two that were left
    assert clustered == set(range(1, 9))


def test_a_number_that_stands_for_none_is_shared_by_nobody() -> None:
    assert found(person(1, "张伟", "+8613812345678"), person(2, "张伟", "+8613812345678")) == []


def test_scores_below_the_bar_are_no_pairs() -> None:
    score, _ = compare(person(1, "张伟", PHONE), person(2, "李娜", PHONE))

    assert 0 < score < WORTH_A_LOOK
