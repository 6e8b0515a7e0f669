"""What must not drift: who imports whom, and what handlers and verbs may not do."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HANDLERS = sorted((ROOT / "handlers").rglob("*.py"))
STORE = [path for path in sorted((ROOT / "crm_store").rglob("*.py")) if "migrations" not in path.parts]
FOLDERS = {"bot", "handlers", "crm_store", "templates", "tests"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> list[str]:
    """Every call in a file, as it is written: ``chat.session.get``."""
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_the_house_has_five_folders() -> None:
    tracked = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}

    assert tracked - {"__pycache__", "node_modules"} <= FOLDERS


@pytest.mark.parametrize("path", HANDLERS, ids=str)
def test_a_handler_is_a_plain_function_without_network_clock_sql_or_commit(path: Path) -> None:
    tree = parsed(path)
    coroutines = [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert [name for name in coroutines if name != "_never_called"] == []
    for call in calls(tree):
        last = call.split(".")[-1]
        assert last not in {"create_task", "commit", "get_bot", "now", "utcnow", "select"}, call
        assert not call.startswith(("chat.session.exec", "chat.session.scalar", "chat.session.query")), call
    assert [
        node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "block"
    ] == []


@pytest.mark.parametrize("path", STORE, ids=str)
def test_a_verb_neither_commits_nor_reads_the_clock(path: Path) -> None:
    if path.name in {"engine.py", "migrate.py"}:
        return
    for call in calls(parsed(path)):
        assert call.split(".")[-1] not in {"commit", "utcnow"}, call
        assert call not in {"datetime.now", "time.time", "date.today"}, call


@pytest.mark.parametrize("path", [*HANDLERS, *STORE], ids=str)
def test_words_people_read_are_in_templates(path: Path) -> None:
    """Chinese in Python is only what a person types (a command's words) or a model reads, and docstrings."""
    if path.name in {"commands.py"} or "analysis" in path.parts:
        return
    tree = parsed(path)
    typed = {
        id(arg)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "command"
        for arg in node.args
    }
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in typed | documented and not node.value.startswith("^")  # a pattern of what is typed
    ]

    assert [one for one in strings if any("\u4e00" <= letter <= "\u9fff" for letter in one)] == []
