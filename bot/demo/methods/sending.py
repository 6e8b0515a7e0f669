"""sendMessage and its relatives without a file, and how any message of the bot gets into a chat"""

import re

from bot.demo import attachments
from bot.demo.chats import Chat, Json, Message
from bot.demo.markup import read_inline, read_reply_keyboard
from bot.demo.methods.call import Call, find_chat
from bot.demo.refusal import bad_request
from bot.demo.texts import read_caption, read_text

ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    }
)  # fmt: skip


def send_message(call: Call) -> Json:
    return post(call, read_text(call.params)).body


def post(call: Call, body: Json, *, caption: bool = False) -> Message:
    """Check what all sends have in common and show the message. ``caption``: the kind can have one."""
    chat = call.writable_chat()
    if caption:
        body |= read_caption(call.params)
    markup = call.params.get("reply_markup")
    inline, keyboard = read_inline(markup), read_reply_keyboard(markup)
    topic = call.topic(chat)
    replied = find_replied(call, chat)
    call.admit(chat)
    if replied is not None:
        body["reply_to_message"] = replied.quoted()
    if inline is not None:
        body["reply_markup"] = inline
    if call.params.get("protect_content"):
        body["has_protected_content"] = True
    body["from"] = call.world.me_user()
    message = call.world.add_message(chat, body, by_bot=True, topic=topic)
    message.reply_keyboard = keyboard
    call.world.note_sent(call.method, message)
    return message


def find_replied(call: Call, chat: Chat) -> Message | None:
    """The message that is replied to; a missing one is refused unless the call allows it."""
    reply = call.params.get("reply_parameters")
    if reply is None:
        return None
    where = find_chat(call.world, reply["chat_id"]) if "chat_id" in reply else chat
    message = where.messages.get(reply["message_id"])
    if message is None or message.deleted:
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    quote = reply.get("quote", "")
    if quote and quote not in message.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    return message


def send_location(call: Call) -> Json:
    return post(call, {"location": _place(call.params)}).body


def send_venue(call: Call) -> Json:
    place = _place(call.params)
    venue = {"location": place, "title": call.params["title"], "address": call.params["address"]}
    return post(call, {"venue": venue, "location": place}).body


def _place(params: Json) -> Json:
    latitude, longitude = params["latitude"], params["longitude"]
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("invalid location specified")
    return {"latitude": latitude, "longitude": longitude}


def send_contact(call: Call) -> Json:
    phone = re.sub(r"[^\d+]", "", call.params["phone_number"])
    if not phone or not call.params["first_name"]:
        raise bad_request("contact has no phone number or first name")
    names = ("first_name", "last_name", "vcard")
    contact = {name: call.params[name] for name in names if name in call.params}
    return post(call, {"contact": {"phone_number": phone} | contact}).body


def send_dice(call: Call) -> Json:
    emoji = call.params.get("emoji", "🎲")
    if emoji not in attachments.DICE_FACES:
        raise bad_request("DICE_EMOTICON_INVALID")
    return post(call, attachments.dice(call.world, emoji)).body


def send_poll(call: Call) -> Json:
    params = call.params
    options = [option["text"] for option in params["options"]]
    if not 1 <= len(params["question"]) <= 300:
        raise bad_request("poll question length must be from 1 to 300")
    if not 1 <= len(options) <= 12:
        raise bad_request("poll must have from 1 to 12 options")
    if not all(1 <= len(option) <= 100 for option in options):
        raise bad_request("poll options length must be from 1 to 100")
    kind = params.get("type", "regular")
    if kind not in ("regular", "quiz"):
        raise bad_request("unsupported poll type specified")
    correct = params.get("correct_option_ids", [])
    if kind == "quiz" and (not correct or not all(0 <= each < len(options) for each in correct)):
        raise bad_request("wrong correct option ID specified")
    settings = {
        "type": kind,
        "is_anonymous": params.get("is_anonymous", True),
        "allows_multiple_answers": params.get("allows_multiple_answers", False),
        "allows_revoting": params.get("allows_revoting", kind == "regular"),
    }
    return post(call, attachments.poll(call.world, params["question"], options, **settings)).body


def send_chat_action(call: Call) -> bool:
    if call.params["action"] not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.writable_chat()
    if call.world.is_watched and (chat.person is None or chat.person.is_shown):
        call.world.tell({"type": "typing", "person": chat.id})
    return True
