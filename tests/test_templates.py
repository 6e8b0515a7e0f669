"""Every template, in every language: the same variables, whole sentences, nothing unescaped."""

import re
import tomllib
from typing import Any

import pytest
from jinja2 import Environment, meta, nodes

from crm_store.service.states import Kind, TicketState
from crm_store.staff.roles import Role
from handlers.words import LANGUAGES, TEMPLATES
from tests.talk import WORDS

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


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_use_the_same_variables(name: str) -> None:
    always = {
        "desk",
        "now",
    }  # every template has them; a language may need the desk's name where another does not

    assert variables("zh", name) - always == variables("en", name) - always


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_template_is_empty(language: str, name: str) -> None:
    tree = _environment().parse(source(language, name))

    assert [data.data for data in tree.find_all(nodes.TemplateData) if data.data.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_marked_safe_but_text_that_came_as_telegram_html(name: str) -> None:
    for language in LANGUAGES:
        marked = re.findall(r"{{\s*([^}]*?)\s*\|\s*safe", source(language, name))
        assert set(marked) <= {"html", "message.html"}, name


@pytest.mark.parametrize("name", NAMES)
def test_chinese_is_set_in_chinese(name: str) -> None:
    """Full-width punctuation between Han characters, and the polite 您 to customers."""
    prose = re.sub(r"{[{%#].*?[}%#]}|<[^>]+>", "", source("zh", name), flags=re.S)

    assert re.findall(r"[\u4e00-\u9fff][,;:!?][\u4e00-\u9fff]", prose) == []
    if name.startswith("customer/"):
        assert "你" not in prose


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
