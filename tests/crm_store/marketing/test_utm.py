"""Links tell the shop's own site where somebody came from, and change nothing else of an address."""

import pytest

from crm_store.marketing.utm import tagged

MESSAGE = "utm_source=telegram&utm_medium=message&utm_campaign=M5&utm_content=B"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example.com", f"https://a.example.com?{MESSAGE}"),
        ("https://a.example.com/tea?a=1&b=%20#top", f"https://a.example.com/tea?a=1&b=%20&{MESSAGE}#top"),
        ("https://a.example.com/?", f"https://a.example.com/?{MESSAGE}"),
        ("https://a.example.com/?UTM_source=mine", "https://a.example.com/?UTM_source=mine"),
        ("https://t.me/tea_desk_bot?start=weibo", "https://t.me/tea_desk_bot?start=weibo"),
    ],
)
def test_an_address_is_given_its_origin(url: str, expected: str) -> None:
    assert tagged(url, source=None, campaign="M5", version="B") == expected


def test_a_place_of_the_shops_own_is_the_source() -> None:
    found = tagged("https://a.example.com/茶", source="海报", campaign=None, version=None)

    assert found == "https://a.example.com/茶?utm_source=%E6%B5%B7%E6%8A%A5&utm_medium=link"
