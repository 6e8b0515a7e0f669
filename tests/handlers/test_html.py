"""Long messages are cut without breaking or losing anything."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.html import plain, split

pieces = st.lists(
    st.sampled_from(["a", "bb ", "\n", "&amp;", "&lt;b&gt;", "<i>x y</i>", "<b>bold\n</b>", "中"])
)


@given(pieces=pieces, limit=st.integers(5, 60), first=st.none() | st.integers(3, 30))
def test_no_part_is_too_long_and_nothing_but_white_space_is_lost(
    pieces: list[str], limit: int, first: int | None
) -> None:
    html = "".join(pieces).strip() or "."

    parts = split(html, limit, first=first)

    rooms = [first or limit, *[limit] * len(parts)]
    assert [len(plain(part)) <= room for part, room in zip(parts, rooms, strict=False)] == [True] * len(parts)
    assert _solid("".join(plain(part) for part in parts)) == _solid(plain(html))


@given(pieces=pieces)
def test_every_tag_that_is_opened_in_a_part_is_closed_there(pieces: list[str]) -> None:
    for part in split("".join(pieces), 7):
        assert re.findall(r"<(\w)>", part) == re.findall(r"</(\w)>", part)


@pytest.mark.parametrize(
    ("html", "limit", "parts"),
    [
        ("short", 10, ["short"]),
        ("one two three", 8, ["one two", "three"]),
        ("<i>A</i>\none two three four", 12, ["<i>A</i>\none two", "three four"]),  # no part of "A" alone
        ("line one\nline two", 10, ["line one", "line two"]),
        ("<b>abcdef</b>", 4, ["<b>abcd</b>", "<b>ef</b>"]),
        (
            '<a href="x?a=1&amp;b=2">abc def</a>',
            4,
            ['<a href="x?a=1&amp;b=2">abc</a>', '<a href="x?a=1&amp;b=2">def</a>'],
        ),
        ("&lt;&amp;&gt;ab", 3, ["&lt;&amp;&gt;", "ab"]),
    ],
)
def test_cuts_fall_where_a_reader_would_put_them(html: str, limit: int, parts: list[str]) -> None:
    assert split(html, limit) == parts


def _solid(text: str) -> str:
    return re.sub(r"\s", "", text)
