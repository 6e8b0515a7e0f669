"""Changing and removing messages that are there already"""

from bot.demo.api import load_api
from bot.demo.chats import Json, Message
from bot.demo.markup import read_inline
from bot.demo.methods.call import Call
from bot.demo.methods.media import file_body
from bot.demo.refusal import bad_request
from bot.demo.texts import read_caption, read_text

DELETABLE_SECONDS = 48 * 3600
_MEDIA = ("photo", "video", "animation", "document", "audio", "voice")


def edit_message_text(call: Call) -> Json:
    if "text" not in call.params:
        raise bad_request("message text is empty")
    message = _editable(call)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    return _change(call, message, read_text(call.params), ("text", "entities"))


def edit_message_caption(call: Call) -> Json:
    message = _editable(call)
    if not any(kind in message.body for kind in _MEDIA):
        raise bad_request("there is no caption in the message to edit")
    return _change(call, message, read_caption(call.params), ("caption", "caption_entities"))


def edit_message_media(call: Call) -> Json:
    """Another file, of whatever kind, in the place of the old one; its caption comes with it."""
    message, item = _editable(call), call.params["media"]
    if not any(kind in message.body for kind in _MEDIA):
        raise bad_request("there is no media in the message to edit")
    if item["type"] not in _MEDIA:
        raise bad_request(f"type {item['type']} is not supported for the media")
    content = file_body(call, item["type"], item["media"], item) | read_caption(item)
    return _change(call, message, content, (*_MEDIA, "caption", "caption_entities"))


def edit_message_reply_markup(call: Call) -> Json:
    return _change(call, _editable(call), {}, ())


def _editable(call: Call) -> Message:
    if "inline_message_id" in call.params:
        raise bad_request("MESSAGE_ID_INVALID")
    if "chat_id" not in call.params:
        raise bad_request("chat_id is empty")
    if "message_id" not in call.params:
        raise bad_request("message identifier is not specified")
    call.writable_chat()
    message = call.message("message to edit not found")
    # Telegram lets nobody change a message that carries a reply keyboard
    if not message.by_bot or message.reply_keyboard is not None or "forward_origin" in message.body:
        raise bad_request("message can't be edited")
    return message


def _change(call: Call, message: Message, content: Json, replaces: tuple[str, ...]) -> Json:
    """Replace what the call replaces and the keyboard; a call without one takes the keyboard away."""
    inline = read_inline(call.params.get("reply_markup"))
    old = {key: message.body.get(key) for key in (*replaces, "reply_markup")}
    new = {key: content.get(key) for key in replaces} | {"reply_markup": inline}
    if old == new:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    call.admit(message.chat)
    for key, value in new.items():
        if value is None:
            message.body.pop(key, None)
        else:
            message.body[key] = value
    if replaces:
        # a change of buttons alone does not mark the message as edited
        message.body["edit_date"] = call.world.now()
    call.world.tell_message("edit", message)
    return message.body


def delete_message(call: Call) -> bool:
    chat = call.chat()
    message = chat.messages.get(call.params["message_id"])
    if message is None or message.deleted:
        raise bad_request("message to delete not found")
    if not _deletable(call, message):
        raise bad_request("message can't be deleted")
    call.world.remove_message(message)
    return True


def delete_messages(call: Call) -> bool:
    """Ids that are not there are passed over, as Telegram does."""
    chat, ids = call.chat(), call.params["message_ids"]
    if not 1 <= len(ids) <= 100:
        raise bad_request("there must be 1 to 100 message identifiers")
    for message_id in ids:
        message = chat.messages.get(message_id)
        if message is not None and not message.deleted and _deletable(call, message):
            call.world.remove_message(message)
    return True


def _deletable(call: Call, message: Message) -> bool:
    if call.world.clock() - message.body["date"] > DELETABLE_SECONDS:
        return False
    return message.by_bot or message.chat.person is not None or message.chat.bot_status == "administrator"


def set_message_reaction(call: Call) -> bool:
    message = call.message("message to react not found")
    reactions = call.params.get("reaction", [])
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in reactions:
        if reaction["type"] != "emoji" or reaction["emoji"] not in load_api().reactions:
            raise bad_request("REACTION_INVALID")
    message.reactions = [reaction["emoji"] for reaction in reactions]
    call.world.tell_message("edit", message)
    return True
