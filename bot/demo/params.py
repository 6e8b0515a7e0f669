"""Are the parameters of a call what the Bot API says they must be?

Stricter than Telegram on purpose: what Telegram ignores (an unknown parameter, a number where a text
belongs) is most often a mistake of the caller, and is refused here by name.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from bot.demo.api import Field, load_api
from bot.demo.files import Upload
from bot.demo.refusal import Refusal, bad_request

_WHOLE = re.compile(r"[+-]?\d{1,19}")
_BOOLEANS = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}
# Telegram's own words where it has some for a missing parameter
_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "video": "there is no video in the request",
    "audio": "there is no audio in the request",
    "voice": "there is no voice in the request",
    "sticker": "there is no sticker in the request",
    "animation": "there is no animation in the request",
    "video_note": "there is no video note in the request",
    "file_id": "file_id not specified",
    "media": "there are no messages to send",
}


def check_params(method: str, given: Mapping[str, Any], uploads: Mapping[str, Upload]) -> dict[str, Any]:
    """Typed parameters of a call, or a ``Refusal`` that names the first wrong one.

    Values come as texts (forms) or as JSON values (JSON bodies); an upload is the parameter of its name, or
    waits to be named by ``attach://``.
    """
    fields = load_api().methods[method]
    checked = {}
    for name, value in given.items():
        field = fields.get(name)
        if field is None:
            raise bad_request(f'unknown parameter "{name}"')
        if value is not None:
            checked[name] = _read_param(field, value)
    for name, upload in uploads.items():
        if name in fields:
            if "InputFile" not in fields[name].types:
                raise bad_request(f'parameter "{name}" must not be a file')
            checked[name] = upload
    for field in fields.values():
        if field.required and field.name not in checked:
            raise bad_request(_MISSING.get(field.name, f'parameter "{field.name}" is required'))
    return checked


def _read_param(field: Field, value: Any) -> Any:
    if isinstance(value, str):
        if "String" in field.types:
            return _checked_text(value)
        value = _parse_text(field, value)
    return _read(field.types, value, field.name)


def _checked_text(text: str) -> str:
    """JSON can smuggle in half characters; Telegram takes none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return text


def _parse_text(field: Field, text: str) -> Any:
    """A form carries numbers, truth values and JSON as text."""
    for kind in field.types:
        if kind == "Integer" and _WHOLE.fullmatch(text):
            return int(text)
        if kind == "Boolean" and text in _BOOLEANS:
            return _BOOLEANS[text]
        if kind == "Float":
            try:
                return _read(("Float",), float(text), field.name)
            except ValueError:
                continue
    if field.types[0] in ("Integer", "Boolean", "Float"):
        raise _mistyped(field.name, field.types)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise bad_request(f"can't parse {field.name} JSON object") from None


def _read(types: tuple[str, ...], value: Any, where: str) -> Any:
    """One value against its alternatives, down to the leaves."""
    for kind in types:
        if kind == "String" and isinstance(value, str):
            return _checked_text(value)
        if kind == "Boolean" and isinstance(value, bool):
            return value
        if kind == "Integer" and isinstance(value, int) and not isinstance(value, bool):
            return value
        if kind == "Float" and isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise _mistyped(where, types)
            return float(value)
    arrays = [kind.removeprefix("Array of ") for kind in types if kind.startswith("Array of ")]
    if arrays and isinstance(value, list):
        return [_read(tuple(arrays), item, where) for item in value]
    objects = _objects(types)
    if objects and isinstance(value, dict):
        return _read_object(objects, value, where)
    raise _mistyped(where, types)


def _objects(types: tuple[str, ...]) -> list[str]:
    """The concrete objects among alternatives: "InputMedia" stands for its members."""
    api = load_api()
    found: list[str] = []
    for kind in types:
        if kind in api.unions:
            found += _objects(api.unions[kind])
        elif kind in api.objects:
            found.append(kind)
    return found


def _read_object(kinds: list[str], value: dict[str, Any], where: str) -> dict[str, Any]:
    kind = _choose(kinds, value, where)
    fields = load_api().objects[kind]
    checked = {}
    for name, item in value.items():
        field = fields.get(name)
        if field is None:
            raise bad_request(f'unknown field "{name}" in {kind}')
        if item is not None:
            checked[name] = _read(field.types, item, name)
    for field in fields.values():
        if field.required and field.name not in checked:
            raise bad_request(f"can't parse {kind}: Can't find field \"{field.name}\"")
    return checked


def _choose(kinds: list[str], value: dict[str, Any], where: str) -> str:
    """The alternative that was meant: by its constant ("type"), else by the fields it needs and knows."""
    if len(kinds) == 1:
        return kinds[0]
    objects = load_api().objects
    fitting = [
        kind
        for kind in kinds
        if all(
            (field.constant is None or value.get(field.name) == field.constant)
            and (not field.required or field.name in value)
            for field in objects[kind].values()
        )
    ]
    if not fitting:
        if where == "reply_markup":
            raise bad_request("object expected as reply markup")
        raise bad_request(f'can\'t parse "{where}": none of {", ".join(kinds)}')
    return min(fitting, key=lambda kind: len(value.keys() - objects[kind].keys()))


def _mistyped(where: str, types: tuple[str, ...]) -> Refusal:
    return bad_request(f'field "{where}" must be of type {" or ".join(types)}')
