"""What a product is found by: its name, how that sounds, its initials, its number; and the finding."""

from functools import lru_cache

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process
from sqlalchemy import or_, select
from sqlmodel import Session, col

from crm_store.customers.names import fold
from crm_store.sales.tables import Product

CANDIDATES = 200
"""Of those that match, so many are looked at to put the best first."""

ENOUGH = 75
"""Likeness (0–100) from which a name that holds none of the words typed is offered: one slip of a finger."""


def keys_of(name: str, sku: str | None) -> str:
    """A line each: the name, how it sounds, its initials, the sku; all folded, spaces only in the name."""
    syllables = _syllables(fold(name))
    lines = [fold(name), "".join(syllables), "".join(one[0] for one in syllables), fold(sku or "")]
    return "\n".join(lines)


def find(session: Session, *, text: str, limit: int, offset: int = 0, for_sale: bool = True) -> list[Product]:
    """Products by sku, name, a part of it, pinyin, initials, or a name with a slip in it; best first.

    Several words must all be found. ``for_sale`` leaves out those that were taken off.
    """
    words = fold(text).split()
    if not words:
        return []
    statement = select(Product).where(col(Product.active)) if for_sale else select(Product)
    for word in words:
        heard = "".join(_syllables(word))
        either = {word, heard} - {""}
        statement = statement.where(
            or_(*(col(Product.keys).contains(one, autoescape=True) for one in either))
        )
    found = list(session.scalars(statement.order_by(col(Product.name)).limit(CANDIDATES)))
    found = found or _near(session, "".join(words), for_sale=for_sale)
    return sorted(found, key=lambda one: _rank(one, words))[offset : offset + limit]


def _rank(product: Product, words: list[str]) -> tuple[bool, int, int, str]:
    """Those for sale first, then by how much of the product was typed."""
    lines = product.keys.split("\n")
    worst = max(_place(lines, word) for word in words)
    return not product.active, worst, len(lines[0]), lines[0]


def _place(lines: list[str], word: str) -> int:
    if word in lines:
        return 0
    if lines[0].startswith(word) or lines[-1].startswith(word):
        return 1
    if word in lines[0]:
        return 2
    if any(line.startswith(word) for line in lines[1:]):
        return 3
    return 4 if any(word in line for line in lines) else 5


def _near(session: Session, typed: str, *, for_sale: bool) -> list[Product]:
    """Products whose name or sound is one slip away from what was typed."""
    statement = select(col(Product.id), col(Product.keys))
    if for_sale:
        statement = statement.where(col(Product.active))
    heard = "".join(_syllables(typed))
    sounds = {product_id: keys.split("\n")[1] for product_id, keys in session.execute(statement)}
    best = process.extract(heard, sounds, scorer=fuzz.ratio, score_cutoff=ENOUGH, limit=10)
    chosen = [product_id for _, _, product_id in best]
    return list(session.scalars(select(Product).where(col(Product.id).in_(chosen)))) if chosen else []


@lru_cache(maxsize=10_000)
def _syllables(folded: str) -> tuple[str, ...]:
    """How a text sounds: a syllable for each Han character, words and numbers as they are, nothing else."""
    parts = (part for sound in lazy_pinyin(folded) for part in sound.split())
    return tuple(kept for part in parts if (kept := "".join(one for one in part if one.isalnum())))
