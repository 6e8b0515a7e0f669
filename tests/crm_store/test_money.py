"""Money: what people type is read exactly or not at all; what is shown can be read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.money import MOST, Unreadable, Why, decimals, read
from handlers.words import LANGUAGES, shown_money, uppercase
from tests.talk import WORDS

CURRENCIES = [
    "CNY",
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "KWD",
    "HKD",
    "TWD",
    "KRW",
    "CHF",
    "VND",
    "BRL",
    "MYR",
    "ISK",
]
WRITTEN = WORDS.labels("zh", "uppercase")


def why(text: str, currency: str = "CNY") -> Why:
    with pytest.raises(Unreadable) as refused:
        read(text, currency=currency)
    return refused.value.why


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1.2万", 1_200_000),
        ("3k", 300_000),
        ("1w2", 1_200_000),
        ("¥12,345.60", 1_234_560),
        ("￥12，345.60", 1_234_560),
        ("１２３４５．６０", 1_234_560),
        ("12 345,60", 1_234_560),
        ("12.345,60", 1_234_560),
        ("12345.6", 1_234_560),
        ("0.05", 5),
        ("3块5", 350),
        ("3块05", 305),
        ("3块5毛2", 352),
        ("三十五块八", 3_580),
        ("5块半", 550),
        ("两万半", 2_500_000),
        ("5毛", 50),
        ("两块钱", 200),
        ("五百", 50_000),
        ("一千二", 120_000),
        ("一千零二", 100_200),
        ("两万三", 2_300_000),
        ("一百零五", 10_500),
        ("十五", 1_500),
        ("1亿", 10_000_000_000),
        ("2亿3千万", 23_000_000_000),
        ("1.2 万元", 1_200_000),
        ("RMB 500", 50_000),
        ("500元人民币", 50_000),
        ("壹万贰仟叁佰肆拾伍元陆角", 1_234_560),
        ("壹仟零伍元零柒分", 100_507),
        ("1.23456万", 1_234_560),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, fen: int) -> None:
    assert read(text, currency="CNY") == fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-5", Why.NEGATIVE),
        ("¥-5", Why.NEGATIVE),
        ("−5", Why.NEGATIVE),
        ("负五", Why.NEGATIVE),
        ("12.345", Why.DIGITS),
        ("1.2345678万", Why.DIGITS),
        ("99999999999999", Why.SIZE),
        ("9" * 50, Why.SIZE),
        ("9万亿", Why.SIZE),
        ("12,34", Why.UNCLEAR),
        ("1,2345", Why.UNCLEAR),
        ("1.2万3", Why.UNCLEAR),
        ("1万500", Why.UNCLEAR),
        ("一千零五百", Why.UNCLEAR),
        ("一二", Why.UNCLEAR),
        ("1一", Why.UNCLEAR),
        ("$5", Why.UNCLEAR),
        ("5²", Why.UNCLEAR),
        ("1千²", Why.UNCLEAR),
        ("1e5", Why.UNCLEAR),
        ("半", Why.UNCLEAR),
        ("半块", Why.UNCLEAR),
        ("一千零半", Why.UNCLEAR),
        ("五粮液", Why.UNCLEAR),
        ("元", Why.UNCLEAR),
        ("", Why.UNCLEAR),
        ("十" * 10_000, Why.UNCLEAR),
    ],
)
def test_what_could_be_something_else_is_refused_and_says_why(text: str, reason: Why) -> None:
    assert why(text) == reason


def test_every_currency_has_its_own_smallest_coin() -> None:
    assert [decimals(one) for one in ("CNY", "JPY", "KWD", "USD")] == [2, 0, 3, 2]
    assert read("¥1,200", currency="JPY") == 1_200
    assert why("1200.5", "JPY") == Why.DIGITS
    assert read("1.234", currency="KWD") == 1_234
    assert read("us$9.5", currency="USD") == 950
    assert why("9块5", "USD") == Why.UNCLEAR


def test_every_reason_has_its_sentence() -> None:
    assert [set(WORDS.labels(language, "unreadable")) for language in LANGUAGES] == [set(Why), set(Why)]


@given(st.integers(0, MOST), st.sampled_from(CURRENCIES), st.sampled_from(LANGUAGES))
def test_what_is_shown_is_read_as_the_same_amount(minor: int, currency: str, language: str) -> None:
    assert read(shown_money(language, minor, currency), currency=currency) == minor


@given(st.text(max_size=80) | st.text("0123456789.,，.万千百十亿零一二三元角分块毛半wk¥ '", max_size=30))
def test_anything_else_is_refused_never_a_crash_or_a_negative_amount(text: str) -> None:
    try:
        amount = read(text, currency="CNY")
    except Unreadable:
        return
    assert 0 <= amount <= MOST


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (1_234_560, "壹万贰仟叁佰肆拾伍元陆角"),
        (1_000_000, "壹万元整"),
        (100_507, "壹仟零伍元零柒分"),
        (5, "伍分"),
        (50, "伍角"),
        (0, "零元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (10_000_500_000, "壹亿零伍仟元整"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (100_000_000_000, "壹拾亿元整"),
        (1_000_000_500_000, "壹佰亿零伍仟元整"),
    ],
)
def test_a_receipt_writes_the_amount_out(fen: int, written: str) -> None:
    assert uppercase(fen, WRITTEN) == written


@given(st.integers(0, MOST))
def test_an_amount_written_out_says_exactly_that_amount(fen: int) -> None:
    written = uppercase(fen, WRITTEN)

    assert spoken(written) == fen
    assert read(written, currency="CNY") == fen
    assert "零零" not in written


def spoken(written: str) -> int:
    """Read an amount that was written out, sign by sign: nothing of ours is used for it."""
    figures, places = (
        dict(zip("零壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
        {"拾": 10, "佰": 100, "仟": 1000},
    )
    total = section = figure = fen = 0
    for sign in written.removesuffix("整"):
        if sign in figures:
            figure = figures[sign]
        elif sign in places:
            section, figure = section + figure * places[sign], 0
        elif sign in "万亿":
            total, section, figure = total + (section + figure) * {"万": 10**4, "亿": 10**8}[sign], 0, 0
        elif sign == "元":
            fen, total, section, figure = (total + section + figure) * 100, 0, 0, 0
        else:
            fen, figure = fen + figure * {"角": 10, "分": 1}[sign], 0
    return fen
