"""Messages with a file: pictures, documents, films, sounds, stickers, albums"""

from bot.demo import attachments
from bot.demo.chats import Json
from bot.demo.files import Upload
from bot.demo.methods.call import Call
from bot.demo.methods.sending import post
from bot.demo.refusal import Refusal, bad_request
from bot.demo.texts import read_caption

_ALBUM_KINDS = {"photo", "video", "document", "audio"}


def send_file(call: Call) -> Json:
    """sendPhoto, sendDocument, sendVideo, sendAnimation, sendAudio, sendVoice: the kind is in the name."""
    kind = call.method.removeprefix("send").lower()
    return post(call, file_body(call, kind, call.params[kind], call.params), caption=True).body


def send_video_note(call: Call) -> Json:
    return post(call, file_body(call, "video_note", call.params["video_note"], call.params)).body


def send_sticker(call: Call) -> Json:
    stored = call.file("sticker", call.params["sticker"])
    return post(call, attachments.sticker(call.world, stored, call.params.get("emoji"))).body


def send_media_group(call: Call) -> list[Json]:
    """2–10 files as one album; every one is checked before the first is shown."""
    items = call.params["media"]
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) < 2:
        raise bad_request("too few messages to send as an album")
    if len(items) > 10:
        raise bad_request("too many messages to send as an album")
    kinds = {item["type"] for item in items}
    for kind in kinds - _ALBUM_KINDS:
        raise Refusal(501, f"Not Implemented by this stand-in: {kind} in an album")
    for kind in ("document", "audio"):
        if kind in kinds and len(kinds) > 1:
            raise bad_request(f"{kind} can't be mixed with other media types")
    bodies = [file_body(call, item["type"], item["media"], item) | read_caption(item) for item in items]
    album = {"media_group_id": call.world.next_id()}
    call.admit(call.writable_chat(), messages=len(bodies))
    return [post(call, body | album).body for body in bodies]


def file_body(call: Call, kind: str, sent: str | Upload, told: Json) -> Json:
    """The file's part of the message; ``told`` holds what the caller says about it."""
    stored = call.file(kind, sent)
    if "thumbnail" in told:
        # it must be there; what it shows is nobody's business here
        call.file("thumbnail", told["thumbnail"])
    numbers = {name: told[name] for name in ("width", "height", "duration") if name in told}
    if kind == "photo":
        return attachments.photo_body(call.world, stored)
    if kind == "document":
        return attachments.document_body(stored)
    if kind in ("video", "animation", "video_note"):
        return attachments.film_body(kind, stored, **numbers)
    return attachments.sound_body(kind, stored, duration=told.get("duration", 0))
