"""What a person of the desk wrote, as calls that bring it to the customer."""

from dataclasses import dataclass
from typing import Any

from crm_store.service.transcript import Incoming
from handlers.html import split

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
ALBUM_LIMIT = 10
CAPTIONED = {
    "photo": "sendPhoto",
    "video": "sendVideo",
    "document": "sendDocument",
    "audio": "sendAudio",
    "voice": "sendVoice",
    "animation": "sendAnimation",
}
BARE = {"sticker": "sendSticker", "video_note": "sendVideoNote"}
ALBUMS = ({"photo", "video"}, {"document"}, {"audio"})
"""Kinds that Telegram puts into one album together."""


@dataclass(frozen=True)
class Call:
    method: str
    params: dict[str, Any]


def calls(incoming: Incoming, html: str) -> list[Call]:
    """The messages that carry it, in order. ``html`` is its text or caption as the customer is to read it.

    Files go by Telegram's own id; what is neither text nor file (a place, a contact, a poll) is copied.
    """
    if incoming.kind == "text":
        return [text(part) for part in split(html, TEXT_LIMIT)]
    if incoming.kind in CAPTIONED and incoming.files:
        caption, *rest = split(html, TEXT_LIMIT, first=CAPTION_LIMIT) if html else [""]
        file = {incoming.kind: incoming.files[0].file_id}
        return [Call(CAPTIONED[incoming.kind], file | _caption(caption)), *(text(part) for part in rest)]
    if incoming.kind in BARE and incoming.files:
        return [Call(BARE[incoming.kind], {incoming.kind: incoming.files[0].file_id})]
    source = {"from_chat_id": incoming.chat_id, "message_id": incoming.telegram_id}
    return [Call("copyMessage", source)]


def text(html: str) -> Call:
    return Call(
        "sendMessage", {"text": html, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    )


def item(call: Call) -> dict[str, Any] | None:
    """The call's file as one of an album; None for what no album takes."""
    for kind in ("photo", "video", "document", "audio"):
        if call.method == CAPTIONED[kind]:
            return {"type": kind, "media": call.params[kind]} | caption_of(call)
    return None


def caption_of(call: Call) -> dict[str, Any]:
    return {key: call.params[key] for key in ("caption", "parse_mode") if key in call.params}


def single(item: dict[str, Any]) -> Call:
    """An album of one, which Telegram takes for no album."""
    kind = item["type"]
    caption = {key: item[key] for key in ("caption", "parse_mode") if key in item}
    return Call(CAPTIONED[kind], {kind: item["media"]} | caption)


def items(call: Call) -> list[dict[str, Any]]:
    """The files of a call that an album may hold."""
    if call.method == "sendMediaGroup":
        return list(call.params["media"])
    one = item(call)
    return [one] if one is not None else []


def album(parts: list[dict[str, Any]]) -> Call:
    return single(parts[0]) if len(parts) == 1 else Call("sendMediaGroup", {"media": parts})


def may_join(parts: list[dict[str, Any]], one: dict[str, Any]) -> bool:
    """True when Telegram would show ``one`` in the same album."""
    kinds = {part["type"] for part in (*parts, one)}
    return 0 < len(parts) < ALBUM_LIMIT and any(kinds <= album for album in ALBUMS)


def _caption(html: str) -> dict[str, Any]:
    return {"caption": html, "parse_mode": "HTML"} if html else {}
