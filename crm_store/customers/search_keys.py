"""What a customer can be found by, kept in the same commit as every change of it.

``search_key`` holds exact keys: a letter for the kind of key (Kind), then the text, so that a prefix within
one kind is one range of the index. ``search_entry`` remembers which keys a customer has, so that they can be
taken away without an index of their own. The grams for everything inexact are in crm_store.customers.grams.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, text
from sqlmodel import Session, col

from crm_store import bulk
from crm_store.customers import grams, places
from crm_store.customers.names import HanName, Name, fold, read, squeeze, symbols
from crm_store.customers.phrases import company_core
from crm_store.customers.pinyin import sound
from crm_store.customers.tables import ContactKind, ContactMethod, Customer, SearchEntry, SearchKey
from crm_store.engine import is_sqlite
from crm_store.mailbox import remembered

RULES = 2
"""The version of the rules below: a store keyed by others is keyed again, in batches."""

REBUILT_RULES, REBUILT_UNTIL = "search_rules", "search_rebuilt_until"

LONGEST_KEY = 48
LONGEST_RUN = 6
"""Chinese characters of a run whose every part is a key; longer ones are companies or sentences: grams find
their inside."""

MOST_KEYS = 80
SHORTEST_TAIL = 4
CHUNK = 500
"""Customers whose keys are read at once."""


class Kind(StrEnum):
    """What a key is, and so how good an answer it makes."""

    NAME = "n"  # the whole name or remark: 王小明, johnsmith
    TURNED = "r"  # the last word first: smithjohn
    SORTED = "o"  # words in any order, two or more
    WORD = "w"  # one word of several, or a sign
    PART = "a"  # the end of a Chinese name: 小明, 明
    SURNAME = "f"  # 王, wang
    PINYIN = "p"  # wangxiaoming, xiaomingwang
    GIVEN = "q"  # xiaoming, ming
    INITIALS = "i"  # wxm, js
    MIXED = "m"  # wangxm, wxiaoming, 王xm, 王xiaoming, jsmith
    SOUND = "s"  # what PINYIN and NAME sound like, fuzzily
    GIVEN_SOUND = "b"  # the same of GIVEN
    ENDING = "z"  # the same from its end
    CALLED = "t"  # 王总
    COMPANY = "c"
    COMPANY_WORD = "d"  # a Latin word of it, its pinyin, its initials
    USERNAME = "u"
    PHONE = "h"  # national digits
    TAIL = "j"  # all digits of a phone from the last to the first
    EMAIL = "x"
    EMAIL_PART = "v"  # wang, li of wang.li@example.com; example.com
    ACCOUNT = "g"  # WeChat, QQ


class Packed(NamedTuple):
    """Keys and grams as the store keeps them: the keys sorted, a line each, for folding leaves no line break
    in one; blanks between the grams."""

    keys: str
    grams: str


class Keys(NamedTuple):
    """What one customer is found by: keys with their kind's letter, and grams."""

    keys: tuple[str, ...]
    grams: tuple[str, ...]

    @property
    def packed(self) -> Packed:
        return Packed("\n".join(sorted(self.keys)), " ".join(self.grams))


def keys_of(
    *,
    name: str,
    remark: str | None = None,
    salutation: str | None = None,
    company: str | None = None,
    username: str | None = None,
    contacts: Iterable[tuple[ContactKind, str]] = (),
) -> Keys:
    """The keys of a customer with these values; the same rows that ``refresh`` would keep. Pure."""
    found: dict[str, None] = {}
    pieces: dict[str, None] = {}
    for label in dict.fromkeys((name, remark)):
        if label:
            known = read(label)
            _add(found, _of_label(known))
            pieces |= dict.fromkeys(grams.of_name(known))
    if salutation:
        _add(found, _of_title(read(salutation)))
    if company:
        keys, inside = _of_company(company)
        _add(found, keys)
        pieces |= dict.fromkeys(inside)
    if username:
        _add(found, _of_account(Kind.USERNAME, username))
        pieces |= dict.fromkeys(grams.of_word(sound(squeeze(fold(username)))))
    for kind, value in contacts:
        if kind == ContactKind.PHONE:
            _add(found, _of_phone(value))
        elif kind == ContactKind.EMAIL:
            _add(found, _of_email(value))
            pieces |= dict.fromkeys(grams.of_word(sound(squeeze(fold(value.partition("@")[0])))))
        else:
            _add(found, _of_account(Kind.ACCOUNT, value))
    return Keys(tuple(found)[:MOST_KEYS], tuple(pieces)[: grams.MOST])


def _add(into: dict[str, None], keys: Iterable[str]) -> None:
    for key in keys:
        if len(key) > 1:
            into[key[:LONGEST_KEY]] = None


