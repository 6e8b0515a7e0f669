"""Contacts: any way of writing one is one value, what is shown is read again, what is none is refused."""

import re
from datetime import timedelta

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from crm_store.customers import contacts, records, sight
from crm_store.customers.refusals import BadContact
from crm_store.customers.tables import ContactKind, Customer
from crm_store.engine import transaction
from tests.crm_store.people import NOW, customer, trail

MOBILE = "+8613800000000"


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("13800000000", MOBILE, "138 0000 0000"),
        ("１３８-0000-0000", MOBILE, "138 0000 0000"),
        ("１３８００００００００", MOBILE, "138 0000 0000"),
        ("+86 138-0000-0000", MOBILE, "138 0000 0000"),
        ("+86 013800000000", MOBILE, "138 0000 0000"),
        ("0086 138 0000 0000", MOBILE, "138 0000 0000"),
        ("00861380000-0000", MOBILE, "138 0000 0000"),
        ("86 13800000000", MOBILE, "138 0000 0000"),
        ("013800000000", MOBILE, "138 0000 0000"),
        ("（86）138－0000－0000", MOBILE, "138 0000 0000"),
        ("手机：13800000000", MOBILE, "138 0000 0000"),
        ("\u202a13800000000\u202c", MOBILE, "138 0000 0000"),  # as it is copied out of a contacts app
        ("19912345678", "+8619912345678", "199 1234 5678"),
        ("010-62345678", "+861062345678", "010-62345678"),
        ("(010) 6234 5678", "+861062345678", "010-62345678"),
        ("86-10-62345678", "+861062345678", "010-62345678"),
        ("0755-86013388", "+8675586013388", "0755-86013388"),
        ("010-62345678-123", "+861062345678x123", "010-62345678-123"),
        ("010-62345678转123", "+861062345678x123", "010-62345678-123"),
        ("010-62345678 ext. 123", "+861062345678x123", "010-62345678-123"),
        ("400-820-8820", "+864008208820", "400-820-8820"),
        ("4008208820", "+864008208820", "400-820-8820"),
        ("+44 20 7946 0958", "+442079460958", "+44 20 7946 0958"),
        ("0044 20 7946 0958", "+442079460958", "+44 20 7946 0958"),
        ("+1 (415) 555-2671", "+14155552671", "+1 415-555-2671"),
        ("+852 2345 6789", "+85223456789", "+852 2345 6789"),
    ],
)
def test_a_phone_is_read_however_it_is_written(text: str, value: str, shown: str) -> None:
    assert contacts.phone(text) == value
    assert contacts.shown(ContactKind.PHONE, value) == shown


@pytest.mark.parametrize(
    "text",
    [
        "12345678901",  # no mobile begins so
        "11012345678",
        "1380000000",
        "138000000000",
        "13800000000 13900000000",
        "62345678",  # of which city?
        "2026-01-05",
        "20260105",
        "2026010500",
        "1-800-FLOWERS",
        "10086",
        "",
        "-",
        "+",
        "%",
        "13800000000; DROP TABLE customer",
        "1" * 10_000,
    ],
)
def test_what_is_no_phone_is_refused(text: str) -> None:
    assert contacts.phone(text) is None


_GAPS = st.sampled_from(["", " ", "-", "\u3000", "－", "\u00a0"])
_BEFORE = st.sampled_from(["", "+86", "0086", "86", "0", "＋８６ ", "(+86) ", "+86-0"])


@given(
    number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    before=_BEFORE,
    gaps=st.tuples(_GAPS, _GAPS, _GAPS),
    wide=st.booleans(),
)
def test_every_way_of_writing_a_mobile_is_the_same_number(
    number: str, before: str, gaps: tuple[str, str, str], wide: bool
) -> None:
    text = f"{before}{gaps[0]}{number[:3]}{gaps[1]}{number[3:7]}{gaps[2]}{number[7:]}"
    if wide:
        text = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})

    assert contacts.phone(text) == f"+86{number}"


@given(
    region=st.sampled_from(["CN", "US", "GB", "DE", "JP", "HK", "SG", "FR", "AU", "IN"]),
    kind=st.sampled_from(["mobile", "landline", "toll_free"]),
)
def test_what_is_shown_of_a_number_is_read_as_that_number(region: str, kind: str) -> None:
    types = phonenumbers.PhoneNumberType
    wanted = {"mobile": types.MOBILE, "landline": types.FIXED_LINE, "toll_free": types.TOLL_FREE}[kind]
    example = phonenumbers.example_number_for_type(region, wanted)
    if example is None:
        return
    value = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)

    assert contacts.phone(value) == value
    assert contacts.phone(contacts.shown(ContactKind.PHONE, value)) == value


