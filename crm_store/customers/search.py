"""One box: customers, orders and tickets by whatever somebody remembers of them.

Who may search sees every customer; what of a contact is shown is ``sight``'s. Queries are not kept anywhere:
people type phone numbers into them.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, bindparam, or_, select
from sqlmodel import Session, col

from crm_store.customers import grams, inexact, lookup, routing
from crm_store.customers.candidates import Found
from crm_store.customers.names import LONGEST, fold, is_han
from crm_store.customers.phrases import untitled
from crm_store.customers.routing import Probe, Route, matching
from crm_store.customers.search_keys import Kind
from crm_store.customers.tables import Customer, SearchEntry
from crm_store.sales.tables import Order, Shipment
from crm_store.service.tables import Ticket
from crm_store.types import LARGEST_ID

CANDIDATES = 200
"""Customers one probe may bring. Of more, the newest and those who ordered last are looked at."""

BESIDE = 1000
"""The same for a query of two parts, of which the other part leaves few."""

SURE = 94
"""An answer this good leaves pieces out of the middle of other names uninteresting."""

CERTAIN = 96
FIRST_PAGE = 5
SHORTEST_GLUED, LONGEST_GLUED = 3, 10
FEW = 5
"""With fewer answers than fit on a first page, slips are thought of."""

RECENT = 200
MOST_PARTS = 6
NAMED = 84
"""How good an answer to one part of a query must be for the other part to be looked at."""

NEVER = datetime.min.replace(tzinfo=UTC)


class Hit(NamedTuple):
    """``score`` is 0 to 100; ``why`` a key of the labels [match] where the match needs saying, else None."""

    customer: Customer
    score: float
    why: str | None


_ENTRIES = select(SearchEntry).where(col(SearchEntry.customer_id).in_(bindparam("ids", expanding=True)))
_RECENT = (
    select(col(Customer.id))
    .where(col(Customer.last_order_at).is_not(None))
    .order_by(col(Customer.last_order_at).desc())
    .limit(RECENT)
)
_ROWS = select(
    col(Customer.id),
    col(Customer.name),
    col(Customer.remark),
    col(Customer.company),
    col(Customer.city),
    col(Customer.last_order_at),
    col(Customer.updated_at),
).where(col(Customer.id).in_(bindparam("ids", expanding=True)), col(Customer.merged_into_id).is_(None))


def customers(session: Session, *, text: str, limit: int = 6, offset: int = 0) -> list[Hit]:
    """Who may be meant by ``text``, best first: exact, then beginnings, pinyin, and what is near; those of
    one score by their last order or change. Nobody who was merged away. Empty where nobody is meant."""
    asked = routing.route(text)
    found = _exactly(session, asked)
    best = max((one.score for one in found.values()), default=0.0)
    if best < SURE:
        _note_both(found, inexact.pieces(session, asked))
    if not found:
        _note_both(found, _glued(session, asked))
    if best < (CERTAIN if len(found) < FEW else _left_out(asked)):
        _note_both(found, inexact.slips(session, asked))
    return _hits(session, found, limit=limit, offset=offset)


def _left_out(asked: Route) -> float:
    """How good an answer keeps a crowd of Chinese names from being searched for one with a character more."""
    return SURE if is_han(asked.name.squeezed) else 0.0


def _exactly(session: Session, asked: Route) -> dict[int, Found]:
    found: dict[int, Found] = {}
    crowded = _note(session, found, asked.probes, CANDIDATES)
    if crowded:
        _note_recent(session, asked, found)
    if asked.number is not None and asked.number <= LARGEST_ID:
        _note_numbered(session, asked, found)
    if asked.tail and asked.head is not None:
        _note_both(found, _masked(session, asked.head, asked.tail))
    elif asked.tail and asked.rest:
        _note_both(found, _beside_tail(session, asked.rest, asked.tail))
    elif len(asked.pieces) > 1 and not any(one.score >= NAMED for one in found.values()):
        _note_both(found, _in_parts(session, asked.pieces))
    return found


def _note(session: Session, found: dict[int, Found], probes: Sequence[Probe], most: int) -> bool:
    """Note who answers the probes. True where one of them had more answers than were taken."""
    plain = [probe for probe in probes if not probe.prefix]
    begun = [probe for probe in probes if probe.prefix]
    exact = lookup.exact(session, keys=[probe.key for probe in plain], most=most)
    longer = lookup.beginning(session, starts=[probe.key for probe in begun], most=most)
    for probe in plain:
        _note_both(found, {who: Found(probe.score, probe.why) for _, who in exact[probe.key]})
    for probe in begun:
        for key, who in reversed(longer[probe.key]):
            _note_both(found, {who: Found(probe.score + len(probe.key) / len(key), probe.why)})
    return any(len(holders) == most for holders in (*exact.values(), *longer.values()))


def _note_both(found: dict[int, Found], more: dict[int, Found]) -> None:
    for customer_id, one in more.items():
        if customer_id not in found or found[customer_id].score < one.score:
            found[customer_id] = one


def _note_recent(session: Session, asked: Route, found: dict[int, Found]) -> None:
    """Of a crowd, those who ordered last are the likeliest to be asked for."""
    ids = list(session.scalars(_RECENT))
    for customer_id, keys in _keys(session, ids).items():
        probe = matching(asked.probes, keys)
        if probe is not None:
            _note_both(found, {customer_id: Found(probe.score, probe.why)})


def _note_numbered(session: Session, asked: Route, found: dict[int, Found]) -> None:
    """C12 is customer 12, or who took them in; bare digits may be."""
    customer = session.get(Customer, asked.number)
    while customer is not None and customer.merged_into_id is not None:
        customer = session.get(Customer, customer.merged_into_id)
    if customer is not None:
        _note_both(found, {customer.id: Found(100.0 if asked.digits is None else 93.0, None)})


def _keys(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Customers' keys, a line each."""
    if not ids:
        return {}
    rows = session.connection().execute(_ENTRIES, {"ids": ids})
    return {row["customer_id"]: row["keys"] for row in rows.mappings()}


