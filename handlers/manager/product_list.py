"""Many products at once: several lines after /product, or a table with headings as a spreadsheet copies it.

All of it is read and shown first; nothing is written before a tap, and what cannot be read is shown again.
"""

import re
from collections import Counter
from dataclasses import dataclass

from crm_store import money
from crm_store.refusals import Refusal
from crm_store.sales import products
from crm_store.sales.tables import Product
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, tap
from handlers.manager.product_line import Values, amount, field_of, meant, parse
from handlers.taps import Tap, button

FORM, LIST = "product", "list"
NEW, CHANGED, SAME = "new", "changed", "same"
_CELLS = re.compile("[,，;；]")


@dataclass(frozen=True)
class SaveProducts(Tap, verb="psaves"):
    """What the speaker's form holds."""


@dataclass(frozen=True)
class Read:
    """One line: what it says of which product (None: a new one), or why it says nothing."""

    line: str
    values: Values
    product: Product | None = None
    why: str | None = None

    @property
    def becomes(self) -> str:
        if self.product is None:
            return NEW
        present = self.product.model_dump()
        told = {key: value for key, value in self.values.items() if key not in ("category", "id")}
        is_same = "category" not in self.values and all(present[key] == value for key, value in told.items())
        return SAME if is_same else CHANGED


def is_list(text: str) -> bool:
    return len([line for line in text.splitlines() if line.strip()]) > 1


def propose(chat: Chat, text: str) -> None:
    """Show what would be added and changed. An empty list of what can be read leaves no form."""
    found = _apart([_read(chat, line, subject, values) for line, subject, values in _lines(chat, text)])
    good = [one for one in found if one.why is None]
    if good:
        chat.ask(FORM, LIST, values=[one.values for one in good])
    chat.say(
        "manager/product/propose_list.html.j2",
        good=good,
        counts=Counter(one.becomes for one in good),
        unread=[one for one in found if one.why is not None],
        currency=chat.desk.currency,
        buttons=[[button("products_save", SaveProducts())]] if good else None,
    )


def _lines(chat: Chat, text: str) -> list[tuple[str, str, Values | str]]:
    """Each line with what it begins with and what it says, amounts read; or why they cannot be."""
    lines = [line for line in text.splitlines() if line.strip()]
    fields = [field_of(cell, chat.words) for cell in _cells(lines[0])]
    if len(fields) < 2 or None in fields:
        return [(line, *_said(chat, line)) for line in lines]
    return [(line, "", _row(chat, [one or "" for one in fields], line)) for line in lines[1:]]


def _said(chat: Chat, line: str) -> tuple[str, Values | str]:
    try:
        return parse(line, words=chat.words, currency=chat.desk.currency)
    except money.Unreadable as refused:
        return "", refused.why


def _cells(line: str) -> list[str]:
    parts = line.split("\t") if "\t" in line else _CELLS.split(line)
    return [one.strip() for one in parts]


def _row(chat: Chat, fields: list[str], line: str) -> Values | str:
    cells = _cells(line)
    if any(cells[len(fields) :]):
        return "cells"
    values: Values = {field: cell for field, cell in zip(fields, cells, strict=False) if cell}
    try:
        for field in {"price", "cost"} & values.keys():
            values[field], unit = amount(values[field], chat.desk.currency)
            values |= {"unit": unit} if unit and "unit" not in values else {}
    except money.Unreadable as refused:
        return refused.why
    return values


def _read(chat: Chat, line: str, subject: str, said: Values | str) -> Read:
    if isinstance(said, str):
        return Read(line, {}, why=said)
    product = meant(chat.session, subject, said)
    values = {"name": subject, **said} if product is None and subject else said
    if product is not None and product.name == values.get("name"):
        values = {key: value for key, value in values.items() if key != "name"}
    if product is None and not {"name", "price"} <= values.keys():
        return Read(line, {}, why="no_price")
    if product is not None and product.currency != chat.desk.currency:
        return Read(line, {}, why="currency")
    try:
        products.check(chat.session, values=values, product=product)
    except Refusal:
        return Read(line, {}, why="refused")
    # By its id from here on: the name may be what changes.
    return Read(line, values if product is None else values | {"id": product.id}, product)


def _apart(found: list[Read]) -> list[Read]:
    """Of several products with one SKU the first has it."""
    holders: dict[str, int | str] = {}
    for at, one in enumerate(found):
        sku, who = one.values.get("sku"), one.product.id if one.product else one.values.get("name", "")
        if sku and holders.setdefault(sku.casefold(), who) != who:
            found[at] = Read(one.line, {}, why="refused")
    return found


def save(chat: Chat, _tapped: SaveProducts) -> None:
    """All of them or none: what was taken since is refused before anything is written."""
    if chat.form is None or (chat.form.form, chat.form.step) != (FORM, LIST):
        return chat.toast("old_button")
    rows: list[Values] = chat.form.answers["values"]
    for values in rows:
        said = {key: value for key, value in values.items() if key != "id"}
        products.check(chat.session, values=said, product=_present(chat, values))
    counts = Counter(_write(chat, values) for values in rows)
    chat.leave_form()
    return chat.show("manager/product/saved_list.html.j2", counts=counts)


def _present(chat: Chat, values: Values) -> Product | None:
    """The product of a proposed line, also where it was a new one and a line further up has made it."""
    if "id" in values:
        return products.get(chat.session, product_id=values["id"])
    return products.named(chat.session, text=values["name"])


def _write(chat: Chat, values: Values) -> str:
    product, said = _present(chat, values), {key: one for key, one in values.items() if key != "id"}
    if product is None:
        products.create(chat.session, currency=chat.desk.currency, actor=chat.me, now=chat.now, **said)
        return NEW
    is_changed = products.change(chat.session, product=product, changes=said, actor=chat.me, now=chat.now)
    return CHANGED if is_changed else SAME


def again(chat: Chat) -> None:
    """Another list instead of a tap: it replaces what was proposed."""
    propose(chat, (chat.message.text or "").strip())


HANDLERS = [tap(SaveProducts, role=Role.MANAGER, run=save)]
FORMS = [answered(FORM, LIST, role=Role.MANAGER, run=again)]