def _of_label(name: Name) -> Iterator[str]:
    yield "n" + name.squeezed
    words = name.words
    if words:
        yield from ("w" + word for word in words)
        if not name.han:
            yield from _of_western(name)
    yield from ("w" + sign for sign in symbols(name.folded))
    for run in name.han[:2]:
        if run.text != name.squeezed:
            yield "a" + run.text
        yield from _of_han(run)


def _of_western(name: Name) -> Iterator[str]:
    words = name.words
    sounding = sound(name.squeezed)
    yield "s" + sounding
    yield "z" + sounding[::-1]
    if len(words) > 1:
        yield "o" + "".join(sorted(words))
        yield "r" + words[-1] + "".join(words[:-1])
        yield "i" + "".join(word[0] for word in words)
        yield "m" + words[0][0] + words[-1]
    full = [word for word in words if len(word) > 1]
    if 1 < len(full) < len(words):  # nobody types the middle initial
        yield "n" + "".join(full)
        yield "o" + "".join(sorted(full))
        yield "r" + full[-1] + "".join(full[:-1])


def _of_han(run: HanName) -> list[str]:
    text, surname = run.text, run.surname
    if len(text) > LONGEST_RUN and len(run.parts) == 1:
        return ["p" + "".join(run.readings[0]), "i" + "".join([one[0] for one in run.readings[0]])]
    keys = ["a" + text[start:] for start in range(1, min(len(text), LONGEST_RUN))]
    keys += ["a" + part for part in run.parts[1:]]
    cut = max(len(surname), 1)
    if surname:
        keys.append("f" + surname)
    for number, way in enumerate(run.readings):
        joined = "".join(way)
        sounding = sound(joined)
        keys += ["p" + joined, "i" + "".join([one[0] for one in way]), "s" + sounding]
        if number < 2:
            keys.append("z" + sounding[::-1])
        head = "".join(way[:cut])
        if surname:
            keys.append("f" + head)
        if len(way) > cut:
            keys += _of_given(text[:cut], head, way[:cut], way[cut:])
    return keys


def _of_given(han_head: str, head: str, head_syllables: Sequence[str], given: Sequence[str]) -> list[str]:
    tail = "".join(given)
    short = "".join([one[0] for one in given])
    initials = "".join([one[0] for one in head_syllables])
    keys = ["p" + tail + head, "q" + tail]
    if len(given) > 1:
        keys += ["q" + "".join(given[1:]), "b" + sound(tail)]
    mixed = [head + short, initials + tail, han_head + short, han_head + tail]
    return keys + ["m" + one for one in mixed]


def _of_title(called: Name) -> Iterator[str]:
    yield "t" + called.squeezed
    for run in called.han[:1]:
        if run.surname:
            yield "f" + run.surname
    yield from ("w" + word for word in called.words)


