"""The OpenAPI 3.1 document, made from the same schemas that requests are checked with."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.api import views
from bot.api.errors import ErrorAnswer
from bot.api.kinds import LARGEST_NUMBER
from bot.api.models import CustomerTold, EventsTold, EventTold, OrderTold

_TOLD: list[type[BaseModel]] = [CustomerTold, OrderTold, EventTold, EventsTold]
_SEEN: list[type[BaseModel]] = [
    views.CustomerKept,
    views.CustomerSeen,
    views.OrderKept,
    views.OrderSeen,
    views.EventsKept,
    views.EventSeen,
    ErrorAnswer,
]
_REF = "#/components/schemas/{model}"

_ERRORS = {
    400: "Not JSON.",
    401: "No key, a wrong or revoked one, or a signature that is missing, wrong, old or used.",
    404: "This key's system told of no such thing.",
    405: "There is no such method here.",
    408: "The body took too long to arrive.",
    409: "It contradicts what is known: each field that differs is named. Nothing was changed.",
    413: "The body is over a megabyte.",
    415: "Not application/json, or encoded.",
    422: "A field is wrong, missing or unknown: each is named. Nothing was kept.",
    429: "Too many requests of this key.",
    503: "The store is busy or down: nothing was kept, send the same again.",
}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}}


@cache
def document() -> bytes:
    """The whole document as JSON."""
    return json.dumps(_document(), ensure_ascii=False, indent=1).encode()


def _document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zhanggui",
            "version": "1",
            "description": _description(),
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": {
            "/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document",
                    "security": [],
                    "responses": {
                        "200": {"description": "OpenAPI 3.1", "content": _json({"type": "object"})}
                    },
                }
            },
            "/customers": {
                "post": _post("customer", "Tell of a customer", CustomerTold, views.CustomerKept),
                "get": _get("customer", "A customer, by your number", views.CustomerSeen, _EXTERNAL_ID),
            },
            "/customers/{number}": {
                "get": _get(
                    "customer_by_number", "A customer, by our number", views.CustomerSeen, _number("C12")
                )
            },
            "/orders": {
                "post": _post("order", "Tell of an order", OrderTold, views.OrderKept),
                "get": _get("order", "An order, by your number", views.OrderSeen, _EXTERNAL_ID),
            },
            "/orders/{number}": {
                "get": _get("order_by_number", "An order, by our number", views.OrderSeen, _number("O7"))
            },
            "/events": {
                "post": _post("events", "Tell of one event, or of up to 500", None, views.EventsKept),
                "get": _get("event", "An event, by your number", views.EventSeen, _EXTERNAL_ID),
            },
            "/events/{number}": {
                "get": _get("event_by_number", "An event, by our number", views.EventSeen, _EVENT)
            },
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _description() -> str:
    return Path(__file__).with_name("description.md").read_text(encoding="utf-8")


def _schemas() -> dict[str, Any]:
    told = [(one, "validation") for one in _TOLD]
    seen = [(one, "serialization") for one in _SEEN]
    _, definitions = models_json_schema([*told, *seen], ref_template=_REF)  # type: ignore[list-item]  # its modes are literals
    found: dict[str, Any] = definitions["$defs"]
    return found


_EXTERNAL_ID = {
    "name": "external_id",
    "in": "query",
    "required": True,
    "description": "Your number of it.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
_EVENT = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "Our number of the event.",
    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_NUMBER},
}


def _number(example: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": f"^{example[0]}[0-9]{{1,9}}$", "examples": [example]}
    return {"name": "number", "in": "path", "required": True, "description": "Our number.", "schema": schema}


def _post(name: str, summary: str, told: type[BaseModel] | None, seen: type[BaseModel]) -> dict[str, Any]:
    """``told`` None: one event or a batch."""
    schema = _ref(told) if told else {"anyOf": [_ref(EventTold), _ref(EventsTold)]}
    created = {"description": "New; kept.", "content": _json(_ref(seen))}
    known = {"description": "Known before; what is new about it is kept.", "content": _json(_ref(seen))}
    refused = [400, 401, 408, 413, 415, 422, 429, 503] + ([409] if told else [])
    return {
        "operationId": f"tell_{name}",
        "summary": summary,
        "requestBody": {"required": True, "content": _json(schema)},
        "responses": {"201": created, "200": known, **_refusals(refused)},
    }


def _get(name: str, summary: str, seen: type[BaseModel], parameter: dict[str, Any]) -> dict[str, Any]:
    found = {"description": "As it is now.", "content": _json(_ref(seen))}
    refused = [401, 404, 429, 503] + ([422] if parameter is _EXTERNAL_ID else [])
    return {
        "operationId": f"get_{name}",
        "summary": summary,
        "parameters": [parameter],
        "responses": {"200": found, **_refusals(refused)},
    }


def _refusals(statuses: list[int]) -> dict[str, Any]:
    return {
        str(status): {
            "description": _ERRORS[status],
            "content": _json(_ref(ErrorAnswer)),
            **({"headers": _RETRY} if status in (429, 503) else {}),
        }
        for status in sorted(statuses)
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
