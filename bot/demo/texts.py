"""Texts and captions a bot sends: parsed, tidied, measured"""

from typing import Any

from bot.demo.detect import find_entities, utf16_length
from bot.demo.entities import parse_html
from bot.demo.refusal import Refusal, bad_request

Json = dict[str, Any]

MAX_TEXT = 4096
MAX_CAPTION = 1024
_CODE = ("code", "pre")
_QUOTES = ("blockquote", "expandable_blockquote")


def read_text(params: Json) -> Json:
    """``text`` and ``entities`` of a message from a call's parameters; measured after parsing."""
    text, entities = _read(params, "text", "entities", "parse_mode")
    if not text:
        raise bad_request("message text is empty")
    if len(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def read_caption(params: Json) -> Json:
    """``caption`` and ``caption_entities``; an empty caption is none."""
    if not params.get("caption"):
        return {}
    text, entities = _read(params, "caption", "caption_entities", "parse_mode")
    if len(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text} | ({"caption_entities": entities} if entities else {})


def _read(params: Json, text_name: str, entities_name: str, mode_name: str) -> tuple[str, list[Json]]:
    text = params.get(text_name, "")
    mode = params.get(mode_name, "").lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode in ("markdown", "markdownv2"):
        raise Refusal(501, f"Not Implemented by this stand-in: parse_mode {params[mode_name]}")
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        entities = [_checked(entity, text) for entity in params.get(entities_name, [])]
    return tidy(text, entities)


def _checked(entity: Json, text: str) -> Json:
    if entity["offset"] < 0 or entity["length"] <= 0:
        raise bad_request("entity has a negative offset or no length")
    if entity["offset"] + entity["length"] > utf16_length(text):
        raise bad_request("entity reaches beyond the end of the text")
    return entity


def tidy(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """As Telegram shows it: no blanks around the text, nothing inside code, links found by themselves."""
    text, entities = _without_returns(text, entities)
    stripped = text.lstrip()
    if any(entity["type"] in _CODE and entity["offset"] == 0 for entity in entities):
        stripped = text
    cut = utf16_length(text) - utf16_length(stripped)
    text = stripped.rstrip()
    end = utf16_length(text)
    kept = []
    for entity in entities:
        first = max(0, entity["offset"] - cut)
        last = min(end, entity["offset"] + entity["length"] - cut)
        if last > first:
            told = {key: value for key, value in entity.items() if not key.startswith("_")}
            kept.append(told | {"offset": first, "length": last - first})
    code = [entity for entity in kept if entity["type"] in _CODE]
    kept = [e for e in kept if e["type"] in _CODE + _QUOTES or not any(_overlap(e, block) for block in code)]
    closed = [e for e in kept if e["type"] in (*_CODE, "text_link", "text_mention", "custom_emoji")]
    kept += [e for e in find_entities(text) if not any(_overlap(e, other) for other in closed)]
    kept.sort(key=lambda e: (e["offset"], -e["length"]))
    return text, kept


def _overlap(one: Json, other: Json) -> bool:
    first, last = one["offset"], one["offset"] + one["length"]
    return bool(first < other["offset"] + other["length"] and other["offset"] < last)


def _without_returns(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Carriage returns vanish, and what stands behind them moves up."""
    if "\r" not in text:
        return text, entities
    removed = [utf16_length(text[:at]) for at, char in enumerate(text) if char == "\r"]

    def moved(offset: int) -> int:
        return offset - sum(at < offset for at in removed)

    shifted = []
    for entity in entities:
        first, last = moved(entity["offset"]), moved(entity["offset"] + entity["length"])
        shifted.append(entity | {"offset": first, "length": last - first})
    return text.replace("\r", ""), shifted
