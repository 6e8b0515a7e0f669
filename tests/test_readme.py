"""What the README says can be done."""

import re
from pathlib import Path

from handlers.commands import Command
from handlers.registry import HANDLERS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_opens_with_a_picture_and_every_file_it_names_is_there() -> None:
    named = re.findall(r"\]\((?!http)([^)]+)\)", README)

    assert re.findall(r"!\[[^\]]+\]\((.+)\)", README)[0] == "bot/demo/demo.png"
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_command_it_names_exists() -> None:
    known = {one.name for one in HANDLERS if isinstance(one, Command)} | {"newbot", "setinline"}

    assert set(re.findall(r"`/([a-z]+)(?=[ `])", README)) - {"healthz", "readyz", "metrics"} <= known


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))

    assert set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.M)) <= targets
