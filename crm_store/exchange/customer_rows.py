"""One row of a file as a customer: through the same gate as everything people type."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from crm_store.customers import contacts, fields, names, records
from crm_store.customers.refusals import BadContact, BadFieldValue, BadValue, NoName, TooManyTags
from crm_store.customers.tables import ContactKind
from crm_store.exchange import headers
from crm_store.exchange.cells_in import RowRefused, digits, is_yes, reason, short_enough
from crm_store.exchange.reading import Row
from crm_store.staff import staff as staff_verbs

LONGEST_NOTE = 4000
LONGEST_ID = 100

_SEVERAL = re.compile(r"\s*[;；,，、|\n]\s*|\s+/\s+")
_MODULE = re.compile(r"^\w+::::(.+)$")
"""Vtiger writes what a field points to with its module before it: Accounts::::Acme."""

_NUMBER = re.compile(r"^\s*[#＃]?[CcＣｃ]?\s*(\d{1,9})\s*$")
_CONTACTS = tuple(ContactKind)
_PLAIN = ("remark", "salutation", "province", "city", "district", "street", "tier")


@dataclass(frozen=True)
class CustomerRow:
    """``values`` are canonical, as ``records.prepare`` gives them; ``number`` is our own, of an earlier
    export. ``warnings`` are reasons for what is taken all the same."""

    line: int
    values: dict[str, Any]
    external_id: str | None = None
    number: int | None = None
    source: str | None = None
    note: str | None = None
    opt_out: bool = False
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def name(self) -> str:
        return str(self.values.get("name", ""))

    @cached_property
    def contacts(self) -> list[tuple[ContactKind, str]]:
        return [(kind, value) for kind in _CONTACTS for value in self.values.get(kind, ())]

    @cached_property
    def digest(self) -> str:
        """The same for rows that say the same."""
        said = repr((self.values, self.external_id, self.number, self.note, self.opt_out))
        return hashlib.blake2b(said.encode(errors="replace"), digest_size=12).hexdigest()


class CustomerReader:
    """Rows of one file; the shop's staff and own fields are looked up once, and no connection is held."""

    def __init__(self, engine: Engine, mapping: Mapping[str, str], *, currency: str) -> None:
        with Session(engine, expire_on_commit=False) as session:
            self._held = [*fields.all(session), *staff_verbs.team(session)]
        # A session that never asks the store: what the gate looks up is there already.
        self._session = Session(engine)
        self._session.add_all(self._held)
        self._session.info.update(session.info)
        self._currency = currency
        self._columns = sorted((int(column), of) for column, of in mapping.items())
        self._fields = [
            of for of in (*_PLAIN, *mapping.values()) if of in _PLAIN or of.startswith(headers.OWN)
        ]
        self._fields = [of for of in dict.fromkeys(self._fields) if of in mapping.values()]
        self._staff: dict[str, int] = {}
        for one in staff_verbs.team(self._session):
            for known in (one.name, one.username, f"@{one.username}" if one.username else None):
                if known:
                    self._staff.setdefault(known.casefold(), one.id)

    def read(self, row: Row, *, nameless: bool = False) -> CustomerRow:
        """Raises RowRefused. A row without a name is named after its company or e-mail, and where it has none
        of these refused, unless it may be ``nameless`` (orders, whose customer is known otherwise)."""
        short_enough(row.cells)
        cells = self._cells(row)
        given: dict[str, Any] = {of: cells[of][0] for of in self._fields if of in cells}
        if "address" in cells:
            given = {"address": cells["address"][0]} | given
        company = _first(cells, "company")
        if company:
            bare = _MODULE.match(company)
            given["company"] = company = bare[1] if bare else company
        region = headers.region(_first(cells, "country")) if "country" in cells else None
        for kind in _CONTACTS:
            if kind.value in cells:
                given[kind.value] = _contacts(cells[kind.value], kind, region or contacts.HOME)
        if "tags" in cells:
            given["tags"] = ",".join(cells["tags"])
        name = _name(cells) or company or _before_at(given.get(ContactKind.EMAIL.value, ()))
        if name:
            given["name"] = name
        warnings: list[str] = []
        if owner := _first(cells, "owner"):
            known = self._staff.get(owner.casefold())
            given |= {"owner_id": known} if known else {}
            warnings += [] if known else [reason("owner", owner[:40])]
        note = "\n".join(cells.get("note", ()))
        if len(note) > LONGEST_NOTE:
            raise RowRefused("too_long", note[:20] + "…")
        return CustomerRow(
            line=row.line,
            values=self._prepared(given, nameless=nameless),
            external_id=_first(cells, "external_id")[:LONGEST_ID] or None,
            number=_number(_first(cells, "number")),
            source=_first(cells, "source") or None,
            note=note or None,
            opt_out=is_yes(_first(cells, "opt_out")),
            warnings=warnings,
        )

    def _cells(self, row: Row) -> dict[str, list[str]]:
        """What has something in it, by field, in the order of the columns."""
        found: dict[str, list[str]] = {}
        width = len(row.cells)
        for column, of in self._columns:
            if column < width and (text := row.cells[column].strip()):
                found.setdefault(of, []).append(text)
        return found

    def _prepared(self, given: dict[str, Any], *, nameless: bool) -> dict[str, Any]:
        try:
            ready = records.prepare(self._session, given, currency=self._currency)
        except BadContact as refusal:
            raise RowRefused(f"bad_{refusal.facts['kind'].value}", refusal.facts["value"]) from None
        except BadValue as refusal:
            code = "too_long" if refusal.facts["most"] else f"bad_{refusal.facts['field']}"
            raise RowRefused(code, refusal.facts["value"]) from None
        except BadFieldValue as refusal:
            raise RowRefused("bad_field", f"{refusal.facts['field'].name} {refusal.facts['value']}") from None
        except TooManyTags as refusal:
            raise RowRefused("tags", str(refusal.facts["most"])) from None
        except NoName:
            raise RowRefused("no_name") from None
        if "name" not in ready and not nameless:
            raise RowRefused("no_name")
        return {key: getattr(value, "value", value) for key, value in ready.items() if value is not None}


def _first(cells: Mapping[str, Sequence[str]], of: str) -> str:
    found = cells.get(of)
    return found[0] if found else ""


def _name(cells: Mapping[str, Sequence[str]]) -> str:
    whole, first, last = (_first(cells, of) for of in ("name", "first_name", "last_name"))
    if whole or not (first or last):
        return whole
    return last + first if names.is_han(last) and names.is_han(first) else f"{first} {last}".strip()


def _contacts(cells: Sequence[str], kind: ContactKind, region: str) -> list[str]:
    """Every contact of a kind in a row, in order; a cell may hold several. What is none is left as it is, to
    be refused by its name."""
    found: list[str] = []
    for cell in cells:
        text = digits(cell) if kind in (ContactKind.PHONE, ContactKind.QQ) else cell
        whole = contacts.normalised(kind, text, region=region)
        if whole is not None:
            found.append(whole)
            continue
        parts = _SEVERAL.split(text)
        found += [contacts.normalised(kind, one, region=region) or one for one in parts if one.strip()]
    return found


def _number(text: str) -> int | None:
    if not text:
        return None
    number = _NUMBER.match(text)
    if number is None:
        raise RowRefused("number", text)
    return int(number[1])


def _before_at(emails: Sequence[str]) -> str:
    """A phone makes no name: names are shown to those who may not see contacts."""
    return emails[0].partition("@")[0] if emails else ""
