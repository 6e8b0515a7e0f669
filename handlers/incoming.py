"""Read a Telegram message: its words, its files, and what is neither."""

import re
import unicodedata
from functools import cache
from typing import Any

from telegram import Message, Update
from telegram.ext import filters

from crm_store.service.conversation import Manner
from crm_store.service.transcript import File, Incoming
from handlers.words import Words

FILE_KINDS = ("document", "voice", "video", "video_note", "audio", "animation", "sticker")
OTHER_KINDS = ("location", "venue", "contact", "poll", "dice", "story", "game")
_NOISE = re.compile(r"[\W_]")
LONGEST = 40
"""A greeting or closer is short; anything longer says something."""


def read(message: Message) -> Incoming:
    """The message as the store takes it. Of an unforeseen kind is kept what kind it was."""
    kind, files, data = _content(message)
    return Incoming(
        chat_id=message.chat_id,
        telegram_id=message.message_id,
        kind=kind,
        text=message.text or message.caption or "",
        html=(message.text_html if message.text else message.caption_html) or None,
        data=data,
        files=files,
        media_group_id=message.media_group_id,
        reply_to=message.reply_to_message.message_id if message.reply_to_message else None,
    )


def _content(message: Message) -> tuple[str, tuple[File, ...], dict[str, Any] | None]:
    if message.text is not None:
        return "text", (), None
    if message.photo:
        largest = message.photo[-1]
        return "photo", (_file("photo", largest),), None
    for kind in ("animation", *FILE_KINDS):  # an animation also comes as a document
        found = getattr(message, kind, None)
        if found is not None:
            data = {"emoji": found.emoji} if kind == "sticker" and found.emoji else None
            return kind, (_file(kind, found),), data
    for kind in OTHER_KINDS:
        found = getattr(message, kind, None)
        if found is not None:
            return kind, (), found.to_dict()
    return "other", (), None


def _file(kind: str, found: Any) -> File:
    return File(
        kind=kind,
        file_id=found.file_id,
        file_unique_id=found.file_unique_id,
        file_name=getattr(found, "file_name", None),
        mime_type=getattr(found, "mime_type", None),
        size=found.file_size,
    )


def is_report(update: Update) -> bool:
    """Telegram tells something of its own (a pinned message, a timer): nobody said anything."""
    message = update.effective_message
    if message is not None and message.text:  # what most are, and asking all the filters takes long
        return False
    return bool(filters.StatusUpdate.ALL.check_update(update))


def manner_of(incoming: Incoming, words: Words) -> Manner:
    """A bare greeting, a closer (thanks, fine), or a message that says something."""
    if incoming.kind != "text":
        return Manner.PLAIN
    text = _folded(incoming.text)
    if _is_made_of(text, words.listed("lists", "closers")):
        return Manner.CLOSER
    if _is_made_of(text, words.listed("lists", "greetings")):
        return Manner.GREETING
    return Manner.PLAIN


def _is_made_of(text: str, phrases: frozenset[str]) -> bool:
    """True when a folded text is nothing but these phrases, in any number, with punctuation and spaces
    between."""
    alphabet, lengths = _shape(phrases)
    if not text or len(text) > LONGEST or not all(one in alphabet or _NOISE.match(one) for one in text):
        return False
    reached = {0: False}  # position -> whether a phrase was among what led there
    for end in range(1, len(text) + 1):
        starts = (end - length for length in lengths)
        if any(at in reached and text[at:end] in phrases and _whole(text, at, end) for at in starts):
            reached[end] = True
        elif end - 1 in reached and _NOISE.match(text[end - 1]):
            reached[end] = reached[end - 1]
    return reached.get(len(text), False)


@cache
def _shape(phrases: frozenset[str]) -> tuple[frozenset[str], tuple[int, ...]]:
    return frozenset("".join(phrases)), tuple({len(phrase) for phrase in phrases})


def _whole(text: str, start: int, end: int) -> bool:
    """Latin phrases end where words end: hi is no part of high. Han has no such gaps."""
    before = start > 0 and _is_latin(text[start]) and _is_latin(text[start - 1])
    after = end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end])
    return not before and not after


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return "".join(one for one in folded if unicodedata.category(one) not in {"Mn", "Cf", "Sk"}).strip()
