"""Chinese names with a slip: a character wrong, left out or too many, or two turned round."""

from rapidfuzz.distance import OSA
from sqlmodel import Session

from crm_store.customers import candidates, grams, names
from crm_store.customers.candidates import ONE_CHARACTER, SPELLING, Found
from crm_store.customers.names import Name, read
from crm_store.customers.routing import SAME_SOUND, SOUNDS_ALIKE


def slips(session: Session, name: Name) -> dict[int, Found]:
    text = name.squeezed
    if not 2 <= len(text) <= 6:
        return {}
    sets = [text[:place] + text[place + 1 :] for place in range(len(text))] if len(text) > 2 else [text]
    found: dict[int, Found] = {}
    for person in candidates.people(session, grams.holding(session, all_of=sets, most=candidates.BY_GRAMS)):
        for label in (person.name, person.remark):
            if label and (one := _characters_off(name, read(label))) is not None:
                found[person.id] = max(one, found.get(person.id, one))
    return found


def _characters_off(asked: Name, known: Name) -> Found | None:
    if len(asked.han) != 1 or len(known.han) != 1:
        return None
    typed, theirs = asked.han[0].text, known.han[0].text
    if len(typed) == len(theirs) > 2:
        wrong = [(a, b) for a, b in zip(typed, theirs, strict=True) if a != b]
        if len(wrong) != 1:  # or two turned round
            return Found(83, SPELLING) if OSA.distance(typed, theirs) == 1 else None
        alike = names.similarity(typed, theirs)
        if alike > 95:
            return Found(85, SAME_SOUND)
        if alike > 90:
            return Found(80, SOUNDS_ALIKE)
        return Found(76 - 4 * (typed[0] != theirs[0]), ONE_CHARACTER)
    if len(typed) + 1 == len(theirs) and typed[0] == theirs[0] and typed[-1] == theirs[-1]:
        return Found(74, ONE_CHARACTER)
    if len(typed) == len(theirs) + 1 > 3 and OSA.distance(typed, theirs) == 1:
        return Found(74, ONE_CHARACTER)
    return None
