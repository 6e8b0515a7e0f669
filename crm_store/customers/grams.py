"""Grams: pieces of names by which an inexact query still finds its customer.

Chinese characters and pairs of them; trigrams of Latin words and of pinyin, in the spelling of ``sound``. The
two databases are side by side here.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import text
from sqlmodel import Session

from crm_store.customers.names import Name
from crm_store.customers.pinyin import sound
from crm_store.engine import is_sqlite

MOST = 160
"""Grams of one customer."""

LENGTH = 3


def of_name(name: Name) -> Iterator[str]:
    for run in name.han:
        yield from run.text
        yield from pairs(run.text)
        if len(run.text) > 1:
            yield from of_word(sound("".join(run.readings[0])))
    for word in name.words:
        yield from of_word(sound(word))


def of_company(core: Name) -> Iterator[str]:
    for run in core.han:
        yield from pairs(run.text)
    for word in core.words:
        yield from of_word(sound(word))


def pairs(run: str) -> Iterator[str]:
    return (run[start : start + 2] for start in range(len(run) - 1))


def of_word(word: str) -> Iterator[str]:
    """Trigrams; a shorter word is one gram."""
    if len(word) <= LENGTH:
        return iter([word] if word.isalnum() else [])
    return (word[start : start + LENGTH] for start in range(len(word) - LENGTH + 1))


def put(session: Session, *, grams: Mapping[int, Sequence[str]], anew: bool) -> None:
    """Keep these customers' grams in place of those they had; ``anew`` says that they had none."""
    rows = [
        {"customer": one, "grams": " ".join(of) if is_sqlite(session) else list(of)}
        for one, of in grams.items()
        if of
    ]
    connection = session.connection()
    if not anew:
        connection.execute(_DELETE[is_sqlite(session)], [{"customer": one} for one in grams])
    if rows:
        connection.execute(_INSERT[is_sqlite(session)], rows)


_INSERT = {
    True: text("INSERT INTO search_gram (rowid, grams) VALUES (:customer, :grams)"),
    False: text("INSERT INTO search_gram (customer_id, grams) VALUES (:customer, :grams)"),
}
_DELETE = {
    True: text("DELETE FROM search_gram WHERE rowid = :customer"),
    False: text("DELETE FROM search_gram WHERE customer_id = :customer"),
}
