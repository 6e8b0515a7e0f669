"""Queries for nobody: whatever is shown for them is wrong."""

from collections.abc import Iterator, Sequence
from random import Random

from bot.demo.people import Person
from tests.benchmarks.queries import Query
from tests.benchmarks.spelling import digits, han, heard, plain, spelled


def strangers(known: Sequence[Person], others: Sequence[Person], count: int, *, seed: int) -> Iterator[Query]:
    """Queries for people who are not in the store and whom nobody there could be taken for: no namesake,
    nobody of the same sound or one slip away."""
    random = Random(seed)
    names = {plain(one.name) for one in known}
    sounds = {heard(spelled(one.name)) for one in known if han(one.name)}
    gaps = {gap for name in names | sounds for gap in _gaps(name)}
    phones = {gap for one in known for gap in _gaps(digits(one.phone))}
    made = 0
    for person in others:
        name = plain(person.name)
        sounding = heard(spelled(person.name)) if han(person.name) else name
        if (
            name in names
            or sounding in sounds
            or any(gap in gaps for text in (name, sounding) for gap in _gaps(text))
        ):
            continue
        shapes = [person.name, sounding if not han(person.name) else spelled(person.name)]
        if not any(gap in phones for gap in _gaps(digits(person.phone))):
            shapes += [digits(person.phone)]
        if person.email is not None and len(person.email.partition("@")[0]) > 8:
            shapes.append(person.email)
        yield Query("nobody", random.choice(shapes), lambda _: False)
        made += 1
        if made == count:
            return


def _gaps(text: str) -> Iterator[str]:
    """The text with each letter left out: two texts that share one are at most a slip apart."""
    yield text
    yield from (text[:place] + text[place + 1 :] for place in range(len(text)))
