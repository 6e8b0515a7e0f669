"""Who may be meant when nobody is exactly: a slip of the finger, a wrong character, a digit off, a piece from
the middle. Candidates come from the index, and are then compared one by one."""

from collections.abc import Iterator

from sqlmodel import Session

from crm_store.customers import candidates, grams, han_slips, latin_slips, names, number_slips
from crm_store.customers.candidates import Found
from crm_store.customers.names import read, squeeze
from crm_store.customers.phrases import company_core
from crm_store.customers.routing import Route, bare
from crm_store.customers.search_keys import SHORTEST_TAIL, Kind

BEGUN = 5
"""Letters of a name or address that a near miss shares."""


def pieces(session: Session, asked: Route) -> dict[int, Found]:
    """Customers in whose name, remark or company the text stands somewhere: 智联 of 上海智联科技."""
    wanted = asked.name.squeezed
    core = read(company_core(asked.name.folded))
    inside = [*grams.of_company(core)]
    if len(wanted) < 2 or not inside:
        return {}
    found: dict[int, Found] = {}
    for person in candidates.people(session, grams.holding(session, all_of=[inside], most=candidates.PIECES)):
        company = squeeze(names.fold(person.company or ""))
        if core.squeezed in company:
            found[person.id] = Found(88 + (wanted in company), None)
        elif any(wanted in read(one).squeezed for one in (person.name, person.remark) if one):
            found[person.id] = Found(85, None)
    return found


def slips(session: Session, asked: Route) -> dict[int, Found]:
    """Customers who are one slip, in a long name two, from what was typed."""
    name = asked.name
    if asked.digits is not None:
        return number_slips.of_digits(session, bare(asked.digits))
    if "@" in name.folded:
        return number_slips.of_address(session, name.folded.replace(" ", ""))
    if name.han and not name.words:
        return han_slips.slips(session, name)
    if name.words and not name.han:
        return latin_slips.slips(session, name)
    return {}


def near(session: Session, asked: Route) -> dict[int, Found]:
    """Customers worth a look though none of them is a good answer: the same end of a phone, the same
    beginning of a name or address."""
    found: dict[int, Found] = {}
    for start in _beginnings(asked):
        if len(start) > 1 and len(found) < candidates.CLOSEST:
            keys = candidates.keys(session, start, candidates.CLOSEST)
            found |= dict.fromkeys(candidates.holders(session, keys), Found(50, None))
    if asked.digits is not None:
        return found
    for person in candidates.people(session, found):
        labels = [label for label in (person.name, person.remark) if label]
        alike = max((names.similarity(asked.name.folded, label) for label in labels), default=0.0)
        found[person.id] = Found(alike, None)
    return found


def _beginnings(asked: Route) -> Iterator[str]:
    name = asked.name
    if asked.digits is not None:
        tail = bare(asked.digits)[-SHORTEST_TAIL:]
        if len(tail) == SHORTEST_TAIL:
            yield Kind.TAIL + tail[::-1]
    elif "@" in name.folded:
        yield Kind.EMAIL + name.folded.partition("@")[0][:BEGUN]
    elif name.han:
        yield Kind.NAME + name.squeezed[:2]
        yield Kind.PINYIN + names.spelled(name)[0][:BEGUN]
        yield Kind.NAME + name.squeezed[:1]
    else:
        begun = [word[:size] for size in (BEGUN, 3) for word in name.words]
        yield from (kind + one for one in begun for kind in (Kind.WORD, Kind.PINYIN))