def _beside_tail(session: Session, rest: str, tail: str) -> dict[int, Found]:
    """王小明 1234: who has both the digits in a phone (its end first) and the name."""
    ids = _ending(session, tail)
    found = _both(session, ids, rest, less=0.5)
    if found or len(pieces := routing.route(rest).pieces) < 2:
        return found
    found = dict.fromkeys(ids, Found(100.0, None))
    for piece in pieces:  # 王小明 北京 1234
        fitting = _both(session, list(found), piece, less=0.5)
        found = {one: min(found[one], its, key=lambda it: it.score) for one, its in fitting.items()}
    return found


def _masked(session: Session, head: str, tail: str) -> dict[int, Found]:
    """138****0000, as contacts are shown to who may not see them."""
    begun = [Probe(Kind.PHONE + head, 97.0, prefix=True)]
    keys = _keys(session, _ending(session, tail))
    return {one: Found(97.0, None) for one, its in keys.items() if not head or matching(begun, its)}


def _ending(session: Session, tail: str) -> list[int]:
    """Who has a phone with this end."""
    start = Kind.TAIL + tail[::-1]
    return [who for _, who in lookup.beginning(session, starts=[start], most=BESIDE)[start]]


def _in_parts(session: Session, words: Sequence[str]) -> dict[int, Found]:
    """张三 华为, 北京 张三, john smith berlin: one part names them, the other is where they are from. Names
    of two words are tried first; the first way that fits anybody is taken."""
    cuts = range(1, min(len(words), MOST_PARTS))
    ways = [way for cut in cuts for way in ((words[:cut], words[cut:]), (words[cut:], words[:cut]))]
    for name, place in sorted(ways, key=lambda way: abs(len(way[0]) - 2)):
        named: dict[int, Found] = {}
        probes = [one for one in routing.route(" ".join(name)).probes if one.score >= NAMED]
        _note(session, named, probes, CANDIDATES)
        found = _both(session, list(named), " ".join(place), less=3.0)
        if found:
            return found
    return {}


def _both(session: Session, ids: Sequence[int], rest: str, *, less: float) -> dict[int, Found]:
    """Those of ``ids`` whom ``rest`` fits too: by their keys, or as where they live."""
    probes = routing.route(rest).probes
    place = fold(rest)
    found: dict[int, Found] = {}
    fitting = {one: matching(probes, keys) for one, keys in _keys(session, ids[:BESIDE]).items()}
    found |= {
        one: Found(probe.score - less, probe.why) for one, probe in fitting.items() if probe is not None
    }
    if len(place) > 1:
        for row in _rows(session, [one for one, probe in fitting.items() if probe is None]):
            if any(place in fold(value) for value in (row.city, row.company, row.remark) if value):
                found[row.id] = Found(94.0 - less, None)
    return found


def _rows(session: Session, ids: Iterable[int]) -> list[Row[Any]]:
    wanted = list(ids)
    return list(session.execute(_ROWS, {"ids": wanted})) if wanted else []


