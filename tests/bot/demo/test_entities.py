"""``html_cases.json`` holds the HTML test vectors of tdlib/td (Boost Software License 1.0)"""

import json
from pathlib import Path

import pytest

from bot.demo.detect import find_entities
from bot.demo.entities import parse_html
from bot.demo.refusal import Refusal
from bot.demo.texts import read_caption, read_text

CASES = json.loads(Path(__file__).with_name("html_cases.json").read_text(encoding="utf-8"))


def parsed(source):
    try:
        text, entities = parse_html(source)
    except Refusal as refusal:
        return refusal.description
    told = [{key: value for key, value in entity.items() if key[0] != "_"} for entity in entities]
    return text, told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"][:40])
def test_html_is_read_as_telegram_reads_it(case):
    if "error" in case:
        prefix = "" if case["error"].startswith("Invalid date") else "can't parse entities: "
        assert parsed(case["source"]) == f"Bad Request: {prefix}{case['error']}"
    else:
        assert parsed(case["source"]) == (case["text"], case["entities"])


def test_a_text_is_measured_after_parsing_and_in_code_points():
    longest = "😀" * 4096

    assert read_text({"text": f"<b>{longest}</b>", "parse_mode": "HTML"})["text"] == longest
    with pytest.raises(Refusal, match="message is too long"):
        read_text({"text": longest + "!", "parse_mode": "HTML"})
    with pytest.raises(Refusal, match="message caption is too long"):
        read_caption({"caption": "x" * 1025})


@pytest.mark.parametrize("nothing", ["", "  \n ", "<b></b>", "<b> </b>"])
def test_a_text_of_nothing_is_refused(nothing):
    with pytest.raises(Refusal, match="message text is empty"):
        read_text({"text": nothing, "parse_mode": "HTML"})


def test_blanks_around_a_text_vanish_and_entities_move_with_it():
    assert read_text({"text": " \n <b>a</b>\r\n<i>b</i>  ", "parse_mode": "HTML"}) == {
        "text": "a\nb",
        "entities": [
            {"offset": 0, "length": 1, "type": "bold"},
            {"offset": 2, "length": 1, "type": "italic"},
        ],
    }


def test_links_are_found_in_the_bots_texts_too_but_not_in_code():
    assert read_text({"text": "/find <code>/find a@b.cn</code>", "parse_mode": "HTML"})["entities"] == [
        {"offset": 0, "length": 5, "type": "bot_command"},
        {"offset": 6, "length": 12, "type": "code"},
    ]


def test_escaped_html_is_shown_as_it_was_written():
    assert read_text({"text": "Ann &lt;3 &amp; &quot;张&quot;", "parse_mode": "HTML"}) == {
        "text": 'Ann <3 & "张"'
    }


@pytest.mark.parametrize(
    ("parse_mode", "refusal"),
    [
        ("MarkdownV2", "Not Implemented by this stand-in: parse_mode MarkdownV2"),
        ("BBCode", "Bad Request: unsupported parse_mode"),
    ],
)
def test_other_parse_modes_are_refused(parse_mode, refusal):
    with pytest.raises(Refusal) as refused:
        read_text({"text": "x", "parse_mode": parse_mode})

    assert refused.value.description == refusal


def test_given_entities_must_lie_within_the_text():
    with pytest.raises(Refusal, match="beyond the end"):
        read_text({"text": "张", "entities": [{"type": "bold", "offset": 0, "length": 2}]})


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("/abc", "bot_command", ["/abc"]),
        (" /abc ", "bot_command", ["/abc"]),
        ("/a@abc", "bot_command", ["/a@abc"]),
        ("/a@b", "bot_command", []),
        ("/test/", "bot_command", []),
        ("查 /find", "bot_command", ["/find"]),
        ("@mention", "mention", ["@mention"]),
        ("no@mention", "mention", []),
        ("нет@mention", "mention", []),
        ("@abcde @xyzxy @xxxxx@yyyyy", "mention", ["@abcde", "@xyzxy", "@xxxxx"]),
        ("#a #123 #123a x#b", "hashtag", ["#a", "#123a"]),
        (" #я ", "hashtag", ["#я"]),
        ("$ABC $abc $$XYZ", "cashtag", ["$ABC"]),
        ("telegram.org", "url", ["telegram.org"]),
        ("看 http://telegram.org/?asd=123#123.", "url", ["http://telegram.org/?asd=123#123"]),
        ("[http://google.com](test)", "url", ["http://google.com"]),
        ("(telegram.org)", "url", ["telegram.org"]),
        ("price 3.50, file views.py", "url", []),
        ("a.bc@c.com", "email", ["a.bc@c.com"]),
    ],
)
def test_links_and_commands_are_found_by_themselves(text, kind, found):
    units = text.encode("utf-16-le")

    def cut(entity):
        first, last = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        return units[first:last].decode("utf-16-le")

    assert [cut(entity) for entity in find_entities(text) if entity["type"] == kind] == found


def test_offsets_count_utf16_units():
    assert find_entities("😀 /go") == [{"offset": 3, "length": 3, "type": "bot_command"}]
