"""A product as a manager types it in one line: name, price, category, sku=…, in that order or by name."""

import re
from typing import Any

from sqlmodel import Session

from crm_store import money
from crm_store.sales import products
from crm_store.sales.products import FIELDS
from crm_store.sales.tables import Product
from handlers.words import Words

_NAMED = re.compile(r"(?P<key>[^\s=＝]+)\s*[=＝]\s*(?P<value>\"[^\"]*\"|“[^”]*”|\S+)")
_QUOTES = '"“”'
Values = dict[str, Any]


def parse(text: str, *, words: Words, currency: str) -> tuple[str, Values]:
    """What the line begins with (a product's name or number), and those of the fields that it says.
    ``龙井茶 128/斤 茶叶 sku=LJ01``: what stands before the price is the name, what follows it the category.

    Raises money.Unreadable for a price= or cost= that is none.
    """
    values: Values = {}

    def take(found: re.Match[str]) -> str:
        field = field_of(found["key"], words)
        if field is None:
            return found[0]
        values[field] = found["value"].strip(_QUOTES)
        return " "

    rest = _NAMED.sub(take, text).split()
    if "cost" in values:
        values["cost"], _ = amount(values["cost"], currency)
    if "price" in values:
        price, unit = amount(values["price"], currency)
        return " ".join(rest), {**_stated(unit=unit), **values, "price": price}
    at, priced = _last_price(rest, currency)
    if priced is None:
        return " ".join(rest), values
    said = _stated(price=priced[0], unit=priced[1], category=" ".join(rest[at + 1 :]))
    return " ".join(rest[:at]), said | values


def _stated(**values: Any) -> Values:
    return {field: value for field, value in values.items() if value not in ("", None)}


def meant(session: Session, subject: str, values: Values) -> Product | None:
    """The product there is already, by its number or its name."""
    for text in (subject, values.get("sku"), values.get("name")):
        if text and (found := products.named(session, text=text)):
            return found
    return None


def field_of(word: str, words: Words) -> str | None:
    """Which of a product's fields a word means, in any language."""
    return next((one for one in FIELDS if word.lower() in words.listed("product_words", one)), None)


def _last_price(tokens: list[str], currency: str) -> tuple[int, tuple[int, str | None] | None]:
    """The last word that is a price; the first word is the name's."""
    for at in range(len(tokens) - 1, 0, -1):
        try:
            return at, amount(tokens[at], currency)
        except money.Unreadable:
            continue
    return 0, None


def amount(text: str, currency: str) -> tuple[int, str | None]:
    """128/斤 is a price and the unit it is for."""
    said, _, unit = text.replace("／", "/").partition("/")
    return money.read(said, currency=currency), unit.strip() or None
