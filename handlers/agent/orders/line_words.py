"""What is typed about a line of an order: a name, a price, how many, a discount."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from crm_store import money
from crm_store.money import Unreadable
from crm_store.sales.totals import LARGEST, PER_MILLE

_TIMES = re.compile(
    r"^(?P<name>.*?)(?:\s*[×✕*]\s*|(?:^|(?<=[^A-Za-z]))[xX]\s*)(?P<count>[0-9]+(?:\.[0-9]{1,3})?)$"
)
_COUNTED = re.compile(
    r"^([0-9]+(?:\.[0-9]{1,3})?)\s*(?:个|件|盒|包|袋|瓶|罐|箱|斤|公斤|千克|克|两|套|只|条|本|张|份|双|把|台|支|kg|g|pcs?|pieces?|boxes|box)?$",
    re.IGNORECASE,
)
_GLUED = re.compile(r"^(.*[\u4e00-\u9fff])([0-9]\S*)$")
"""乌龙茶2盒: a Chinese name needs no space before what follows it."""

_COUNT_FIRST = re.compile(
    r"^([0-9]+(?:\.[0-9]{1,3})?)\s*(?:个|件|盒|包|袋|瓶|罐|箱|斤|公斤|千克|克|两|套|只|条|本|张|份|双|把|台|支)\s*([^0-9]+)$"
)
_BARE = re.compile(r"^[0-9]+(?:\.[0-9]+)?$")
_TENTHS = re.compile(r"^打?\s*([0-9]+(?:\.[0-9]+)?|[一二三四五六七八九](?:点?[一二三四五六七八九])?)\s*折$")
_PER_CENT = re.compile(r"^-?([0-9]+(?:\.[0-9])?)\s*%(?:\s*off)?$", re.IGNORECASE)
_OFF = re.compile(r"^(?:减|优惠|立减|-|\u2212)\s*")


@dataclass(frozen=True)
class Item:
    """A way to read a line. ``price`` in minor units and ``quantity`` in thousandths, None where not said."""

    name: str
    price: int | None
    quantity: int | None


class Off(NamedTuple):
    """A discount: an ``amount`` in minor units, or a ``rate`` in thousandths of what it is taken off."""

    amount: int
    rate: int | None


def readings(text: str, *, currency: str) -> Iterator[Item]:
    """All ways to read a line, the one that leaves most of it to the name first: a product may be called
    "Tea 100"."""
    whole = " ".join(unicodedata.normalize("NFKC", text).split())
    yield Item(whole, None, None)
    marked = _TIMES.match(whole)
    if marked is not None and marked["name"].strip():
        yield from _priced(_apart(marked["name"]), quantity(marked["count"]), currency)
        return
    yield from _counted(_apart(whole), currency)
    if first := _COUNT_FIRST.match(whole):
        yield Item(first[2], None, quantity(first[1]))


def _apart(text: str) -> list[str]:
    """The words of a line, and what is written onto its Chinese name."""
    *before, last = text.split()
    glued = _GLUED.match(last)
    return [*before, glued[1], glued[2]] if glued else [*before, last]


def _counted(tokens: list[str], currency: str) -> Iterator[Item]:
    """The last word is how many, or what it costs."""
    *name, last = tokens
    if not name:
        return
    count, price = quantity(last), _price(last, currency)
    if count is not None:
        yield Item(" ".join(name), None, count)
        yield from (item for item in _priced(name, count, currency) if item.price is not None)
    if price is not None and count is None and not _BARE.match(last):  # a bare number is how many
        before = quantity(name[-1]) if len(name) > 1 and not _BARE.match(name[-1]) else None
        yield Item(" ".join(name[:-1] if before else name), price, before)


def _priced(tokens: list[str], count: int | None, currency: str) -> Iterator[Item]:
    """The last word may be the price of one."""
    yield Item(" ".join(tokens), None, count)
    *name, last = tokens
    if name and (price := _price(last, currency)) is not None:
        yield Item(" ".join(name), price, count)


def quantity(text: str) -> int | None:
    """Thousandths of what is typed: 2, 1.5, ×3, 3盒. None for anything else, for nothing and for too much."""
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("×✕*xX ")
    found = _COUNTED.match(plain)
    if found is None:
        return None
    thousandths = int(Decimal(found[1]).scaleb(3))
    return thousandths if 0 < thousandths <= LARGEST else None


def discount(text: str, *, currency: str) -> Off | None:
    """How much is taken off: 9折, 九折 and 10% leave nine tenths, -20 and 20 take twenty off, 0 nothing. None
    for what is no discount."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if tenths := _TENTHS.match(plain):
        return _share(PER_MILLE - _kept(tenths[1]))
    if per_cent := _PER_CENT.match(plain):
        return _share(Decimal(per_cent[1]) * 10)
    amount = _price(_OFF.sub("", plain), currency)
    return Off(amount, None) if amount is not None else None


def _kept(tenths: str) -> Decimal:
    """Thousandths that 9折, 85折 and 八五折 leave."""
    if not tenths[0].isdecimal():
        tenths = "".join(str(int(unicodedata.numeric(one))) for one in tenths if one.isnumeric())
    share = Decimal(tenths)
    return share * (100 if share <= 10 else 10)


def _share(rate: Decimal) -> Off | None:
    if rate != int(rate) or not 0 <= rate <= PER_MILLE:
        return None
    return Off(0, int(rate) or None)


def _price(text: str, currency: str) -> int | None:
    try:
        return money.read(text, currency=currency)
    except Unreadable:
        return None
