"""The demo page speaks two languages, and all it says is in its words.js"""

import json
import re
from pathlib import Path

import pytest

import bot.demo

PAGE = Path(bot.demo.__file__).with_name("page")
MODULES = sorted(path for path in PAGE.rglob("*.js") if path.name != "words.js")

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`""", re.DOTALL
)
_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff01-\uff5e]")
_SENTENCE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z][a-z]")
# values of the DOM that look like words
_NAMES = {"ArrowDown", "ArrowUp", "End", "Enter", "Escape", "Home", "Tab", "noopener noreferrer"}
# attributes a person reads or hears, given a literal with letters in it
_SPOKEN = re.compile(r"""(?:aria-label|title|placeholder|alt)"?[:,] *["'`][^"'`]*[A-Za-z]""")


def read_words():
    source = (PAGE / "words.js").read_text(encoding="utf-8")
    return json.loads(source[source.index("{") : source.rindex("}") + 1])


def is_comment(token):
    return token.startswith(("//", "/*"))


def literals(path):
    """The strings of a module, comments left out, template holes replaced by a digit."""
    found = (match[0] for match in _TOKEN.finditer(path.read_text(encoding="utf-8")))
    return [re.sub(r"\$\{[^}]*\}", "0", token[1:-1]) for token in found if not is_comment(token)]


def code(path):
    """A module without its comments."""
    source = path.read_text(encoding="utf-8")
    return _TOKEN.sub(lambda match: "" if is_comment(match[0]) else match[0], source)


def spoken_keys():
    """What the modules say: whole keys, and the shapes of keys put together while running."""
    source = "\n".join(map(code, MODULES))
    calls = re.findall(r"\bsay\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", source)
    whole = {key for call in calls for key in re.findall(r'"([a-z]+\.[\w.]+)"', call)}
    shapes = {re.sub(r"\$\{[^}]*\}", "*", key) for call in calls for key in re.findall("`([^`]*)`", call)}
    return whole, shapes


def fits(key, shape):
    return re.fullmatch(re.escape(shape).replace(r"\*", r"\w+"), key) is not None


def test_both_languages_say_the_same_things():
    words = read_words()

    assert list(words) == ["zh", "en"]
    assert list(words["zh"]) == list(words["en"])


def test_both_languages_name_the_same_values():
    words = read_words()

    def holes(language):
        return {key: sorted(re.findall(r"\{(\w+)\}", text)) for key, text in words[language].items()}

    assert holes("zh") == holes("en")


def test_nothing_is_left_unsaid():
    for texts in read_words().values():
        assert [key for key, text in texts.items() if not text.strip()] == []


def test_chinese_uses_chinese_punctuation():
    half_width = re.compile(r"[\u4e00-\u9fff}] ?[,.?!:;]|[,?!:;] ?[\u4e00-\u9fff]")

    assert [key for key, text in read_words()["zh"].items() if half_width.search(text)] == []


def test_every_word_the_page_asks_for_exists():
    keys = read_words()["en"].keys()
    whole, shapes = spoken_keys()

    assert len(whole) > 50
    assert whole - keys == set()
    assert {shape for shape in shapes if not any(fits(key, shape) for key in keys)} == set()


def test_every_word_is_used():
    whole, shapes = spoken_keys()
    unused = [
        key
        for key in read_words()["en"]
        if key not in whole and not any(fits(key, shape) for shape in shapes)
    ]

    assert unused == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_contains_no_words(path):
    said = [
        text
        for text in literals(path)
        if text not in _NAMES and (_HAN.search(text) or _SENTENCE.search(text))
    ]

    assert said == []
    assert _SPOKEN.findall(path.read_text(encoding="utf-8")) == []


def test_the_page_itself_says_only_its_name_and_that_it_needs_scripts():
    source = (PAGE / "index.html").read_text(encoding="utf-8")
    texts = re.findall(r">([^<>]*[^<>\s][^<>]*)<", source)

    assert texts == ["掌柜 Zhanggui", "这一页需要 JavaScript。 This page needs JavaScript."]


def test_style_sheets_say_nothing():
    said = [
        text
        for path in sorted(PAGE.rglob("*.css"))
        for text in re.findall(r'content: *"([^"]*)"', path.read_text(encoding="utf-8"))
        if text
    ]

    assert said == []


def test_nothing_comes_from_outside():
    """No address of another host, but the page's own deep links and SVG's name."""
    hosts = {
        host
        for path in PAGE.rglob("*")
        if path.suffix in {".html", ".css", ".js"}
        for host in re.findall(r"https?://([\w.]+)", path.read_text(encoding="utf-8"))
    }

    assert hosts == {"www.w3.org"}


def test_other_peoples_text_never_becomes_markup():
    forbidden = re.compile(
        r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b"
    )

    assert {path.name: forbidden.findall(path.read_text(encoding="utf-8")) for path in MODULES} == {
        path.name: [] for path in MODULES
    }
