"""Reading an update, also one that is not quite as Telegram's library wants it.

The library refuses a whole update for one field that is missing or malformed deep inside (an older Bot API
server, a newer kind of content). What a customer said must not be lost over that: then only what can be read
is kept, and at least who wrote what where.
"""

from typing import Any

import structlog
from telegram import Bot, Message, PhotoSize, Update

from handlers import raw

log = structlog.get_logger()

_CORE = ("message_id", "date", "edit_date", "text", "caption", "media_group_id")
_PERSON = ("id", "is_bot", "first_name", "last_name", "username", "language_code")
_PLACE = ("id", "type", "title", "username", "first_name", "last_name")
_MESSAGES = ("message", "edited_message")


def parse(text: str, bot: Bot) -> Update:
    """The update in this JSON text. Raises whatever the library does when not even its core can be read."""
    data = raw.loads(text)
    try:
        update = Update.de_json(data, bot)
        assert update is not None
    except Exception as error:
        reduced = _reduce(data, bot) if isinstance(data, dict) else None
        if reduced is None:
            raise
        update = Update.de_json(reduced, bot)
        log.warning("an update was read in part", action="update_reduced", reason=repr(error))
    return update


def _reduce(data: dict[str, Any], bot: Bot) -> dict[str, Any] | None:
    """The update with a message of which everything that cannot be read is left out."""
    for name in _MESSAGES:
        if isinstance(data.get(name), dict):
            return {**_some(data, ("update_id",)), name: _message(data[name], bot)}
    tapped = data.get("callback_query")
    if isinstance(tapped, dict) and isinstance(tapped.get("message"), dict):
        return {**data, "callback_query": {**tapped, "message": _message(tapped["message"], bot)}}
    return None


def _message(whole: dict[str, Any], bot: Bot) -> dict[str, Any]:
    kept = _core(whole)
    if isinstance(whole.get("from"), dict):
        kept["from"] = _some(whole["from"], _PERSON)
    if isinstance(whole.get("reply_to_message"), dict):
        kept["reply_to_message"] = {**_core(whole["reply_to_message"])}
    for name, value in whole.items():
        if name in kept or name in _CORE:
            continue
        if name == "photo" and isinstance(value, list):
            value = [size for size in value if _is_readable(PhotoSize, size, bot)]
        elif isinstance(value, dict):
            value = {key: one for key, one in value.items() if key not in ("thumbnail", "thumb", "cover")}
        if value and _is_readable(Message, {**kept, name: value}, bot):
            kept[name] = value
    return kept


def _core(whole: dict[str, Any]) -> dict[str, Any]:
    core = _some(whole, _CORE)
    if isinstance(whole.get("chat"), dict):
        core["chat"] = _some(whole["chat"], _PLACE)
    return core


def _some(whole: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: whole[name] for name in names if name in whole}


def _is_readable(kind: type[Message] | type[PhotoSize], value: Any, bot: Bot) -> bool:
    try:
        return kind.de_json(value, bot) is not None
    except Exception:
        return False
