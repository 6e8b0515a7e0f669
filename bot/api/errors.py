"""What is answered when a request is not done: JSON that says what is wrong where, and what is expected."""

from typing import Any

from pydantic import BaseModel, Field, ValidationError

from handlers.intake.told import Rejected

MOST_FIELDS = 20


class WrongField(BaseModel):
    """``path`` is the field as you sent it: lines[0].price. Empty: the whole message."""

    path: str
    wrong: str
    expected: str


class Error(BaseModel):
    code: str = Field(description="Stable, for programs.")
    message: str = Field(description="For people.")
    fields: list[WrongField] = []


class ErrorAnswer(BaseModel):
    error: Error


class Problem(Exception):
    """An answer other than success; ``headers`` go with it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: list[WrongField] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.headers = status, headers or {}
        self.answer = ErrorAnswer(error=Error(code=code, message=message, fields=fields or []))


def unauthorized(message: str) -> Problem:
    return Problem(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"This key's system has told of no such {what}.")


def busy() -> Problem:
    return Problem(
        503,
        "unavailable",
        "Nothing was kept. Send the same again in a moment.",
        headers={"Retry-After": "5"},
    )


def of_rejected(rejected: Rejected) -> Problem:
    fields = [WrongField(path=rejected.path, wrong=rejected.wrong, expected=rejected.expected)]
    if rejected.clash:
        return Problem(409, "conflict", "It contradicts what is known already. Nothing was changed.", fields)
    return Problem(422, "invalid", "Nothing was kept: see fields.", fields)


def of_validation(error: ValidationError) -> Problem:
    """The sender's values are not repeated: they may be a customer's."""
    found = error.errors(include_url=False)
    if found[0]["type"] == "json_invalid":
        return Problem(400, "not_json", found[0]["msg"])
    fields = [
        WrongField(path=_path(one["loc"]), wrong=_wrong(one), expected=_expected(one))
        for one in found[:MOST_FIELDS]
    ]
    return Problem(422, "invalid", "Nothing was kept: see fields.", fields)


def _path(place: tuple[int | str, ...]) -> str:
    """lines[0].price"""
    path = ""
    for one in place:
        if isinstance(one, int):
            path += f"[{one}]"
        elif one != "[key]":
            path += f".{one}" if path else one
    return path


_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def _wrong(error: Any) -> str:
    kind, given = error["type"], error["input"]
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not known here"
    if kind in ("too_long", "too_short"):
        return f"has {error['ctx']['actual_length']} entries"
    if kind in ("string_too_long", "string_too_short"):
        return f"has {len(given)} characters"
    if kind in ("expected", "value_error", "literal_error", "string_pattern_mismatch"):
        return "cannot be this"
    return f"is {_KINDS.get(type(given), 'something else')}"


def _expected(error: Any) -> str:
    kind, ctx = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "it is required"
    if kind == "extra_forbidden":
        return "only the fields of /api/v1/openapi.json"
    if kind == "expected":
        return str(ctx["what"])
    if kind == "value_error":
        return str(ctx["error"])
    message = str(error["msg"])
    for beginning in (
        "Input should be ",
        "Value should be ",
        "String should ",
        "List should ",
        "Dictionary should ",
    ):
        message = message.removeprefix(beginning)
    return message
