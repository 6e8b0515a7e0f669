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


def put(session: Session, *, grams: Mapping[int, str], anew: bool) -> None:
    """Keep these customers' grams (blanks between them) in place of those they had; ``anew`` says that they
    had none."""
    connection = session.connection()
    if not anew:
        connection.execute(_DELETE[is_sqlite(session)], [{"customer": one} for one in grams])
    rows = [(one, of) for one, of in grams.items() if of]
    if not rows:
        return
    if is_sqlite(session):
        connection.exec_driver_sql("INSERT INTO search_gram (rowid, grams) VALUES (?, ?)", rows)
    else:
        customers, texts = map(list, zip(*rows, strict=True))
        connection.execute(_UNPACK, {"customers": customers, "texts": texts})


_UNPACK = text(
    "INSERT INTO search_gram (customer_id, grams) SELECT customer, string_to_array(grams, ' ')"
    " FROM unnest(CAST(:customers AS integer[]), CAST(:texts AS text[])) AS new (customer, grams)"
)
_DELETE = {
    True: text("DELETE FROM search_gram WHERE rowid = :customer"),
    False: text("DELETE FROM search_gram WHERE customer_id = :customer"),
}


def holding(session: Session, *, all_of: Sequence[Sequence[str]], most: int) -> list[int]:
    """Customers who have every gram of one of these sets; at most ``most``, on SQLite the newest."""
    sets = [[gram for gram in one if gram.isalnum()] for one in all_of]
    sets = [one for one in sets if one]
    if not sets:
        return []
    if is_sqlite(session):
        match = " OR ".join("(" + " AND ".join(f'"{gram}"' for gram in one) + ")" for one in sets)
        return list(session.scalars(_MATCHING, {"match": match, "most": most}))
    either = " OR ".join(f"grams @> CAST(:set{number} AS text[])" for number in range(len(sets)))
    found = text(f"SELECT customer_id FROM search_gram WHERE {either} LIMIT :most")  # noqa: S608
    return list(session.scalars(found, {f"set{n}": one for n, one in enumerate(sets)} | {"most": most}))


_MATCHING = text(
    "SELECT rowid FROM search_gram WHERE search_gram MATCH :match ORDER BY rowid DESC LIMIT :most"
)


def rarest(session: Session, *, grams: Sequence[str], most: int) -> list[str]:
    """Those of ``grams`` that customers have, the rarest first."""
    wanted = [gram for gram in dict.fromkeys(grams) if gram.isalnum()]
    if is_sqlite(session):
        counts = {gram: _count(session, gram) for gram in wanted}
    else:
        common = session.execute(_COMMON, {"grams": wanted})
        counts = dict.fromkeys(wanted, 1.0) | {gram: 1 + share for gram, share in common}
    return sorted((gram for gram in wanted if counts[gram]), key=lambda gram: counts[gram])[:most]


def _count(session: Session, gram: str) -> float:
    """How many customers have a gram, counted no further than it matters."""
    return float(session.scalar(_COUNTED, {"match": f'"{gram}"', "most": COMMON}) or 0)


COMMON = 5000
_COUNTED = text(
    "SELECT count(*) FROM (SELECT rowid FROM search_gram WHERE search_gram MATCH :match LIMIT :most)"
)
_COMMON = text(
    "SELECT gram, share FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs)"
    " AS common (gram, share) WHERE tablename = 'search_gram' AND attname = 'grams' AND gram = ANY(:grams)"
)
