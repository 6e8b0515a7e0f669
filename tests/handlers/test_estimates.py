"""Estimates as people say them: three figures, and 万 and 亿 in Chinese."""

import pytest

from tests.talk import WORDS


def roughly(language: str, minor: int, currency: str = "CNY") -> str:
    written = WORDS._environments[language].from_string("{{ minor | roughly(currency) }}")
    return written.render(minor=minor, currency=currency)


@pytest.mark.parametrize(
    ("minor", "chinese", "english"),
    [
        (0, "¥0", "¥0"),
        (4_649, "¥46", "¥46"),
        (123_400, "¥1,230", "¥1,230"),
        (999_600, "¥1 万", "¥10,000"),
        (1_234_500, "¥1.23 万", "¥12,300"),
        (-1_640_000, "-¥1.64 万", "-¥16,400"),
        (748_123_400, "¥748 万", "¥7,480,000"),
        (12_345_678_900, "¥1.23 亿", "¥123,000,000"),
    ],
)
def test_an_estimate_has_three_figures(minor: int, chinese: str, english: str) -> None:
    assert (roughly("zh", minor), roughly("en", minor)) == (chinese, english)


def test_other_currencies_keep_their_sign_and_their_smallest_unit() -> None:
    said = [roughly("zh", 1_640_000, "USD"), roughly("zh", 16_400, "JPY"), roughly("zh", -3_000_000, "CHF")]

    assert said == ["US$1.64 万", "JP¥1.64 万", "-CHF\u00a03 万"]
