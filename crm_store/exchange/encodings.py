"""In which encoding a text file is written: by its mark, by its bytes, and read to its end to be sure."""

import codecs
from pathlib import Path

from crm_store.exchange.bad_files import BadFile, Why

SAMPLE_BYTES = 1 << 14
CHUNK_BYTES = 1 << 20

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OTHERS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"RIFF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BM")
"""How pictures, papers and archives begin."""

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
NUL_SHARE = 0.02
"""Of a text in UTF-16 at least so many of the bytes are the empty halves of commas, digits and line ends."""


def of(path: Path) -> str:
    """The codec to read the whole of ``path`` with. Raises BadFile where there is none."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    if not head.strip(b"\x00 \t\r\n"):
        raise BadFile(Why.EMPTY)
    for mark, codec in _MARKS.items():
        if head.startswith(mark):
            return _sure(path, codec)
    if head.startswith(OLD_EXCEL):
        raise BadFile(Why.OLD_EXCEL)
    if head.startswith(_OTHERS):
        raise BadFile(Why.NOT_A_TABLE)
    if wide := _wide(head):
        return _sure(path, wide)
    return next((codec for codec in ("utf-8", "gb18030") if _reads(path, codec)), None) or _unknown(head)


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: in text, the halves that are empty stand all at even or all at odd places."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd < len(head) * NUL_SHARE:
        return None
    if odd > 10 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 10 * odd else None


def _reads(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sure(path: Path, codec: str) -> str:
    if not _reads(path, codec):
        raise BadFile(Why.ENCODING)
    return codec


def _unknown(head: bytes) -> str:
    """Text has few control characters; anything else was never a table."""
    odd = sum(byte < 9 or 13 < byte < 32 for byte in head)
    raise BadFile(Why.NOT_A_TABLE if odd > len(head) * NUL_SHARE else Why.ENCODING)
