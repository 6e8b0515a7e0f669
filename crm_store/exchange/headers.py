"""Which column is what: by its heading in either language, another system's export, else what is in it."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crm_store.customers import contacts, places
from crm_store.exchange.reading import Row
from crm_store.exchange.tables import Subject

HEADER_ROWS = 10
"""Among so many first rows the headings are looked for: above them stand titles."""

MANY = frozenset({"phone", "email", "tags", "note", "street"})
"""Fields that several columns may fill; of any other the first column does."""

OWN = "field:"
"""Before a shop's own field's id."""

_FILE = Path(__file__).with_suffix(".toml")
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_WORTHLESS = re.compile(r"[\W_]+")
_HAN_NAME = re.compile(r"^[\u4e00-\u9fff·]{2,4}$")
_ENOUGH = 0.6
"""The share of a column's cells that must look like a thing for the column to be it."""


@dataclass(frozen=True)
class Layout:
    """What a file's columns are. ``header`` is the line of the headings, 0 where there are none; ``mapping``
    column (counted from 0, as text) → field; ``samples`` the first cell with something in it, by column."""

    subject: Subject
    preset: str | None
    header: int
    headings: list[str]
    samples: list[str]
    mapping: dict[str, str]


def guess(first: Sequence[Row], *, own: Mapping[str, int], subject: Subject | None = None) -> Layout:
    """The layout of a file that begins with these rows; ``own`` are the shop's own fields, by name."""
    width = max((len(row.cells) for row in first), default=0)
    header = _header(first, own)
    headings = [one.strip() for one in header.cells] if header is not None else []
    headings += [""] * (width - len(headings))
    below = [row for row in first if header is None or row.line > header.line]
    samples = [_sample(below, column) for column in range(width)]
    preset = _preset(headings)
    subject = subject or (Subject(_data()["presets"][preset]["subject"]) if preset else _subject(headings))
    mapping = _by_heading(headings, subject, preset, own)
    if "name" not in mapping.values() and not {"first_name", "last_name"} & set(mapping.values()):
        mapping |= _by_content(below, width, mapping)
    return Layout(subject, preset, header.line if header else 0, headings, samples, mapping)


def normalised(heading: str) -> str:
    """A heading as it is compared: Mobile Phone (必填)* is mobilephone."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return _WORTHLESS.sub("", _BRACKETS.sub("", plain)) or _WORTHLESS.sub("", plain)


def fields_of(subject: Subject) -> list[str]:
    """The fields a column of such a file can be; those of orders, then of the customers who placed them."""
    own = list(_data()[subject.value]) if subject != Subject.CUSTOMERS else []
    theirs = [one for one in _data()["customers"] if subject == Subject.CUSTOMERS or one in OF_ORDERS]
    return list(dict.fromkeys([*own, *theirs]))


OF_ORDERS = (
    "number",
    "external_id",
    "name",
    "first_name",
    "last_name",
    "company",
    "phone",
    "email",
    "wechat",
    "province",
    "city",
    "address",
    "country",
)
"""What a file of orders may say of the customer."""


def region(country: str) -> str | None:
    """The country (as phone numbers know it) that a cell names; None for one we do not know."""
    return _regions().get(normalised(country))


def _header(first: Sequence[Row], own: Mapping[str, int]) -> Row | None:
    """The row with the most headings we know; a row of data has none."""
    known = _known()
    own_names = {normalised(name) for name in own}

    def worth(row: Row) -> int:
        return sum(normalised(one) in known or normalised(one) in own_names for one in row.cells if one)

    best = max(first[:HEADER_ROWS], key=worth, default=None)
    return best if best is not None and worth(best) > 0 else None


def _sample(rows: Sequence[Row], column: int) -> str:
    return next((row.cells[column] for row in rows if column < len(row.cells) and row.cells[column]), "")


def _preset(headings: Sequence[str]) -> str | None:
    here = {normalised(one) for one in headings}
    for name, preset in _data()["presets"].items():
        if all(normalised(mark) in here for mark in preset["marks"]):
            return str(name)
    return None


def _subject(headings: Sequence[str]) -> Subject:
    """Sales have an amount or goods; customers have neither."""
    orders = _aliases("orders")
    found = {orders[name] for one in headings if (name := normalised(one)) in orders}
    telling = {"order_number", "amount", "price", "total", "product"}
    return Subject.ORDERS if found & telling else Subject.CUSTOMERS


def _by_heading(
    headings: Sequence[str], subject: Subject, preset: str | None, own: Mapping[str, int]
) -> dict[str, str]:
    theirs = {
        normalised(name): field
        for name, field in (_data()["presets"][preset]["columns"] if preset else {}).items()
    }
    named = {normalised(name): f"{OWN}{field}" for name, field in own.items()}
    allowed = set(fields_of(subject))
    known = {name: field for name, field in _aliases("customers").items() if field in allowed}
    if subject == Subject.ORDERS:
        known |= _aliases("orders")
    else:
        known |= named
    mapping: dict[str, str] = {}
    for column, heading in enumerate(headings):
        name = normalised(heading)
        field = theirs.get(name, known.get(name, ""))
        if field and (field in MANY or field not in mapping.values()):
            mapping[str(column)] = field
    return mapping


def _by_content(rows: Sequence[Row], width: int, mapping: Mapping[str, str]) -> dict[str, str]:
    """Columns whose headings say nothing, by what most of their cells are."""
    found: dict[str, str] = {}
    for column in range(width):
        cells = [row.cells[column].strip() for row in rows if column < len(row.cells)]
        cells = [one for one in cells if one]
        if str(column) in mapping or not cells:
            continue
        for field, test in _TESTS:
            taken = field in mapping.values() or field in found.values()
            if not taken and sum(map(test, cells)) >= _ENOUGH * len(cells):
                found[str(column)] = field
                break
    return found


def _is_place(text: str) -> bool:
    place = places.read(text)
    return place is not None and not place.street


def _is_western_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 4 and all(one[:1].isupper() and one.strip(".'-").isalpha() for one in words)


_TESTS = [
    ("phone", lambda text: contacts.phone(text) is not None),
    ("email", lambda text: contacts.email(text) is not None),
    ("city", _is_place),
    ("name", lambda text: _HAN_NAME.match(text) is not None or _is_western_name(text)),
]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _aliases(section: str) -> dict[str, str]:
    return {normalised(alias): field for field, aliases in _data()[section].items() for alias in aliases}


@cache
def _known() -> frozenset[str]:
    presets = {normalised(one) for preset in _data()["presets"].values() for one in preset["columns"]}
    return frozenset({*_aliases("customers"), *_aliases("orders"), *presets})


@cache
def _regions() -> dict[str, str]:
    return {normalised(name): code for code, names in _data()["countries"].items() for name in names}


def is_enough(layout: Layout) -> bool:
    """Whether rows can be read at all: people need a name (or a company or an e-mail to be named after),
    orders a day, an amount, and somebody."""
    mapped = set(layout.mapping.values())
    if layout.subject == Subject.ORDERS:
        whose = {"name", "first_name", "last_name", "phone", "email", "number", "external_id"}
        return "date" in mapped and bool(mapped & {"amount", "price", "total"}) and bool(mapped & whose)
    return bool(mapped & {"name", "first_name", "last_name", "company", "email"})
