"""The kinds of values in the API: each says what it takes, and how that is documented."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from babel.numbers import is_currency
from pydantic import (
    AfterValidator,
    AwareDatetime,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from crm_store.customers import contacts
from crm_store.customers.tables import ContactKind
from crm_store.money import MOST

_NO_CONTROL = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_ID = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"
_AMOUNT = r"^[0-9]{1,13}(\.[0-9]{1,4})?$"
_QUANTITY = r"^[0-9]{1,9}(\.[0-9]{1,3})?$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}"
_MOMENT_EXAMPLE = "a time with its zone, such as 2026-11-20T10:00:00+08:00"
_AWARE = TypeAdapter(AwareDatetime)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LARGEST_NUMBER = 2**53 - 1
"""What every JSON library keeps exactly."""


def _expects(what: str) -> PydanticCustomError:
    """``what`` is told as what was expected."""
    return PydanticCustomError("expected", "{what}", {"what": what})


def text(longest: int) -> StringConstraints:
    """Text without control characters; blanks around it are taken off."""
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest, pattern=_NO_CONTROL)


Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_ID)]
"""Another system's number of something; compared as it is, capitals and all."""

Language = Annotated[str, StringConstraints(pattern=r"^(zh|en)$")]
CustomerNumber = Annotated[str, StringConstraints(pattern=r"^C[1-9][0-9]{0,8}$")]


def _moment(value: Any) -> datetime:
    """Told as text with a zone; a bare number could be seconds or milliseconds of anything."""
    if not isinstance(value, str) or not re.match(_MOMENT, value, re.ASCII):
        raise _expects(_MOMENT_EXAMPLE)
    try:
        found = _AWARE.validate_python(value)
    except ValidationError:
        raise _expects(_MOMENT_EXAMPLE) from None
    if not _EARLIEST <= found <= _LATEST:
        raise _expects("a time between 1990 and 2100")
    return found.astimezone(UTC)


Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-20T10:00:00+08:00"]}),
]


def _amount(value: Any) -> int | str:
    is_minor = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
    if is_minor or (isinstance(value, str) and re.match(_AMOUNT, value, re.ASCII)):
        return value  # type: ignore[no-any-return]  # one of the two, by now
    raise _expects(f'a whole number of minor units up to {MOST}, or a decimal string such as "12.34"')


Amount = Annotated[
    Any,
    PlainValidator(_amount),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "integer", "minimum": 0, "maximum": MOST},
                {"type": "string", "pattern": _AMOUNT},
            ],
            "description": "Money: a whole number is in minor units (1234 is 12.34), a string is a decimal "
            'number ("12.34"). Never a float.',
        }
    ),
]


def _quantity(value: Any) -> int | str:
    is_whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST // 1000
    if is_whole or (isinstance(value, str) and re.match(_QUANTITY, value, re.ASCII)):
        return value  # type: ignore[no-any-return]  # one of the two, by now
    raise _expects('a whole number, or a decimal string such as "1.5", up to three decimals')


Quantity = Annotated[
    Any,
    PlainValidator(_quantity),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST // 1000},
                {"type": "string", "pattern": _QUANTITY},
            ],
            "description": 'How many: a whole number, or a decimal string ("1.5"), to a thousandth.',
        }
    ),
]


def _currency(value: str) -> str:
    if not is_currency(value):
        raise _expects("an ISO 4217 code, such as CNY")
    return value


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]


def _fact(value: Any) -> Any:
    """One value of an event's data: flat, and kept exactly by both databases."""
    if isinstance(value, str):
        if len(value) <= 1000 and re.match(_NO_CONTROL, value):
            return value
        raise _expects("text of at most 1000 characters, without control characters")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER:  # so no NaN, no infinity
        return value
    raise _expects(f"text, a number up to {LARGEST_NUMBER}, true, false or null")


Fact = Annotated[
    Any,
    PlainValidator(_fact),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": 1000, "pattern": _NO_CONTROL},
                {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER},
                {"type": "boolean"},
                {"type": "null"},
            ]
        }
    ),
]


def _contact(kind: ContactKind, example: str) -> AfterValidator:
    """Into its one form: a phone as +8613800000000."""

    def read(value: str) -> str:
        found = contacts.normalised(kind, value)
        if found is None:
            raise _expects(f"one like {example}")
        return found

    return AfterValidator(read)


Phone = Annotated[str, text(60), _contact(ContactKind.PHONE, "13800000000 or +44 20 7946 0958")]
Email = Annotated[str, text(200), _contact(ContactKind.EMAIL, "ann@example.com")]
Wechat = Annotated[str, text(60), _contact(ContactKind.WECHAT, "wx_ann_3")]
Qq = Annotated[str, text(20), _contact(ContactKind.QQ, "12345678")]
