"""How parameters arrive: query string, form, multipart with files, or JSON"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.demo.files import Upload
from bot.demo.refusal import Refusal, bad_request


async def read_params(request: web.Request) -> tuple[Mapping[str, Any], dict[str, Upload]]:
    """Parameters by name, and the files that came along, by the name of their part."""
    given: dict[str, Any] = dict(request.query) if request.query_string else {}
    uploads: dict[str, Upload] = {}
    if not request.can_read_body:
        return given, uploads
    try:
        kind = request.content_type
        if kind == "application/x-www-form-urlencoded":
            text = (await request.read()).decode()
            given.update(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict"))
        elif kind == "application/json":
            given.update(_read_json(await request.read()))
        elif kind == "multipart/form-data":
            await _read_parts(request, given, uploads)
        else:
            raise bad_request(f"unsupported content type {kind}")
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, "Request Entity Too Large") from None
    except ValueError as error:
        # bytes that are no UTF-8, a form that is none, a broken part
        if isinstance(error, UnicodeDecodeError):
            raise bad_request("strings must be encoded in UTF-8") from None
        raise bad_request(f"can't parse the request: {error}") from None
    return given, uploads


def _read_json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except RecursionError:
        raise bad_request("can't parse the request: too deep") from None
    if not isinstance(value, dict):
        raise bad_request("can't parse the request: object expected")
    return value


async def _read_parts(request: web.Request, given: dict[str, Any], uploads: dict[str, Upload]) -> None:
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            with value.file:
                upload = Upload(value.file.read(), value.filename, value.content_type)
            uploads[name] = upload
        else:
            assert isinstance(value, str)
            given[name] = value