@lru_cache(maxsize=4096)
def _of_company(company: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known = read(company_core(company))
    keys = ["c" + known.squeezed]
    keys += ["d" + word for word in known.words]
    for run in known.han[:1]:
        way = run.readings[0]
        behind = way[len(places.split(run.text)[0]) :]  # hengda, of a company of some city
        keys += ["d" + "".join(way), "d" + "".join([one[0] for one in way]), "d" + "".join(behind)]
    return tuple(keys), tuple(grams.of_company(known))


def _of_account(kind: Kind, value: str) -> Iterator[str]:
    folded = fold(value).lstrip("@")
    yield kind + folded
    yield from (kind + piece for piece in re.split(r"[^a-z]+", folded)[1:] if len(piece) > 2)


def _of_phone(value: str) -> Iterator[str]:
    digits = "".join(one for one in value if "0" <= one <= "9")
    if len(digits) >= SHORTEST_TAIL:
        yield "h" + (digits[2:] if value.startswith("+86") else digits)
        yield "j" + digits[::-1]


def _of_email(value: str) -> Iterator[str]:
    folded = fold(value).replace(" ", "")
    local, _, domain = folded.partition("@")
    yield "x" + folded
    yield from ("v" + piece for piece in re.split(r"[^\w]+|_+|\d+", local) if len(piece) > 1)
    if domain:
        yield "v" + domain


def refresh(session: Session, *, customer_ids: Collection[int]) -> None:
    """Bring these customers' keys up to date with their rows as they are in this unit of work; those of one
    that was merged away are taken out."""
    session.flush()
    wanted = list(dict.fromkeys(customer_ids))
    for start in range(0, len(wanted), CHUNK):
        ids = wanted[start : start + CHUNK]
        _write(session, _present(session, ids), ids)


def forget(session: Session, *, customer_ids: Collection[int]) -> None:
    """Take out all keys of customers who are about to be deleted."""
    ids = list(customer_ids)
    for start in range(0, len(ids), CHUNK):
        _write(session, {}, ids[start : start + CHUNK])


def add(session: Session, *, customer: Customer) -> None:
    """The first keys of a customer who was just made and has no contacts yet."""
    keys = keys_of(
        name=customer.name,
        remark=customer.remark,
        salutation=customer.salutation,
        company=customer.company,
        username=customer.username,
    )
    put(session, keys={customer.id: keys.packed})


def put(session: Session, *, keys: Mapping[int, Packed]) -> None:
    """Keep the keys of customers made in this unit of work, who have none yet (a batch import)."""
    _remember(session, keys)
    if is_sqlite(session):
        _insert(session, {one: of.keys.split("\n") for one, of in keys.items() if of.keys})
    else:
        session.execute(_UNPACK, {"ids": list(keys)})
    grams.put(session, grams={one: of.grams for one, of in keys.items()}, anew=True)


_CUSTOMERS = select(
    col(Customer.id),
    col(Customer.name),
    col(Customer.remark),
    col(Customer.salutation),
    col(Customer.company),
    col(Customer.username),
).where(col(Customer.id).in_(bindparam("ids", expanding=True)), col(Customer.merged_into_id).is_(None))
_CONTACTS = select(col(ContactMethod.customer_id), col(ContactMethod.kind), col(ContactMethod.value)).where(
    col(ContactMethod.customer_id).in_(bindparam("ids", expanding=True))
)
_ENTRIES = select(col(SearchEntry.customer_id), col(SearchEntry.keys)).where(
    col(SearchEntry.customer_id).in_(bindparam("ids", expanding=True))
)


def _present(session: Session, ids: Sequence[int]) -> dict[int, Keys]:
    """The keys these customers should have."""
    contacts: dict[int, list[tuple[ContactKind, str]]] = {}
    for customer_id, kind, value in session.execute(_CONTACTS, {"ids": ids}):
        contacts.setdefault(customer_id, []).append((kind, value))
    return {
        row.id: keys_of(
            name=row.name,
            remark=row.remark,
            salutation=row.salutation,
            company=row.company,
            username=row.username,
            contacts=contacts.get(row.id, ()),
        )
        for row in session.execute(_CUSTOMERS, {"ids": ids})
    }


def _write(session: Session, present: Mapping[int, Keys], ids: Sequence[int]) -> None:
    had = {one: keys for one, keys in session.execute(_ENTRIES, {"ids": ids})}
    added: dict[int, set[str]] = {}
    gone: list[dict[str, object]] = []
    changed: dict[int, Packed] = {}
    for customer_id in ids:
        of = present.get(customer_id, Keys((), ()))
        before = had.get(customer_id, "")
        if of.packed.keys == before:
            continue
        old = set(before.split("\n")) - {""}
        added[customer_id] = set(of.keys) - old
        gone += [{"key": key, "customer": customer_id} for key in old - set(of.keys)]
        changed[customer_id] = of.packed
    if gone:
        session.connection().execute(_DELETE_KEY, gone)
    _insert(session, added)
    stale = [customer_id for customer_id in changed if customer_id in had]
    if stale:
        session.connection().execute(delete(SearchEntry).where(col(SearchEntry.customer_id).in_(stale)))
    _remember(session, changed)
    if changed:
        grams.put(session, grams={one: of.grams for one, of in changed.items()}, anew=not stale)


# Written as text: these run for every person who writes for the first time.
_DELETE_KEY = text("DELETE FROM search_key WHERE key = :key AND customer_id = :customer")

# PostgreSQL takes the entries apart itself: several times cheaper than to send it a row for every key.
_UNPACK = text(
    "INSERT INTO search_key (key, customer_id)"
    " SELECT unnest(string_to_array(keys, E'\\n')) AS key, customer_id"
    " FROM search_entry WHERE customer_id = ANY(:ids) ORDER BY key"
)


def _insert(session: Session, keys: Mapping[int, Collection[str]]) -> None:
    rows = sorted((key, one) for one, of in keys.items() for key in of)  # near ones stand together
    bulk.insert(session, SearchKey.__table__, ("key", "customer_id"), rows)  # type: ignore[attr-defined]


def _remember(session: Session, keys: Mapping[int, Packed]) -> None:
    rows = [(one, of.keys) for one, of in keys.items() if of.keys]
    bulk.insert(session, SearchEntry.__table__, ("customer_id", "keys"), rows)  # type: ignore[attr-defined]


def rebuild(session: Session, *, limit: int) -> int:
    """Key the next customers of a store that was keyed by other rules, or never (one that was migrated).
    Returns how many; 0 once all are. A setting remembers by which rules, and how far."""
    if remembered.recall(session, REBUILT_RULES) == str(RULES):
        return 0
    done = int(remembered.recall(session, REBUILT_UNTIL) or 0)
    ids = list(
        session.scalars(
            select(col(Customer.id)).where(col(Customer.id) > done).order_by(col(Customer.id)).limit(limit)
        )
    )
    if not ids:
        remembered.remember(session, REBUILT_RULES, str(RULES))
        remembered.remember(session, REBUILT_UNTIL, "0")
        return 0
    refresh(session, customer_ids=ids)
    remembered.remember(session, REBUILT_UNTIL, str(ids[-1]))
    return len(ids)
