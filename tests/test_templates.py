"""Every template, in every language: the same variables, whole sentences, nothing unescaped."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest
from jinja2 import Environment, meta, nodes

from bot.demo.entities import parse_html
from crm_store.service.states import Kind, TicketState
from crm_store.staff.roles import Role
from handlers.chat import TEXT_LIMIT
from handlers.help import available
from handlers.words import LANGUAGES, TEMPLATES
from tests.samples.rows import NOW
from tests.samples.values import samples
from tests.talk import DESK, WORDS

NAMES = sorted(path.relative_to(TEMPLATES / "zh").as_posix() for path in (TEMPLATES / "zh").rglob("*.j2"))
GIVEN = {"language"}
"""What the environment itself provides."""


def source(language: str, name: str) -> str:
    return (TEMPLATES / language / name).read_text(encoding="utf-8")


def variables(language: str, name: str) -> set[str]:
    return meta.find_undeclared_variables(_environment().parse(source(language, name))) - GIVEN


def _environment() -> Environment:
    environment = Environment(autoescape=True)
    environment.filters |= WORDS._environments["zh"].filters
    return environment


def test_both_languages_have_the_same_templates() -> None:
    english = {path.relative_to(TEMPLATES / "en").as_posix() for path in (TEMPLATES / "en").rglob("*.j2")}

    assert english == set(NAMES)


def test_both_languages_use_the_same_variables() -> None:
    always = {"desk", "now"}  # every template has them; a language may need the desk's name, another not
    different = {name: (variables("zh", name) ^ variables("en", name)) - always for name in NAMES}

    assert {name: one for name, one in different.items() if one} == {}


def test_no_template_is_empty() -> None:
    empty = [(language, name) for language in LANGUAGES for name in NAMES if not any(written(language, name))]

    assert empty == []


def test_nothing_is_marked_safe_but_text_that_came_as_telegram_html() -> None:
    marked = [
        (language, name, one)
        for language in LANGUAGES
        for name in NAMES
        for one in re.findall(r"{{\s*([^}]*?)\s*\|\s*safe", source(language, name))
    ]

    assert [one for one in marked if one[-1] not in {"html", "message.html"}] == []


def test_chinese_is_set_in_chinese() -> None:
    """Full-width punctuation between Han characters, and the polite 您 to customers."""
    prose = {name: re.sub(r"{[{%#].*?[}%#]}|<[^>]+>", "", source("zh", name), flags=re.S) for name in NAMES}

    between = {
        name: re.findall(r"[\u4e00-\u9fff][,;:!?][\u4e00-\u9fff]", words) for name, words in prose.items()
    }
    assert {name: found for name, found in between.items() if found} == {}
    assert [name for name, words in prose.items() if name.startswith("customer/") and "你" in words] == []


def labels(language: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((TEMPLATES / language / "labels.toml").read_text(encoding="utf-8"))


def test_both_languages_have_the_same_labels_with_the_same_gaps() -> None:
    zh, en = labels("zh"), labels("en")

    assert {section: set(keys) for section, keys in zh.items()} == {
        section: set(keys) for section, keys in en.items()
    }
    for section, key in [(s, k) for s in zh for k in zh[s] if isinstance(zh[s][k], str)]:
        gaps = [sorted(re.findall(r"{(\w+)", one[section][key])) for one in (zh, en)]
        assert gaps[0] == gaps[1], (section, key)


def test_every_state_kind_and_role_has_its_label() -> None:
    for language in LANGUAGES:
        known = labels(language)
        assert set(known["states"]) == {str(one) for one in TicketState}
        assert set(known["kinds"]) == {str(one) for one in Kind}
        assert set(known["roles"]) == {str(one) for one in Role}


INCLUDED = {
    part
    for name in NAMES
    for part in meta.find_referenced_templates(_environment().parse(source("zh", name)))
}
MESSAGES = [name for name in NAMES if name not in INCLUDED]
SHOW_BRACES = {"manager/campaign/ask/message.html.j2", "refused/bad_wording.html.j2"}
"""They say how a variable is written."""

QUOTED = "张"
"""The Han character of the samples' names and words: data, in every language."""

NO_WORDS_OF_OURS = {"agent/files/caption.html.j2", "customer/ticket/answer.html.j2"}
"""Names, numbers and times only, or somebody's own answer."""

HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff01-\uff5e]")


@cache
def said(language: str, name: str) -> list[str]:
    """A message with all its samples."""
    needed = needs(language, name) - {"desk", "now"}
    return [WORDS.render(language, name, desk=DESK, now=NOW, **values) for values in samples(name, needed)]


def needs(language: str, name: str) -> set[str]:
    """A template's variables and those of what it includes, but for what it sets itself."""
    tree = _environment().parse(source(language, name))
    own = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
    parts = [needs(language, part) for part in meta.find_referenced_templates(tree)]
    return variables(language, name) | (set().union(*parts) - own)


def test_every_message_is_valid_telegram_html_whatever_is_in_it() -> None:
    slips = []
    for language, name in product(LANGUAGES, MESSAGES):
        try:
            slips += [
                (language, name, slip, html) for html in said(language, name) for slip in wrong(name, html)
            ]
        except Exception as error:
            slips.append((language, name, repr(error), ""))

    assert slips == []


def wrong(name: str, html: str) -> Iterator[str]:
    """What is wrong with a message. Raises ValueError when Telegram would refuse it."""
    text, _ = parse_html(html)
    if not 0 < len(text.strip()) <= TEXT_LIMIT:
        yield f"{len(text)} letters"
    yield from (raw for raw in ("Ann <3", "Bob & <b>", "<kettle>") if raw in html)
    yield from (slip for slip in ("None", "Undefined") if slip in text)
    if name not in SHOW_BRACES:
        yield from (brace for brace in "{}" if brace in text)


def test_each_language_is_written_in_its_own_script() -> None:
    wordless = [
        (name, html)
        for name in MESSAGES
        if name not in NO_WORDS_OF_OURS
        for html in said("zh", name)
        if not HAN.search(html.replace(QUOTED, ""))
    ]
    assert wordless == []

    known = re.compile("|".join(map(re.escape, (QUOTED, *chinese_commands()))))
    foreign = [
        (name, html) for name in MESSAGES for html in said("en", name) if HAN.search(known.sub("", html))
    ]
    assert foreign == []


def chinese_commands() -> list[str]:
    """The Chinese words for commands, which a help in English names too."""
    words = {word for one in available(Role.OWNER) + available(Role.CUSTOMER) for word in one.spoken}
    return sorted(words, key=len, reverse=True)


def test_both_languages_break_their_lines_at_the_same_places() -> None:
    """A line break after a tag is eaten where the other language keeps it by a blank line."""
    different = [
        (name, zh, en)
        for name in MESSAGES
        for zh, en in zip(said("zh", name), said("en", name), strict=True)
        if len(zh.splitlines()) != len(en.splitlines())
    ]

    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_samples_reach_every_word_of_every_template(language: str) -> None:
    """A branch that no sample takes would be one that nobody has ever read."""
    everything = "\n".join(html for name in MESSAGES for html in said(language, name))
    unread = [
        (name, words)
        for name in NAMES
        for words in written(language, name)
        if words not in ("\n".join(said(language, name)) if name in MESSAGES else everything)
    ]

    assert unread == []


def written(language: str, name: str) -> list[str]:
    """What stands between a template's tags."""
    parts = _environment().parse(source(language, name)).find_all(nodes.TemplateData)
    return [line.strip() for part in parts for line in part.data.splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", Role)
def test_every_command_has_its_line_in_telegrams_menu(role: Role, language: str) -> None:
    """Telegram's rules for setMyCommands: names, descriptions, and how many there may be."""
    lines = labels(language)["commands"]
    commands = available(role)

    assert {one.name for one in commands} <= lines.keys()
    assert [one.name for one in commands if not re.fullmatch(r"[a-z0-9_]{1,32}", one.name)] == []
    assert [one.name for one in commands if not 1 <= len(lines[one.name].strip()) <= 256] == []
    assert 0 < len([one for one in commands if one.menu]) <= 100


def test_no_menu_line_is_left_from_a_command_that_is_gone() -> None:
    known = {one.name for role in Role for one in available(role)}

    assert {language: labels(language)["commands"].keys() - known for language in LANGUAGES} == {
        language: set() for language in LANGUAGES
    }
