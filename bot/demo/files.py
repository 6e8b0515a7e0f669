"""Files people and the bot have sent: their ids, their bytes, where they are downloaded"""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from bot.demo.pictures import image_size
from bot.demo.refusal import Refusal, bad_request

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024

# the first letters of a file_id tell its kind, as Telegram's do: AgAC… a photo, BQAC… a document
_PREFIX = {
    "photo": "AgAC", "document": "BQAC", "video": "BAAC", "animation": "CgAC", "audio": "CQAC",
    "voice": "AwAC", "video_note": "DQAC", "sticker": "CAAC", "thumbnail": "AAMC",
}  # fmt: skip
_FOLDER = {
    "photo": "photos", "document": "documents", "video": "videos", "animation": "animations",
    "audio": "music", "voice": "voice", "video_note": "video_notes", "sticker": "stickers",
    "thumbnail": "thumbnails",
}  # fmt: skip
_EXTENSION = {
    "photo": "jpg", "video": "mp4", "animation": "mp4", "audio": "mp3", "voice": "oga",
    "video_note": "mp4", "sticker": "webp", "thumbnail": "jpg", "document": "bin",
}  # fmt: skip
_MIME = {
    "photo": "image/jpeg", "video": "video/mp4", "animation": "video/mp4", "audio": "audio/mpeg",
    "voice": "audio/ogg", "video_note": "video/mp4", "sticker": "image/webp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that came with a call or from a person's device."""

    data: bytes
    name: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file the stand-in knows; ``data`` is None for one of which only the size is pretended."""

    file_id: str
    unique_id: str
    kind: str
    path: str
    name: str
    mime: str
    size: int
    data: bytes | None

    def read(self) -> bytes:
        return self.data if self.data is not None else bytes(self.size)


class Files:
    """All files by their id and by their download path."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self.photo_sizes: dict[str, list[dict[str, Any]]] = {}

    def add(self, kind: str, upload: Upload, *, size: int | None = None) -> StoredFile:
        """Keep an upload; with ``size`` only its length is kept, and zeros are served."""
        extension = upload.name.rpartition(".")[2] if "." in upload.name else _EXTENSION[kind]
        noise = secrets.token_bytes(24)
        stored = StoredFile(
            file_id=_PREFIX[kind] + base64.urlsafe_b64encode(noise + b"demo").decode().rstrip("="),
            unique_id=base64.urlsafe_b64encode(noise[:10]).decode().rstrip("="),
            kind=kind,
            path=f"{_FOLDER[kind]}/file_{len(self._by_id)}.{extension}",
            name=upload.name,
            mime=upload.mime or _MIME.get(kind, "application/octet-stream"),
            size=len(upload.data) if size is None else size,
            data=upload.data if size is None else None,
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def open(self, path: str) -> StoredFile:
        """The file to download at a ``file_path``, within the limit for bots."""
        stored = self._by_path.get(path)
        if stored is None:
            raise Refusal(404, "Not Found")
        if stored.size > MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        return stored

    def take(self, kind: str, sent: "str | Upload") -> StoredFile:
        """The file a bot sends: a known file_id of this kind, or a new upload within the limits."""
        if isinstance(sent, Upload):
            check_upload(kind, sent)
            return self.add(kind, sent)
        known = self._by_id.get(sent)
        if known is None:
            if sent.startswith(("http://", "https://")):
                raise bad_request("failed to get HTTP URL content")
            raise bad_request("wrong file identifier/HTTP URL specified")
        if known.kind != kind:
            raise bad_request(f"can't use file of type {_title(known.kind)} as {_title(kind)}")
        return known


def check_upload(kind: str, upload: Upload) -> None:
    if len(upload.data) > MAX_UPLOAD_BYTES:
        raise Refusal(413, "Request Entity Too Large")
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        if len(upload.data) > MAX_PHOTO_BYTES:
            raise bad_request(
                f"file of size {len(upload.data)} bytes is too big for a photo; "
                f"the maximum size is {MAX_PHOTO_BYTES} bytes"
            )
        width, height = image_size(upload.data)
        if width + height > 10000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _title(kind: str) -> str:
    return "".join(word.title() for word in kind.split("_"))
