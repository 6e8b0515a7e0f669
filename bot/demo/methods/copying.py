"""Copies and forwards of messages"""

from bot.demo.chats import Chat, Json, Message
from bot.demo.methods.call import Call, find_chat
from bot.demo.methods.sending import post
from bot.demo.refusal import bad_request

# what a message says, as opposed to who said it when and what hangs on it
_CONTENT = (
    "text", "entities", "caption", "caption_entities", "photo", "video", "animation", "document", "audio",
    "voice", "video_note", "sticker", "location", "venue", "contact", "dice", "poll",
)  # fmt: skip


def copy_message(call: Call) -> Json:
    source = _source(call, call.params["message_id"], "copy")
    return {"message_id": _copy(call, source).message_id}


def copy_messages(call: Call) -> list[Json]:
    """Messages that are not there are passed over, as Telegram does."""
    return [{"message_id": _copy(call, source).message_id} for source in _sources(call)]


def _copy(call: Call, source: Message) -> Message:
    content = _content(source)
    if "caption" in call.params:
        content.pop("caption", None)
        content.pop("caption_entities", None)
    elif call.params.get("remove_caption"):
        content.pop("caption", None)
    return post(call, content, caption="caption" in call.params)


def forward_message(call: Call) -> Json:
    return _forward(call, _source(call, call.params["message_id"], "forward")).body


def forward_messages(call: Call) -> list[Json]:
    return [{"message_id": _forward(call, source).message_id} for source in _sources(call)]


def _forward(call: Call, source: Message) -> Message:
    origin = source.body.get("forward_origin") or {
        "type": "user",
        "sender_user": source.body["from"],
        "date": source.body["date"],
    }
    return post(call, _content(source) | {"forward_origin": origin})


def _source(call: Call, message_id: int, verb: str) -> Message:
    message = _from_chat(call).messages.get(message_id)
    if message is None or message.deleted:
        raise bad_request(f"message to {verb} not found")
    if not _content(message) or message.body.get("has_protected_content"):
        raise bad_request(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return message


def _sources(call: Call) -> list[Message]:
    ids = call.params["message_ids"]
    if not 1 <= len(ids) <= 100:
        raise bad_request("there must be 1 to 100 message identifiers")
    messages = (_from_chat(call).messages.get(message_id) for message_id in ids)
    found = [message for message in messages if message is not None and not message.deleted]
    if not found:
        raise bad_request("there are no messages to copy or forward")
    return found


def _from_chat(call: Call) -> Chat:
    return find_chat(call.world, call.params["from_chat_id"])


def _content(message: Message) -> Json:
    return {key: value for key, value in message.body.items() if key in _CONTENT}
