import urllib.error
import urllib.request

import pytest

from bot.demo.files import MAX_DOWNLOAD_BYTES, Upload
from bot.demo.pictures import draw_png, image_size

PNG = draw_png(400, 300, (200, 40, 40))


def multipart(fields, files):
    """A body of form fields and ``name: (file name, bytes)``."""
    parts = []
    for name, value in fields.items():
        parts.append(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (file_name, data) in files.items():
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + b"--x--\r\n"


def upload(stand, method, fields, **files):
    return stand.post(method, multipart(fields, files), "multipart/form-data; boundary=x")


def test_an_uploaded_photo_comes_in_sizes_and_can_be_downloaded(stand, ann):
    sent = upload(stand, "sendPhoto", {"chat_id": ann.id, "caption": "红色"}, photo=("a.png", PNG))["result"]

    sizes = [(size["width"], size["height"]) for size in sent["photo"]]
    assert (sent["caption"], sizes) == ("红色", [(90, 67), (320, 240), (400, 300)])
    file = stand.ok("getFile", file_id=sent["photo"][-1]["file_id"])
    with urllib.request.urlopen(
        f"{stand.server.base_file_url}{stand.server.token}/{file['file_path']}"
    ) as answer:
        assert answer.read() == PNG


def test_a_file_is_sent_again_by_its_id_and_only_as_what_it_is(stand, ann):
    sent = upload(stand, "sendDocument", {"chat_id": ann.id}, document=("报价.pdf", b"%PDF"))["result"]
    file_id = sent["document"]["file_id"]

    again = stand.ok("sendDocument", chat_id=ann.id, document=file_id)

    assert again["document"] == sent["document"]
    assert sent["document"]["file_name"] == "报价.pdf"
    assert stand.refusal("sendPhoto", chat_id=ann.id, photo=file_id) == (
        "Bad Request: can't use file of type Document as Photo"
    )
    assert stand.refusal("sendDocument", chat_id=ann.id, document="BQACunknown") == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )
    assert stand.refusal("sendDocument", chat_id=ann.id, document="http://example.com/x.pdf") == (
        "Bad Request: failed to get HTTP URL content"
    )
    assert stand.refusal("sendDocument", chat_id=ann.id) == (
        "Bad Request: there is no document in the request"
    )


@pytest.mark.parametrize(
    ("method", "name", "kind"),
    [
        ("sendVideo", "video", "video"),
        ("sendAnimation", "animation", "animation"),
        ("sendAudio", "audio", "audio"),
        ("sendVoice", "voice", "voice"),
        ("sendVideoNote", "video_note", "video_note"),
    ],
)
def test_films_and_sounds_are_sent(stand, ann, method, name, kind):
    answer = upload(stand, method, {"chat_id": ann.id, "duration": 7}, **{name: ("x.bin", b"data")})

    assert answer["result"][kind]["duration"] == 7
    assert answer["result"][kind]["file_size"] == 4


def test_a_sticker_is_sent_again_by_its_id(stand, ann):
    got = stand.do(stand.world.send_sticker, ann, emoji="👌").body["sticker"]

    sent = stand.ok("sendSticker", chat_id=ann.id, sticker=got["file_id"])

    assert sent["sticker"]["file_unique_id"] == got["file_unique_id"]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", "Bad Request: file must be non-empty"),
        (b"no picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (draw_png(2100, 100, (0, 0, 0)), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    ],
)
def test_what_is_no_picture_is_no_photo(stand, ann, data, refusal):
    answer = upload(stand, "sendPhoto", {"chat_id": ann.id}, photo=("a.png", data))

    assert answer["description"] == refusal


def test_a_file_where_none_belongs_is_refused(stand, ann):
    answer = upload(stand, "sendMessage", {"chat_id": ann.id}, text=("a.txt", b"hi"))

    assert answer["description"] == 'Bad Request: parameter "text" must not be a file'


def test_uploads_end_at_50_mb(stand, ann):
    data = bytes(50 * 1024 * 1024 + 1)
    answer = upload(stand, "sendDocument", {"chat_id": ann.id}, document=("a.bin", data))

    assert answer == {"ok": False, "error_code": 413, "description": "Request Entity Too Large"}


def test_downloads_end_at_20_mb(stand, ann):
    fits, exceeds = (
        stand.do(stand.world.send_document, ann, size=size).body["document"]
        for size in (MAX_DOWNLOAD_BYTES, MAX_DOWNLOAD_BYTES + 1)
    )

    assert stand.ok("getFile", file_id=fits["file_id"])["file_size"] == 20 * 1024 * 1024
    assert exceeds["file_size"] == 20 * 1024 * 1024 + 1
    assert stand.refusal("getFile", file_id=exceeds["file_id"]) == "Bad Request: file is too big"
    assert stand.refusal("getFile", file_id="x") == "Bad Request: invalid file_id"


def test_a_download_needs_the_token_and_a_path_that_exists(stand):
    for address in (f"{stand.server.token}/photos/file_99.jpg", "1:anothertoken-anothertoken/photos/x.jpg"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(stand.server.base_file_url + address)
        with refused.value:
            assert refused.value.code == (404 if "file_99" in address else 401)


def test_an_album_shares_one_group_and_has_its_caption_on_one(stand, ann):
    known = stand.do(stand.world.send_photo, ann).body["photo"][-1]["file_id"]
    media = (
        '[{"type":"photo","media":"attach://one","caption":"<b>a</b>","parse_mode":"HTML"},'
        f'{{"type":"photo","media":"{known}"}}]'
    )

    sent = upload(stand, "sendMediaGroup", {"chat_id": ann.id, "media": media}, one=("a.png", PNG))["result"]

    assert len({message["media_group_id"] for message in sent}) == 1
    assert [message.get("caption") for message in sent] == ["a", None]
    assert [message["photo"][-1]["width"] for message in sent] == [400, 320]


@pytest.mark.parametrize(
    ("kinds", "refusal"),
    [
        ([], "there are no messages to send"),
        (["photo"], "too few messages to send as an album"),
        (["photo"] * 11, "too many messages to send as an album"),
        (["photo", "document"], "document can't be mixed with other media types"),
        (["photo", "photo"], "wrong file identifier/HTTP URL specified"),
    ],
)
def test_a_wrong_album_is_refused_whole(stand, ann, kinds, refusal):
    media = [{"type": kind, "media": "attach://missing"} for kind in kinds]

    assert stand.refusal("sendMediaGroup", chat_id=ann.id, media=media) == f"Bad Request: {refusal}"
    assert stand.world.messages(ann.id) == []


def test_pictures_are_measured():
    jpeg = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0001108003200640301")

    assert image_size(PNG) == (400, 300)
    assert image_size(b"GIF89a\x10\x00\x20\x00") == (16, 32)
    assert image_size(jpeg) == (100, 50)


def test_what_people_send_is_a_real_picture(stand, ann):
    own = stand.do(stand.world.send_photo, ann, photo=Upload(PNG, "a.png", "image/png"))
    drawn = stand.do(stand.world.send_photo, ann)

    stored = [stand.world.files.find(each.body["photo"][-1]["file_id"]) for each in (own, drawn)]

    assert [image_size(file.read()) for file in stored] == [(400, 300), (320, 240)]
