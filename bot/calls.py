"""A row of the outbox as a call to Telegram, and what its answer says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telegram import Bot, InputFile

from crm_store.mailbox.sending import Claimed
from handlers import html

FORMATTING = ("parse_mode", "entities", "caption_entities")
WITHOUT_CHAT = ("setMyCommands", "deleteMyCommands")
"""Calls that name the chat in their scope, or none."""

FILE_PARAMETERS = {"sendVideoNote": "video_note"}


@dataclass(frozen=True)
class Answer:
    """The messages a call made or changed, and Telegram's name for the file it carried."""

    places: Sequence[int] = ()
    telegram_file_id: str | None = None


async def post(bot: Bot, method: str, params: dict[str, Any], *, read_timeout: float | None = None) -> Any:
    """Any method with plain values, and its plain result.

    Neither ``do_api_request``, which warns about every method that python-telegram-bot has a function for,
    nor its ``_post``, which wants its own objects inside.
    """
    if read_timeout is None:
        return await bot._do_post(method, params)
    return await bot._do_post(method, params, read_timeout=read_timeout)


async def call(bot: Bot, row: Claimed) -> Answer:
    """Make the call. Raises python-telegram-bot's errors."""
    params: dict[str, Any] = dict(row.params)
    if row.method not in WITHOUT_CHAT:
        params["chat_id"] = row.chat_id
    if row.edited is not None:
        params["message_id"] = row.edited
    if row.upload is not None:
        known = row.upload.telegram_file_id
        params[_file_parameter(row.method)] = known or InputFile(
            row.upload.data or b"", filename=row.upload.name, attach=False
        )
    result = await post(bot, row.method, params)
    uploaded = row.upload is not None and row.upload.telegram_file_id is None
    return Answer(_places(result), _file_of(row.method, result) if uploaded else None)


def _file_parameter(method: str) -> str:
    """sendDocument carries a ``document``."""
    return FILE_PARAMETERS.get(method, method.removeprefix("send").lower())


def _places(result: Any) -> list[int]:
    messages = result if isinstance(result, list) else [result]
    return [one["message_id"] for one in messages if isinstance(one, dict) and "message_id" in one]


def _file_of(method: str, result: Any) -> str | None:
    found = result.get(_file_parameter(method)) if isinstance(result, dict) else None
    largest = found[-1] if isinstance(found, list) and found else found
    file_id = largest.get("file_id") if isinstance(largest, dict) else None
    return file_id if isinstance(file_id, str) else None


def as_plain(params: dict[str, Any]) -> dict[str, Any]:
    """The same message without its formatting."""
    kept = {name: value for name, value in params.items() if name not in FORMATTING}
    if "parse_mode" in params:
        kept |= {name: html.plain(kept[name]) for name in ("text", "caption") if name in kept}
    if isinstance(kept.get("media"), list):
        kept["media"] = [as_plain(one) if isinstance(one, dict) else one for one in kept["media"]]
    return kept


def is_formatted(params: dict[str, Any]) -> bool:
    return as_plain(params) != params


def weight(row: Claimed) -> int:
    """How many messages a call makes: an album counts by its pictures."""
    media = row.params.get("media")
    return len(media) if row.method == "sendMediaGroup" and isinstance(media, list) else 1
