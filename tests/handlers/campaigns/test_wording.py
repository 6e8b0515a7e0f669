"""What is accepted as a message is always one that Telegram takes, and says nothing of ours."""

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.entities import parse_html
from bot.demo.refusal import Refusal as TelegramRefuses
from handlers.manager.campaigns import wording
from handlers.manager.campaigns.wording import NAMES, BadWording, Lacks
from handlers.markup import flaw
from handlers.words import TEMPLATES

LINK = '<a href="https://a.example.com/?a=1&amp;b=2">'
PIECES = st.sampled_from(
    [
        *("<b>", "</b>", "<i>", "</i>", "</a>", "</pre>", "</span>", "</blockquote>", "</code>"),
        *("<", ">", "&", "&lt;", "tea", "\n", '"', "<b ", "/>", "</>", "<br>", "<h1>", "<pre>"),
        *('<span class="tg-spoiler">', '<code class="language-x">', "<blockquote expandable>", LINK),
    ]
)
WORDS = st.sampled_from(
    '{{ name }}|{{ city | default("you") }}|{% if company is defined %}|{% else %}|{% endif %}|<b>|</b>|tea'
    "|{{ shop }}".replace(" | ", "¦").split("|")
).map(lambda one: one.replace("¦", " | "))
HOSTILE = st.text(alphabet=st.sampled_from('<>&"{}%张 a'), max_size=12)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_telegram_takes_whatever_has_no_flaw(html: str) -> None:
    if flaw(html) is None:
        parse_html(html)


@given(st.lists(PIECES, max_size=6).map("".join))
def test_plain_tags_that_telegram_takes_are_not_refused(html: str) -> None:
    """But for what we are stricter about on purpose: a bare end tag, a lone <, a tag without its meaning."""
    try:
        parse_html(html)
    except TelegramRefuses:
        return
    found = flaw(html)
    assert found is None or found.why in {"angle", "unopened", "attribute"}


@given(st.lists(WORDS, max_size=6).map("".join), st.dictionaries(st.sampled_from(NAMES), HOSTILE))
def test_an_accepted_text_is_valid_whatever_is_known_of_whom(body: str, values: dict[str, str]) -> None:
    try:
        html = wording.check(body, with_picture=False, footer="").render(values)
    except (BadWording, Lacks):
        return
    text, _ = parse_html(html)
    braces = any("{{" in one for one in values.values())
    assert braces or "{{" not in text
    assert "None" not in text


def test_what_somebody_lacks_is_named_as_we_name_it() -> None:
    with pytest.raises(Lacks) as lacks:
        wording.check("Tea in {{ 城市 }}", with_picture=False, footer="").render({"name": "Ann"})

    assert lacks.value.name == "city"


def test_a_name_is_shown_as_it_is() -> None:
    html = wording.check("Dear {{ 姓名 }}", with_picture=False, footer="").render({"name": 'Ann <3 & "张"'})

    assert parse_html(html)[0] == 'Dear Ann <3 & "张"'


@pytest.mark.parametrize("language", ["zh", "en"])
def test_variables_can_be_written_as_they_are_called(language: str) -> None:
    labels = tomllib.loads((TEMPLATES / language / "labels.toml").read_text(encoding="utf-8"))
    called = {key: name for key, name in labels["campaign_variables"].items() if key in NAMES}

    assert {name: wording.meant(name) for name in called.values()} == {
        name: key for key, name in called.items()
    }


def test_what_a_phones_keyboard_makes_of_braces_is_put_right() -> None:
    assert (
        wording.typed(" ｛｛ city｜default（“您那里”） ｝｝“好茶” ") == '{{ city|default("您那里") }}“好茶”'
    )


HEAVY = {
    "one default behind another": "{{ name" + "|default('a')" * 300 + " }}",
    "defaults within defaults": "{{ name" + "|default(city" * 200 + ")" * 200 + " }}",
    "a thousand nots": "{{ " + "not " * 1000 + "name }}",
    "two thousand brackets": "{{ " + "(" * 2000 + "name" + ")" * 2000 + " }}",
    "conditions in conditions": "{% if name is defined %}" * 117 + "x" + "{% endif %}" * 117,
    "a number of 4,000 digits": "{{ " + "9" * 4050 + " }}",
    "a number": "{{ 1 }}",
    "nothing": "{{ name | default(none) }}",
    "half of a character": r"{{ name | default('\ud800') }}",
    "what databases refuse": r"{{ name | default('a\u0000b') }}",
    "a block that knows no line": "{% autoescape false %}{{ name }}{% endautoescape %}",
}


@pytest.mark.parametrize("what", HEAVY)
def test_what_would_take_long_or_break_is_refused_at_once(what: str) -> None:
    begun = time.process_time()
    with pytest.raises(BadWording) as refused:
        wording.check(HEAVY[what], with_picture=False, footer="")

    assert refused.value.facts["why"] == "not_allowed"
    assert time.process_time() - begun < 0.2


def test_a_default_may_be_any_words() -> None:
    said = wording.check("{{ name | default('👨‍👩‍👧 朋友', true) }}", with_picture=False, footer="")

    assert said.render({}) == "👨‍👩‍👧 朋友"
