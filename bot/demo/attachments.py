"""The parts of a message that are not text, as both people and the bot send them"""

from bot.demo.chats import Json
from bot.demo.core import Core
from bot.demo.files import StoredFile, Upload
from bot.demo.pictures import draw_png, image_size

DICE_FACES = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}


def photo(core: Core, upload: Upload | None) -> Json:
    """A picture; without bytes, one of a single random colour."""
    if upload is None:
        red, green, blue = (core.random.randrange(90, 230) for _ in range(3))
        upload = Upload(draw_png(320, 240, (red, green, blue)), "picture.png", "image/png")
    return photo_body(core, core.files.add("photo", upload))


def photo_body(core: Core, stored: StoredFile) -> Json:
    """Telegram keeps several sizes of a picture; a message always lists all of them, smallest first."""
    known = core.files.photo_sizes.get(stored.file_id)
    if known is None:
        width, height = image_size(stored.read())
        known = []
        for side in (90, 320):
            if max(width, height) > side:
                scale = side / max(width, height)
                smaller = core.files.add("photo", Upload(stored.read(), stored.name, stored.mime))
                known.append(_size(smaller, max(1, int(width * scale)), max(1, int(height * scale))))
        known.append(_size(stored, width, height))
        for size in known:
            core.files.photo_sizes[size["file_id"]] = known
    return {"photo": known}


def _size(stored: StoredFile, width: int, height: int) -> Json:
    return _file(stored) | {"width": width, "height": height}


def document(core: Core, upload: Upload, *, size: int | None = None) -> Json:
    return document_body(core.files.add("document", upload, size=size))


def document_body(stored: StoredFile) -> Json:
    body = _file(stored) | {"mime_type": stored.mime}
    if stored.name:
        body["file_name"] = stored.name
    return {"document": body}


def voice(core: Core, upload: Upload, duration: int) -> Json:
    stored = core.files.add("voice", upload)
    return {"voice": _file(stored) | {"duration": duration, "mime_type": stored.mime}}


def video(core: Core, upload: Upload) -> Json:
    return film_body("video", core.files.add("video", upload))


def video_note(core: Core, upload: Upload) -> Json:
    return film_body("video_note", core.files.add("video_note", upload))


def film_body(
    kind: str, stored: StoredFile, *, width: int = 320, height: int = 240, duration: int = 3
) -> Json:
    """A video, an animation or a round video note; nobody looks into the file, the caller's numbers stand."""
    if kind == "video_note":
        return {kind: _file(stored) | {"length": 240, "duration": duration}}
    body = {
        kind: _file(stored)
        | {"width": width, "height": height, "duration": duration, "mime_type": stored.mime}
        | ({"file_name": stored.name} if stored.name else {})
    }
    if kind == "animation":
        # older clients know no animations, so Telegram repeats it as a document
        body |= document_body(stored)
    return body


def sound_body(kind: str, stored: StoredFile, *, duration: int = 0) -> Json:
    body = _file(stored) | {"duration": duration, "mime_type": stored.mime}
    if kind == "audio" and stored.name:
        body["file_name"] = stored.name
    return {kind: body}


def sticker(core: Core, stored: StoredFile | None, emoji: str | None) -> Json:
    if stored is None:
        stored = core.files.add(
            "sticker", Upload(draw_png(64, 64, (240, 200, 80)), "sticker.png", "image/png")
        )
    body = _file(stored) | {
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    }
    return {"sticker": body | ({"emoji": emoji} if emoji else {})}


def dice(core: Core, emoji: str) -> Json:
    return {"dice": {"emoji": emoji, "value": core.random.randint(1, DICE_FACES[emoji])}}


def poll(core: Core, question: str, options: list[str], **settings: object) -> Json:
    body: Json = {
        "id": core.next_id(),
        "question": question,
        "options": [
            {"persistent_id": str(number), "text": option, "voter_count": 0}
            for number, option in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }
    return {"poll": body | settings}


def _file(stored: StoredFile) -> Json:
    return {"file_id": stored.file_id, "file_unique_id": stored.unique_id, "file_size": stored.size}
