"""Phone numbers and addresses with a slip."""

from collections.abc import Sequence
from itertools import combinations

from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers import candidates, grams
from crm_store.customers.candidates import ONE_DIGIT, SPELLING, Found
from crm_store.customers.names import squeeze
from crm_store.customers.pinyin import sound
from crm_store.customers.routing import bare
from crm_store.customers.search_keys import Kind
from crm_store.customers.tables import ContactKind, ContactMethod

SHORTEST_PHONE, LONGEST_PHONE = 8, 15
SHORTEST_LOCAL = 5


def of_digits(session: Session, digits: str) -> dict[int, Found]:
    """A digit wrong, missing, too many, or two of them swapped: one half of the number still stands."""
    if not SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE:
        return {}
    half = len(digits) // 2
    front = candidates.keys(session, Kind.PHONE + digits[: half - 1])
    back = candidates.keys(session, Kind.TAIL + digits[half:][::-1])
    near = [key for key in front if OSA.distance(key[1:], digits, score_cutoff=1) <= 1]
    near += [key for key in back if OSA.distance(bare(key[:0:-1]), digits, score_cutoff=1) <= 1]
    return dict.fromkeys(candidates.holders(session, near), Found(80, ONE_DIGIT))


def of_address(session: Session, address: str) -> dict[int, Found]:
    local, _, _ = address.partition("@")
    if len(local) < SHORTEST_LOCAL:
        return {}
    front = candidates.keys(session, Kind.EMAIL + address[: len(local) // 2])
    near = [key for key in front if OSA.distance(key[1:], address, score_cutoff=2) <= 2]
    if near:
        return dict.fromkeys(candidates.holders(session, near), Found(80, SPELLING))
    inside = list(grams.of_word(sound(squeeze(local))))
    rare = grams.rarest(session, grams=inside, most=candidates.RAREST)
    ids = grams.holding(session, all_of=[*combinations(rare, 2)], most=candidates.PIECES)
    return _addresses(session, ids, address)


def _addresses(session: Session, ids: Sequence[int], address: str) -> dict[int, Found]:
    rows = session.execute(
        select(col(ContactMethod.customer_id), col(ContactMethod.value)).where(
            col(ContactMethod.customer_id).in_(ids), col(ContactMethod.kind) == ContactKind.EMAIL
        )
    )
    return {one: Found(78, SPELLING) for one, value in rows if OSA.distance(value, address) <= 2}