def _glued(session: Session, asked: Route) -> dict[int, Found]:
    """华为张三, 盛世许总: a company's piece and a name without a space between them."""
    text = asked.name.squeezed
    if not is_han(text) or not SHORTEST_GLUED <= len(text) <= LONGEST_GLUED:
        return {}
    cuts = [(text[:cut], text[cut:]) for cut in range(2, len(text))]
    cuts += [(place, name) for name, place in cuts if len(place) > 1]
    found: dict[int, Found] = {}
    for place, name in cuts:
        titled = untitled(name)
        wanted = [*grams.pairs(place), *(titled[0] if titled else name)]
        ids = grams.holding(session, all_of=[wanted], most=CANDIDATES)
        probes = routing.route(name).probes
        rows = {row.id: row for row in _rows(session, ids)}
        for one, keys in _keys(session, list(rows)).items():
            probe = matching(probes, keys)
            if probe is not None and place in fold(rows[one].company or ""):
                _note_both(found, {one: Found(probe.score - 3, probe.why)})
    return found


def _hits(session: Session, found: dict[int, Found], *, limit: int, offset: int = 0) -> list[Hit]:
    """One page: by score, then by the last order or change; those who were merged away are left out."""
    if limit <= 0:
        return []
    rows = _rows(session, found)
    rows.sort(key=lambda row: row.last_order_at or row.updated_at or NEVER, reverse=True)
    rows.sort(key=lambda row: -round(found[row.id].score))
    ids = _varied([row.id for row in rows], found)[offset : offset + limit]
    wanted = select(Customer).where(col(Customer.id).in_(ids))
    loaded = {one.id: one for one in session.scalars(wanted)} if ids else {}
    return [Hit(loaded[one], found[one].score, found[one].why) for one in ids]


def _varied(ids: list[int], found: dict[int, Found]) -> list[int]:
    """Where nothing is exact, a crowd of one kind leaves room on the first page for who was meant otherwise:
    after three who begin so (黄立新), those of the same sound (黄丽)."""
    if len(ids) <= FIRST_PAGE or found[ids[0]].score >= SURE:
        return ids
    ways: dict[tuple[int, str | None], list[int]] = {}
    for one in ids:
        ways.setdefault((int(found[one].score) // 4, found[one].why), []).append(one)
    first, *others = ways.values()
    if len(first) < FIRST_PAGE or not others:
        return ids
    ahead = [*first[:3], *(way[0] for way in others[:2])]
    if len(others) == 1:
        ahead += others[0][1:2]
    return [*ahead, *(one for one in ids if one not in ahead)]


def near(session: Session, *, text: str, limit: int = 5) -> list[Hit]:
    """Near misses for a query that found nobody, nearest first: not good enough to be taken for who was
    meant, but worth a look. Of a phone number those with the same end, of a name those that begin alike."""
    asked = routing.route(text)
    return _hits(session, inexact.near(session, asked), limit=limit)


_NUMBERED = re.compile(r"#?([OT]?)(\d{1,10})")
SHORTEST_OUTSIDE = 4
"""Characters of another system's number or a parcel's from which on its beginning or end is looked for."""


def orders(session: Session, *, text: str, limit: int = 6) -> list[Order]:
    """Orders by their own number (O7, 7), another system's, or a parcel's: those that are it before those
    that begin so, the newest first."""
    typed = re.sub(r"[\s\0]", "", text)[:LONGEST]
    found: dict[int, Order] = {}
    number = _number(text, "O")
    if number is not None and (order := session.get(Order, number)) is not None:
        found[order.id] = order
    if len(typed) < SHORTEST_OUTSIDE:
        return list(found.values())[:limit]
    ways = dict.fromkeys((typed, typed.upper(), fold(typed), fold(typed).upper()))
    for prefix in (False, True):
        if len(found) >= limit:
            break
        external = or_(*(_outside(Order.external_number, one, prefix=prefix) for one in ways))
        parcel = or_(*(_outside(Shipment.tracking_number, one, prefix=prefix) for one in ways))
        shipped = select(col(Shipment.order_id)).where(parcel).limit(OUTSIDE)
        newest = col(Order.placed_at).desc()
        for wanted in (external, col(Order.id).in_(shipped)):
            for order in session.scalars(select(Order).where(wanted).order_by(newest).limit(limit)):
                found.setdefault(order.id, order)
    return list(found.values())[:limit]


OUTSIDE = 50


def _outside(column: str | None, typed: str, *, prefix: bool) -> ColumnElement[bool]:
    if not prefix:
        return col(column) == typed
    return and_(col(column) >= typed, col(column) < typed + "\U0010ffff")


def tickets(session: Session, *, text: str, limit: int = 6) -> list[Ticket]:
    """The ticket of this number (T12, 12)."""
    number = _number(text, "T")
    ticket = session.get(Ticket, number) if number is not None else None
    return [ticket] if ticket is not None and limit > 0 else []


def _number(text: str, letter: str) -> int | None:
    """The number that is the whole text: O7, #o 7, 7."""
    found = _NUMBERED.fullmatch(fold(text).upper().replace(" ", ""))
    if found is None or found[1] not in {"", letter} or int(found[2]) > LARGEST_ID:
        return None
    return int(found[2])
