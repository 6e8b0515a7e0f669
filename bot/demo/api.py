"""The Bot API as a table: which methods there are, and what each of their parameters may be

``api_table.json`` is made by ``python -m bot.demo.api api.json`` from the machine-readable description of the
Bot API that the project PaulSonOfLars/telegram-bot-api-spec publishes (MIT).
"""

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("api_table.json")
_CONSTANT = re.compile(r'(?:must be|always) "?([a-z0-9_]+)"?$')


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of a method or one field of an object.

    ``types`` are alternatives in Telegram's words ("Integer", "Array of MessageEntity");
    ``constant`` is the only value a discriminating field ("type") may have.
    """

    name: str
    types: tuple[str, ...]
    required: bool
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """Every method with its parameters, every object they are made of, and the kinds of update."""

    version: str
    methods: dict[str, dict[str, Field]]
    objects: dict[str, dict[str, Field]]
    unions: dict[str, tuple[str, ...]]
    updates: tuple[str, ...]
    reactions: frozenset[str]


@cache
def load_api() -> Api:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    return Api(
        version=table["version"],
        methods={name: _fields(spec) for name, spec in table["methods"].items()},
        objects={name: _fields(spec) for name, spec in table["objects"].items()},
        unions={name: tuple(members) for name, members in table["unions"].items()},
        updates=tuple(table["updates"]),
        reactions=frozenset(table["reactions"]),
    )


def _fields(spec: dict[str, str]) -> dict[str, Field]:
    """Read ``{"chat_id": "Integer|String!"}``; "!" marks a required field, "=x" its only value."""
    fields = {}
    for name, told in spec.items():
        kinds, _, constant = told.partition("=")
        fields[name] = Field(name, tuple(kinds.rstrip("!").split("|")), kinds.endswith("!"), constant or None)
    return fields


def make_table(source: dict[str, Any]) -> dict[str, Any]:
    """Condense the published description to what a strict server needs to refuse bad calls."""
    objects: dict[str, dict[str, str]] = {}
    unions: dict[str, list[str]] = {}

    def reach(kind: str) -> None:
        kind = kind.rsplit("Array of ", 1)[-1]
        described = source["types"].get(kind)
        if described is None or kind == "InputFile" or kind in objects or kind in unions:
            return
        if "subtypes" in described:
            unions[kind] = described["subtypes"]
            members = described["subtypes"]
        else:
            objects[kind] = {field["name"]: _condense(field) for field in described.get("fields", [])}
            members = [kind for field in described.get("fields", []) for kind in field["types"]]
        for member in members:
            reach(member)

    methods = {}
    for name, method in source["methods"].items():
        methods[name] = {field["name"]: _condense(field) for field in method.get("fields", [])}
        for field in method.get("fields", []):
            for kind in field["types"]:
                reach(kind)
    emoji = next(f for f in source["types"]["ReactionTypeEmoji"]["fields"] if f["name"] == "emoji")
    return {
        "version": source["version"],
        "updates": [field["name"] for field in source["types"]["Update"]["fields"][1:]],
        "reactions": re.findall(r'"([^"]+)"', emoji["description"]),
        "methods": methods,
        "objects": dict(sorted(objects.items())),
        "unions": dict(sorted(unions.items())),
    }


def _condense(field: dict[str, Any]) -> str:
    told = "|".join(field["types"]) + ("!" if field["required"] else "")
    if field["name"] in ("type", "source") and field["required"]:
        constant = _CONSTANT.search(field["description"])
        if constant:
            told += f"={constant[1]}"
    return told


def main() -> None:
    source = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    TABLE.write_text(_layout(make_table(source)), encoding="utf-8")


def _layout(table: dict[str, Any]) -> str:
    """One line for each method and object, so that a new Bot API shows as a readable difference."""
    parts = []
    for key, value in table.items():
        told = json.dumps(value, ensure_ascii=False)
        if isinstance(value, dict):
            lines = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in value.items()]
            told = "{\n" + ",\n".join(lines) + "\n}"
        parts.append(f"{json.dumps(key)}: {told}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
