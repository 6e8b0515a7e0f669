"""What must not drift: who imports whom, and what handlers and verbs may not do."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
HANDLERS = sorted((ROOT / "handlers").rglob("*.py"))
STORE = [path for path in sorted((ROOT / "crm_store").rglob("*.py")) if "migrations" not in path.parts]
FOLDERS = {"bot", "handlers", "crm_store", "templates", "tests"}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def calls(path: Path) -> list[str]:
    """Every call in a file, as it is written: ``chat.session.get``."""
    return [ast.unparse(node.func) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]


def test_the_house_has_five_folders() -> None:
    tracked = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}

    assert tracked - {"__pycache__", "node_modules"} <= FOLDERS


def test_a_handler_is_a_plain_function_without_network_clock_sql_or_commit() -> None:
    slips = []
    for path in HANDLERS:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.AsyncFunctionDef) and node.name != "_never_called":
                slips.append((path, f"async def {node.name}"))
            if isinstance(node, ast.keyword) and node.arg == "block":
                slips.append((path, "block="))
        for call in calls(path):
            last = call.split(".")[-1]
            if last in {"create_task", "commit", "get_bot", "now", "utcnow", "select"}:
                slips.append((path, call))
            if call.startswith(("chat.session.exec", "chat.session.scalar", "chat.session.query")):
                slips.append((path, call))

    assert slips == []


def test_a_verb_neither_commits_nor_reads_the_clock() -> None:
    slips = [
        (path, call)
        for path in STORE
        if path.name not in {"engine.py", "migrate.py"}
        for call in calls(path)
        if call.split(".")[-1] in {"commit", "utcnow"} or call in {"datetime.now", "time.time", "date.today"}
    ]

    assert slips == []


def test_words_people_read_are_in_templates() -> None:
    """Chinese in Python is only what a person types (a command's words) or a model reads, and docstrings."""
    ours = [
        path
        for path in [*HANDLERS, *STORE]
        if path.name not in {"commands.py"} and "analysis" not in path.parts
    ]
    chinese = [(path, words) for path in ours for words in read(parsed(path)) if HAN.search(words)]

    assert chinese == []


HAN = re.compile("[\u4e00-\u9fff]")


def read(tree: ast.Module) -> list[str]:
    """The strings of a file that may reach a reader."""
    typed = {
        id(arg)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "command"
        for arg in node.args
    }
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in typed | documented and not node.value.startswith("^")  # a pattern of what is typed
    ]