@given(text=st.text(max_size=60))
def test_no_text_breaks_the_reading_and_a_value_reads_as_itself(text: str) -> None:
    found = contacts.read(text)

    if found is not None:
        kind, value = found
        assert contacts.normalised(kind, value) == value
        assert contacts.normalised(kind, contacts.shown(kind, value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ann+tea@Example.COM", "ann+tea@example.com"),
        (" <ann@example.com> ", "ann@example.com"),
        ("邮箱：ann@example.cn", "ann@example.cn"),
        ("ann＠example.com", "ann@example.com"),
        ("o'neil@sub.example.co.uk", "o'neil@sub.example.co.uk"),
        ("张三@例子.中国", "张三@例子.中国"),
        ("ann@localhost", None),
        ("ann@@example.com", None),
        (".ann@example.com", None),
        ("ann..x@example.com", None),
        ("ann@example.com, bob@example.com", None),
        ("ann@-example.com", None),
        ("a" * 65 + "@example.com", None),
        ("@", None),
    ],
)
def test_an_email_is_one_address_in_lower_case(text: str, value: str | None) -> None:
    assert contacts.email(text) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wechat: Wxid_1234", (ContactKind.WECHAT, "wxid_1234")),
        ("微信 abc_12345", (ContactKind.WECHAT, "abc_12345")),
        ("QQ：12345678", (ContactKind.QQ, "12345678")),
        ("13800000000", (ContactKind.PHONE, MOBILE)),
        ("ann@example.com", (ContactKind.EMAIL, "ann@example.com")),
        ("张三", None),
    ],
)
def test_the_kind_of_a_contact_is_recognised(text: str, found: tuple[ContactKind, str] | None) -> None:
    assert contacts.read(text) == found


def test_a_customer_keeps_a_contact_once_however_it_is_written(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)

        first = contacts.add(
            session, customer=ann, kind=ContactKind.PHONE, value="138 0000 0000", actor="cli", now=NOW
        )
        again = contacts.add(
            session, customer=ann, kind=ContactKind.PHONE, value="+86 138-0000-0000", actor="cli", now=NOW
        )

        assert (first.id, first.value, first.primary) == (again.id, MOBILE, True)
        assert trail(session, "customer")[1:] == [("cli", "changed", {"phone": []}, {"phone": [MOBILE]})]


def test_the_next_of_its_kind_becomes_the_main_one_and_keeps_its_verification(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        for number in ("13800000000", "13900000000"):
            contacts.add(session, customer=ann, kind=ContactKind.PHONE, value=number, actor="cli", now=NOW)
        main, other = contacts.of(session, customer=ann)
        contacts.verify(session, customer=ann, contact=other, actor=ann, now=NOW)

        contacts.remove(session, customer=ann, contact=main, actor="cli", now=NOW + timedelta(hours=1))

        [left] = contacts.of(session, customer=ann)
        assert (left.value, left.primary, left.verified_at) == ("+8613900000000", True, NOW)


def test_who_holds_a_phone_leaves_out_those_who_were_merged(engine: Engine) -> None:
    with transaction(engine) as session:
        people = [
            records.create(
                session,
                name=name,
                contacts=[(ContactKind.PHONE, "13800000000")],
                language="zh",
                source=None,
                channel="api",
                actor="api",
                now=NOW,
            )
            for name in ("张三", "李四", "王五")
        ]
        people[2].merged_into_id = people[0].id
        session.flush()

        found = contacts.holders(session, kind=ContactKind.PHONE, value=MOBILE)

        assert found == people[:2]


def test_a_number_people_type_for_none_is_kept_and_reaches_nobody(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)

        kept = contacts.add(
            session, customer=ann, kind=ContactKind.PHONE, value="13800138000", actor="cli", now=NOW
        )

        assert (kept.value, kept.invalid) == ("+8613800138000", True)


def test_what_is_no_contact_is_refused_before_anything_changes(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)

        with pytest.raises(BadContact) as refused:
            contacts.add(session, customer=ann, kind=ContactKind.EMAIL, value="ann@", actor="cli", now=NOW)

        assert refused.value.facts == {"kind": ContactKind.EMAIL, "value": "ann@"}
        assert isinstance(ann, Customer)
        assert contacts.of(session, customer=ann) == []


def test_a_plain_mobile_takes_no_library() -> None:
    """Imports ask 100 000 times; what they ask most is a comparison."""
    assert re.fullmatch(r"\+86\d{11}", contacts.phone("13912345678") or "")
    hits = contacts._phone.cache_info()
    contacts.phone("13712345678")
    assert contacts._phone.cache_info() == hits


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        (ContactKind.PHONE, "+8613812345678", "138****5678"),
        (ContactKind.PHONE, "+861062345678", "010-****5678"),
        (ContactKind.PHONE, "+861062345678x123", "010-****5678"),
        (ContactKind.PHONE, "+864008208820", "400-****8820"),
        (ContactKind.PHONE, "+442079460958", "+44****0958"),
        (ContactKind.EMAIL, "ann.lee@example.com", "a****@example.com"),
        (ContactKind.WECHAT, "tea_lover", "t****"),
        (ContactKind.QQ, "123456", "1****"),
    ],
)
def test_a_masked_contact_is_recognised_and_of_no_use(kind: ContactKind, value: str, masked: str) -> None:
    assert sight.mask_value(kind, value) == masked
