"""The words of a campaign: a Jinja text in Telegram HTML, of which only a little is allowed: variables of a
short list, ``default("…")``, and ``{% if city is defined %}``. Whatever else there is, is refused with the
piece that is wrong; what is accepted always gives a message that Telegram takes."""

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crm_store.marketing.facts import Fact
from crm_store.refusals import Refusal
from handlers.chat import CAPTION_LIMIT, TEXT_LIMIT
from handlers.html import plain
from handlers.markup import flaw

SHOP = "shop"
NAMES = (*(one.value for one in Fact), SHOP)
ROOM = 16
"""Characters that a variable is reckoned with where the length of a text is judged."""

DEEPEST, MOST_NODES = 16, 400

_TAGS = re.compile(r"{[{%].*?[%}]}", re.DOTALL)
_UNSAYABLE = re.compile("[\0\ud800-\udfff]")
_TYPED = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "（": "(", "）": ")", "｜": "|", "，": ","})
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Filter,
    nodes.Const,
    nodes.If,
    nodes.Test,
    nodes.Not,
    nodes.And,
    nodes.Or,
)
_TESTS = ("defined", "undefined")
_FILTERS = ("default", "d")


class BadWording(Refusal):
    """facts: why (a key of the labels [wording]), what (the piece of the text), names (the variables there
    are), most (characters, where it is too long)."""

    template = "bad_wording"


class Lacks(Exception):
    """Raised by rendering: the customer has no value for ``name``, as it is written in the text."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _raising(name: str) -> Any:
    """What Jinja calls with its own words to have something to raise."""
    return lambda _message: Lacks(name)


class _Lacking(StrictUndefined):
    __slots__ = ()

    def __init__(self, hint: Any = None, obj: Any = None, name: Any = None, exc: Any = None) -> None:
        super().__init__(hint, obj, name, _raising(str(name)))


_ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=True, undefined=_Lacking)
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters = {one: _ENVIRONMENT.filters[one] for one in _FILTERS}
_ENVIRONMENT.tests = {one: _ENVIRONMENT.tests[one] for one in _TESTS}


@dataclass(frozen=True)
class Wording:
    """A body that may be sent. ``variables`` are the keys of ``NAMES`` that it uses."""

    template: Template
    variables: frozenset[str]

    @property
    def facts(self) -> frozenset[Fact]:
        return frozenset(Fact(one) for one in self.variables if one != SHOP)

    def render(self, values: Mapping[str, str]) -> str:
        """``values`` by the keys of ``NAMES``. Raises Lacks, with such a key."""
        called = {other: value for key, value in values.items() for other in (key, *aliases()[key])}
        try:
            return self.template.render(called).strip()
        except Lacks as lacks:
            raise Lacks(meant(lacks.name) or lacks.name) from None


@cache
def aliases() -> dict[str, list[str]]:
    text = (Path(__file__).parent / "variables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def meant(name: str) -> str | None:
    """The key of a variable by any of its names."""
    return next((key for key, others in aliases().items() if name == key or name in others), None)


def typed(text: str) -> str:
    """What people's keyboards make of the signs between braces, put right."""
    text = text.replace("｛", "{").replace("｝", "}")
    return _TAGS.sub(lambda found: found[0].translate(_TYPED), text).strip()


@lru_cache(maxsize=256)
def read(body: str) -> Wording:
    """Raises BadWording for anything that is not in the small language of ours."""
    try:
        tree = _ENVIRONMENT.parse(body)
    except TemplateSyntaxError as error:
        lines = body.splitlines() or [""]
        raise _bad("syntax", lines[min(error.lineno, len(lines)) - 1]) from None
    except (RecursionError, ValueError):  # what lies too deep in braces, or a number of thousands of digits
        raise _bad("not_allowed", body) from None
    variables: set[str] = set()
    for node in _nodes(tree, body):
        if not isinstance(node, _ALLOWED):
            raise _bad("not_allowed", _line(body, node))
        if isinstance(node, nodes.Name):
            key = meant(node.name)
            if key is None or node.ctx != "load":
                raise _bad("variable", node.name)
            variables.add(key)
        if isinstance(node, nodes.Filter) and (
            node.name not in _FILTERS or not 1 <= len(node.args) <= 2 or node.kwargs
        ):
            raise _bad("filter", node.name)
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            raise _bad("not_allowed", _line(body, node))
        if isinstance(node, nodes.Const) and not _sayable(node.value):
            raise _bad("not_allowed", _line(body, node))
        said = node.data if isinstance(node, nodes.TemplateData) else getattr(node, "value", "")
        if isinstance(said, str) and ("{{" in said or "{%" in said):
            raise _bad("not_allowed", _line(body, node))
    return Wording(_ENVIRONMENT.from_string(body), frozenset(variables))


def _nodes(tree: nodes.Template, body: str) -> Iterator[nodes.Node]:
    """Every part of a text. Raises BadWording for more of them, or deeper in one another, than a letter to a
    customer has: making a template of such a text would take seconds."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 1)]
    for count in itertools.count(1):
        if not waiting:
            return
        node, depth = waiting.pop()
        if depth > DEEPEST or count > MOST_NODES:
            raise _bad("not_allowed", _line(body, node))
        yield node
        waiting += [(one, depth + 1) for one in node.iter_child_nodes()]


def _sayable(value: object) -> bool:
    """Words, or the True of ``default("…", true)``; nothing that Telegram or a database chokes on."""
    return value is True or (isinstance(value, str) and _UNSAYABLE.search(value) is None)


def check(body: str, *, with_picture: bool, footer: str) -> Wording:
    """What may be sent to anybody, whatever of them is known: rendered for every combination.

    Raises BadWording."""
    if not body.strip():
        raise _bad("empty", "")
    wording = read(body)
    most = CAPTION_LIMIT if with_picture else TEXT_LIMIT
    variables = sorted(wording.variables)
    for count in range(len(variables), -1, -1):
        for known in combinations(variables, count):
            try:
                html = wording.render({**dict.fromkeys(known, "x" * ROOM)})
            except Lacks:
                continue  # nobody of whom this is known gets it
            found = flaw(html)
            if found is not None:
                raise _bad(found.why, found.what)
            words = plain(html)
            if not words.strip():
                raise _bad("empty", "")
            if len(words) + len(footer) + 2 > most:
                raise BadWording(
                    why="long_caption" if with_picture else "long",
                    what=str(len(words)),
                    names=NAMES,
                    most=most - len(footer) - 2,
                )
    return wording


def _line(body: str, node: nodes.Node) -> str:
    """Where it stands; some of Jinja's nodes do not know."""
    lines = body.splitlines() or [""]
    return lines[min(node.lineno or 1, len(lines)) - 1]


def _bad(why: str, what: str) -> BadWording:
    return BadWording(why=why, what=what, names=NAMES, most=0)
