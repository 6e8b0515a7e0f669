"""What staff type when they look for somebody: hard queries as people write them, always the same for a seed.

Nothing here knows how the search keys its customers. Each query says whom it may mean: where what was typed
describes several people equally (namesakes, one surname, the same initials), each of them is right.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from pypinyin import lazy_pinyin

from bot.demo.people import Person
from tests.benchmarks.spelling import (
    CONFUSED,
    KEYS_BESIDE,
    NICKNAMES,
    S2T,
    TITLES,
    confusable,
    confuse,
    digits,
    han,
    heard,
    initials_of,
    plain,
    simplified,
    spelled,
    surname,
    syllables,
    tokens,
    turned,
    words,
)

Fits = Callable[[Person], bool]
Written = tuple[str, Fits] | None


@dataclass(frozen=True)
class Query:
    """``fits`` is who a person that typed ``text`` would be content to see."""

    kind: str
    text: str
    fits: Fits


class Typist:
    """Writes one query about one person; None where there is nothing of the kind to say about them."""

    def __init__(self, people: Sequence[Person], random: Random) -> None:
        self._people = people
        self.random = random
        self.names = {plain(one.name) for one in people}
        self._by_sound: dict[str, list[str]] = {}
        for letter in sorted(
            {one for p in people for one in simplified(p.name) if "\u4e00" <= one <= "\u9fff"}
        ):
            self._by_sound.setdefault(lazy_pinyin(letter)[0], []).append(letter)
        self._letters = [one for group in self._by_sound.values() for one in group]

    def somebody(self) -> Person:
        return self.random.choice(self._people)

    def kinds(self) -> dict[str, Callable[[Person], Written]]:
        return {
            "full name": self.full,
            "part of a name": self.part,
            "one character": self.one,
            "pinyin": self.pinyin,
            "initials": self.initials,
            "mixed (张s, zhang s)": self.mixed,
            "fuzzy pinyin": self.fuzzy,
            "typo, pinyin": self.typo_pinyin,
            "typo, Latin": self.typo_latin,
            "homophone": self.homophone,
            "one wrong character": self.wrong,
            "order of words": self.swapped,
            "short name (Bob)": self.nickname,
            "title (王总)": self.title,
            "traditional": self.traditional,
            "minority name": self.minority,
            "phone": self.phone,
            "tail of a phone": self.tail,
            "phone, a digit off": self.digit_off,
            "e-mail": self.email,
            "username": self.username,
            "company": self.company,
            "remark": self.remark,
            "name and tail": self.name_and_tail,
            "name and place": self.name_and_place,
        }

    def same(self, person: Person) -> Fits:
        name = plain(person.name)
        return lambda other: plain(other.name) == name

    def is_chinese(self, person: Person) -> bool:
        return han(person.name) and "·" not in person.name and len(person.name) > 1

    def _case(self, text: str) -> str:
        return self.random.choice([text, text, text.title(), text.upper()])

    def full(self, person: Person) -> Written:
        return self.random.choice([person.name, f" {person.name} ", person.name.lower()]), self.same(person)

    def part(self, person: Person) -> Written:
        if self.is_chinese(person):
            name = simplified(person.name)
            given = name[len(surname(name)) :]
            text = self.random.choice([given, name[: len(surname(name)) + 1]])
            return (text, lambda other: text in simplified(other.name)) if len(text) > 1 else None
        if han(person.name):
            return None
        word = self.random.choice([one for one in words(person.name) if len(one) > 1])
        cut = self.random.choice([len(word), max(3, len(word) - 2)])
        text = plain(word)[:cut]
        return self._case(text), lambda other: any(one.startswith(text) for one in tokens(other.name))

    def one(self, person: Person) -> Written:
        if not self.is_chinese(person):
            return None
        text = self.random.choice(simplified(person.name))
        return text, lambda other: text in simplified(other.name) + simplified(other.remark or "")

    def pinyin(self, person: Person) -> Written:
        if not self.is_chinese(person):
            return None
        parts = syllables(person.name)
        cut = len(surname(simplified(person.name)))
        head, given = "".join(parts[:cut]), "".join(parts[cut:])
        text = self.random.choice(
            [head + given, f"{head} {given}", " ".join(parts), f"{given} {head}",
             f"{head.title()} {given.title()}",
             f"{given.title()} {head.title()}", head + given[: max(2, len(given) - 2)]]
        )  # fmt: skip
        typed = plain(text)
        return (
            text,
            lambda other: (
                han(other.name) and (spelled(other.name).startswith(typed) or typed == turned(other.name))
            ),
        )

    def initials(self, person: Person) -> Written:
        if not self.is_chinese(person):
            return None
        text = "".join(one[0] for one in syllables(person.name))
        if len(text) < 2:
            return None
        return self.random.choice(
            [text, text.upper(), " ".join(text)]
        ), lambda other: initials_of(other.name) == text

    def mixed(self, person: Person) -> Written:
        if not self.is_chinese(person):
            return None
        name = simplified(person.name)
        cut = len(surname(name))
        parts = syllables(name)
        head, short = "".join(parts[:cut]), "".join(one[0] for one in parts[cut:])
        if not short:
            return None
        shapes = {
            name[:cut] + short: (name[:cut], short),
            name[:cut] + short[0]: (name[:cut], short[0]),
            f"{name[:cut]} {short}": (name[:cut], short),
            f"{head} {short}": (head, short),
            f"{head}{short}": (head, short),
            f"{head} {short[0]}": (head, short[0]),
            name[:cut] + "".join(parts[cut:]): (name[:cut], short),
        }
        if len(name) > cut + 1:
            shapes[name[: cut + 1] + short[1]] = (name[: cut + 1], short[1])
        text = self.random.choice(sorted(shapes))
        start, rest = shapes[text]

        def fits(other: Person) -> bool:
            if not han(other.name):
                return plain(other.name).startswith(plain(text))
            known, ways = simplified(other.name), syllables(other.name)
            for place in range(1, len(ways)):
                begun = known[:place] if han(start) else "".join(ways[:place])
                if begun == start and "".join(one[0] for one in ways[place:]).startswith(rest):
                    return True
            return spelled(other.name).startswith(plain(text))

        return text, fits

    def fuzzy(self, person: Person) -> Written:
        if not self.is_chinese(person):
            return None
        parts = list(syllables(person.name))
        places = [(n, a, b) for n, one in enumerate(parts) for a, b in CONFUSED if confusable(one, a, b)]
        if not places:
            return None
        n, a, b = self.random.choice(places)
        parts[n] = confuse(parts[n], a, b)
        text = "".join(parts)
        wanted = heard(spelled(person.name))
        return (
            self.random.choice([text, " ".join(parts)]),
            lambda other: (
                han(other.name) and (spelled(other.name) == text or heard(spelled(other.name)) == wanted)
            ),
        )

    def slip(self, text: str) -> str:
        """One of what fingers do: a letter doubled, dropped, swapped, or hit beside."""
        place = self.random.randrange(1, len(text))
        how = self.random.randrange(4)
        if how == 0 and place + 1 < len(text) and text[place] != text[place + 1]:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if how == 1:
            return text[:place] + text[place + 1 :]
        if how == 2:
            return text[:place] + text[place] + text[place:]
        beside = KEYS_BESIDE.get(text[place].lower())
        return text[:place] + self.random.choice(beside) + text[place + 1 :] if beside else self.slip(text)

    def typo_pinyin(self, person: Person) -> Written:
        if not self.is_chinese(person) or len(spelled(person.name)) < 6:
            return None
        right = spelled(person.name)
        text = self.slip(right)
        if text == right:
            return None
        return text, lambda other: han(other.name) and spelled(other.name) in {right, text}

    def typo_latin(self, person: Person) -> Written:
        if han(person.name) or len(person.name) < 8:
            return None
        slipped = self.slip(" ".join(words(person.name)))
        if plain(slipped) in self.names:
            return None
        return self._case(slipped), self.same(person)

    def _other(self, person: Person, choose: Callable[[str], Sequence[str]], shortest: int) -> Written:
        if not self.is_chinese(person) or len(person.name) < shortest:
            return None
        name = simplified(person.name)
        place = self.random.randrange(len(surname(name)), len(name))
        others = [one for one in choose(name[place]) if one != name[place]]
        if not others:
            return None
        text = name[:place] + self.random.choice(others) + name[place + 1 :]
        if text in self.names:
            return None
        sounds = spelled(text)
        return (
            text,
            lambda other: plain(other.name) == name or (han(other.name) and spelled(other.name) == sounds),
        )

    def homophone(self, person: Person) -> Written:
        return self._other(person, lambda one: self._by_sound.get(lazy_pinyin(one)[0], []), 2)

    def wrong(self, person: Person) -> Written:
        """Misread, misremembered: no sound in common. Any name that is right in all other places will do."""
        written = self._other(person, lambda _: self._letters, 3)
        if written is None:
            return None
        text, fits = written
        return (
            text,
            lambda other: (
                fits(other)
                or (
                    len(plain(other.name)) == len(text)
                    and sum(a != b for a, b in zip(plain(other.name), text, strict=True)) == 1
                )
            ),
        )

    def swapped(self, person: Person) -> Written:
        parts = words(person.name)
        if han(person.name) or len(parts) < 2:
            return None
        last, rest = parts[-1], " ".join(parts[:-1])
        shapes = [
            f"{last} {rest}",
            f"{last}, {rest}",
            f"{last.upper()}, {rest}",
            f"{last} {rest[0]}",
            f"{rest[0]}. {last}",
        ]
        text = self.random.choice(shapes)
        typed = tokens(text.replace(",", ""))
        return text, lambda other: all(
            any(one == word or (len(word) == 1 and one.startswith(word)) for one in tokens(other.name))
            for word in typed
        )

    def nickname(self, person: Person) -> Written:
        parts = words(person.name)
        short = NICKNAMES.get(parts[0])
        if short is None or len(parts) < 2:
            return None
        first, last = parts[0], parts[-1]
        return self.random.choice(
            [f"{short} {last}", f"{short.lower()} {last.lower()}", f"{last}, {short}"]
        ), (
            lambda other: (
                words(other.name)[-1] == last
                and (words(other.name)[0] in {first, short} or NICKNAMES.get(words(other.name)[0]) == short)
            )
        )

    def title(self, person: Person) -> Written:
        if not self.is_chinese(person):
            return None
        if person.salutation and self.random.random() < 0.5:
            called = surname(simplified(person.name)) + person.salutation.removeprefix(
                surname(simplified(person.name))
            )
        else:
            called = surname(simplified(person.name)) + self.random.choice(TITLES)
        first = surname(simplified(person.name))
        return (
            called,
            lambda other: (
                first
                in {
                    surname(simplified(other.name)),
                    (simplified(other.remark or " "))[: len(first)],
                    (simplified(other.salutation or " "))[: len(first)],
                }
            ),
        )

    def traditional(self, person: Person) -> Written:
        if not self.is_chinese(person):
            return None
        text = str(S2T.convert(person.name))
        if text == person.name and simplified(text) == text:
            return None
        return text, self.same(person)

    def minority(self, person: Person) -> Written:
        if "·" not in person.name:
            return None
        parts = person.name.split("·")
        text = self.random.choice(
            [self.random.choice("•‧・.· ").join(parts), "".join(parts), parts[0], parts[-1], "·".join(parts)]
        )
        typed = plain(text)
        return text, lambda other: typed in plain(other.name)

    def phone(self, person: Person) -> Written:
        number = digits(person.phone)
        shapes = [number, person.phone]
        if len(number) == 11 and person.phone.startswith("+861"):
            shapes += [
                f"{number[:3]} {number[3:7]} {number[7:]}",
                f"{number[:3]}-{number[3:7]}-{number[7:]}",
                f"+86 {number}",
                f"0086{number}",
                f"86{number}",
                number.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
            ]
        return self.random.choice(shapes), lambda other: other.phone == person.phone

    def tail(self, person: Person) -> Written:
        number = digits(person.phone)
        text = number[-self.random.choice([4, 4, 4, 5, 6, 7, 8]) :]
        return text, lambda other: digits(other.phone).endswith(text)

    def digit_off(self, person: Person) -> Written:
        number = digits(person.phone)
        if len(number) < 10:
            return None
        place = self.random.randrange(1, len(number))
        if self.random.random() < 0.3 and number[place] != number[place - 1]:
            text = number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :]
        else:
            text = (
                number[:place]
                + self.random.choice("0123456789".replace(number[place], ""))
                + number[place + 1 :]
            )
        return text, lambda other: other.phone == person.phone

    def email(self, person: Person) -> Written:
        if person.email is None:
            return None
        local = person.email.partition("@")[0]
        text = self.random.choice(
            [person.email, person.email.upper(), local, local[: max(5, len(local) - 3)], f"{local}@"]
        )
        typed = text.lower()
        return (
            text,
            lambda other: (
                (other.email or "").startswith(typed)
                or plain(other.name) == plain(typed)
                or (other.username or "").startswith(typed)
                or (
                    han(other.name) and typed.isalpha() and typed in {spelled(other.name), turned(other.name)}
                )
            ),
        )

    def username(self, person: Person) -> Written:
        if person.username is None:
            return None
        name = person.username
        text = self.random.choice([name, f"@{name}", f"@{name[:-2]}", name.upper()])
        typed = text.lower().lstrip("@")
        return (
            text,
            lambda other: (
                (other.username or "").lower().startswith(typed) or (other.email or "").startswith(typed)
            ),
        )

    def company(self, person: Person) -> Written:
        if person.company is None:
            return None
        short = re.sub(
            "(集团|股份|有限|责任|公司|[ ,.]+(Inc|Ltd|LLC|GmbH|Co|Corp)\\.?)+$", "", person.company
        ).strip()
        inner = short[2:] if han(short) and len(short) > 4 else short
        text = self.random.choice(
            [person.company, short, inner, inner[:2] if han(short) and len(inner) > 2 else inner.lower()]
        )
        return (
            text,
            lambda other: plain(text) in plain(other.company or "") or plain(text) in plain(other.name),
        )

    def remark(self, person: Person) -> Written:
        if person.remark is None:
            return None
        return (
            person.remark,
            lambda other: (
                other.remark == person.remark
                or other.salutation == person.remark
                or surname(simplified(other.name)) == surname(simplified(person.remark or ""))
            ),
        )

    def name_and_tail(self, person: Person) -> Written:
        name, end = person.name, digits(person.phone)[-4:]
        if self.is_chinese(person):
            first = surname(simplified(name))
            name = self.random.choice(
                [name, first, spelled(person.name), first + "总", initials_of(person.name)]
            )
        else:
            name = self.random.choice([name, words(name)[0], words(name)[-1].lower()])
        glued = han(name) and self.random.random() < 0.4
        text = f"{name}{end}" if glued else self.random.choice([f"{name} {end}", f"{end} {name}"])
        return (
            text,
            lambda other: (
                other.phone == person.phone
                or (
                    digits(other.phone).endswith(end)
                    and (plain(other.name) == plain(person.name) or surname(simplified(other.name)) == name)
                )
            ),
        )

    def name_and_place(self, person: Person) -> Written:
        city = person.city.removesuffix("市")
        beside = self.random.choice([city, person.company or city])
        text = self.random.choice([f"{person.name} {beside}", f"{beside} {person.name}"])
        return text, self.same(person)


def queries(people: Sequence[Person], count: int, *, seed: int, typist: type[Typist]) -> Iterator[Query]:
    """``count`` queries for people of the store, all of the typist's kinds in turn."""
    maker = typist(people, Random(seed))
    kinds = maker.kinds()
    made = 0
    while made < count:
        for kind, write in kinds.items():
            for _ in range(60):
                written = write(maker.somebody())
                if written is not None and (text := written[0].strip()):
                    yield Query(kind, text, written[1])
                    made += 1
                    break
            if made == count:
                return
