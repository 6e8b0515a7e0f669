"""What staff type when they look for somebody: hard queries as people write them, always the same for a seed.

Nothing here knows how the search keys its customers. Each query says whom it may mean: where what was typed
describes several people equally (namesakes, one surname, the same initials), each of them is right.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from opencc import OpenCC
from pypinyin import lazy_pinyin

from bot.demo.people import Person

Fits = Callable[[Person], bool]


@dataclass(frozen=True)
class Query:
    """``fits`` is who a person that typed ``text`` would be content to see."""

    kind: str
    text: str
    fits: Fits


SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "翟": "zhai", "区": "ou", "朴": "piao", "盖": "ge",
    "查": "zha", "任": "ren", "尉迟": "yu chi", "万俟": "mo qi", "单于": "chan yu", "长孙": "zhang sun",
    "缪": "miao", "乐": "yue", "覃": "qin",
}  # fmt: skip
COMPOUND = (
    "欧阳",
    "尉迟",
    "司马",
    "上官",
    "诸葛",
    "夏侯",
    "皇甫",
    "东方",
    "令狐",
    "慕容",
    "司徒",
    "公孙",
    "端木",
    "南宫",
)
CONFUSED = [
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("ang", "an"),
    ("eng", "en"),
    ("ing", "in"),
    ("l", "n"),
    ("f", "h"),
]
NICKNAMES = {
    "Robert": "Bob", "William": "Bill", "Richard": "Dick", "James": "Jim", "John": "Jack", "Michael": "Mike",
    "Elizabeth": "Liz", "Margaret": "Peggy", "Katherine": "Kate", "Thomas": "Tom", "Edward": "Ted",
    "Charles": "Chuck", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Jennifer": "Jenny",
    "Patricia": "Trish", "Samuel": "Sam", "Susan": "Sue", "Joseph": "Joe", "David": "Dave", "Andrew": "Andy",
    "Benjamin": "Ben", "Alexander": "Alex", "Christopher": "Chris", "Victoria": "Vicky", "Jessica": "Jess",
    "Stephen": "Steve", "Steven": "Steve", "Deborah": "Debbie", "Barbara": "Barb", "Kimberly": "Kim",
    "Gregory": "Greg", "Nicholas": "Nick", "Jonathan": "Jon", "Timothy": "Tim", "Rebecca": "Becky",
}  # fmt: skip
TITLES = ["总", "经理", "老师", "先生", "女士", "老板", "姐", "哥", "工", "医生", "主任", "师傅"]
KEYS_BESIDE = {
    "q": "wa", "w": "qe", "e": "wr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo", "o": "ip", "p": "o",
    "a": "sq", "s": "ad", "d": "sf", "f": "dg", "g": "fh", "h": "gj", "j": "hk", "k": "jl", "l": "k", "z": "x",
    "x": "zc", "c": "xv", "v": "cb", "b": "vn", "n": "bm", "m": "n",
}  # fmt: skip


def queries(people: Sequence[Person], count: int, *, seed: int, held_back: bool = False) -> Iterator[Query]:
    """``count`` queries for people of the store, all kinds in turn. ``held_back``: the kinds nobody tuned for."""
    maker = _Typist(people, Random(seed))
    kinds = maker.held_back() if held_back else maker.kinds()
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


Written = tuple[str, Fits] | None


@cache
def surname(name: str) -> str:
    if not han(name) or "·" in name:
        return ""
    return name[:2] if name[:2] in COMPOUND or (name[:2] in SURNAMES and len(name) > 2) else name[:1]


@cache
def simplified(text: str) -> str:
    return str(_T2S.convert(text))


_T2S, _S2T = OpenCC("t2s"), OpenCC("s2t")


def han(text: str) -> bool:
    return all("\u4e00" <= one <= "\u9fff" or one == "·" for one in text)


@cache
def syllables(name: str) -> tuple[str, ...]:
    """As a person who knows the name would spell it."""
    name = simplified(name).replace("·", "")
    first = surname(name)
    return (*SURNAMES.get(first, " ".join(lazy_pinyin(first))).split(), *lazy_pinyin(name[len(first) :]))


def spelled(name: str) -> str:
    return "".join(syllables(name)).replace("ü", "v")


def plain(text: str) -> str:
    """Without accents, case and signs."""
    letters = unicodedata.normalize("NFKD", simplified(text).lower())
    return "".join(one for one in letters if one.isalnum())


def words(name: str) -> list[str]:
    return name.replace(".", "").split()


def tokens(name: str) -> frozenset[str]:
    return frozenset(plain(word) for word in words(name))


def digits(phone: str) -> str:
    return phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")


class _Typist:
    """Writes one query about one person; None where there is nothing of the kind to say about them."""

    def __init__(self, people: Sequence[Person], random: Random) -> None:
        self._people = people
        self._random = random
        self._names = {plain(one.name) for one in people}
        self._by_sound: dict[str, list[str]] = {}
        for letter in sorted(
            {one for p in people for one in simplified(p.name) if "\u4e00" <= one <= "\u9fff"}
        ):
            self._by_sound.setdefault(lazy_pinyin(letter)[0], []).append(letter)
        self._letters = [one for group in self._by_sound.values() for one in group]

    def somebody(self) -> Person:
        return self._random.choice(self._people)

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

    def held_back(self) -> dict[str, Callable[[Person], Written]]:
        return {
            "a character left out": self.left_out,
            "two slips, Latin": self.two_slips,
            "pinyin and company": self.pinyin_and_company,
            "given initials, surname": self.given_first,
            "e-mail with a slip": self.email_slip,
            "homophone and tail": self.homophone_and_tail,
            "first name, a slip": self.first_slip,
            "title and company": self.title_and_company,
            "fuzzy and slip": self.fuzzy_slip,
            "middle of a phone": self.middle,
            "full-width": self.full_width,
            "spaces in Chinese": self.spaces,
        }

    def _same(self, person: Person) -> Fits:
        name = plain(person.name)
        return lambda other: plain(other.name) == name

    def _chinese(self, person: Person) -> bool:
        return han(person.name) and "·" not in person.name and len(person.name) > 1

    def _case(self, text: str) -> str:
        return self._random.choice([text, text, text.title(), text.upper()])

    def full(self, person: Person) -> Written:
        return self._random.choice([person.name, f" {person.name} ", person.name.lower()]), self._same(person)

    def part(self, person: Person) -> Written:
        if self._chinese(person):
            name = simplified(person.name)
            given = name[len(surname(name)) :]
            text = self._random.choice([given, name[: len(surname(name)) + 1]])
            return (text, lambda other: text in simplified(other.name)) if len(text) > 1 else None
        if han(person.name):
            return None
        word = self._random.choice([one for one in words(person.name) if len(one) > 1])
        cut = self._random.choice([len(word), max(3, len(word) - 2)])
        text = plain(word)[:cut]
        return self._case(text), lambda other: any(one.startswith(text) for one in tokens(other.name))

    def one(self, person: Person) -> Written:
        if not self._chinese(person):
            return None
        text = self._random.choice(simplified(person.name))
        return text, lambda other: text in simplified(other.name) + simplified(other.remark or "")

    def pinyin(self, person: Person) -> Written:
        if not self._chinese(person):
            return None
        parts = syllables(person.name)
        cut = len(surname(simplified(person.name)))
        head, given = "".join(parts[:cut]), "".join(parts[cut:])
        text = self._random.choice(
            [head + given, f"{head} {given}", " ".join(parts), f"{given} {head}", f"{head.title()} {given.title()}",
             f"{given.title()} {head.title()}", head + given[: max(2, len(given) - 2)]]
        )  # fmt: skip
        typed = plain(text)
        return (
            text,
            lambda other: (
                han(other.name) and (spelled(other.name).startswith(typed) or typed == _turned(other.name))
            ),
        )

    def initials(self, person: Person) -> Written:
        if not self._chinese(person):
            return None
        text = "".join(one[0] for one in syllables(person.name))
        if len(text) < 2:
            return None
        return self._random.choice(
            [text, text.upper(), " ".join(text)]
        ), lambda other: _initials(other.name) == text

    def mixed(self, person: Person) -> Written:
        if not self._chinese(person):
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
        text = self._random.choice(sorted(shapes))
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
        if not self._chinese(person):
            return None
        parts = list(syllables(person.name))
        places = [(n, a, b) for n, one in enumerate(parts) for a, b in CONFUSED if _confusable(one, a, b)]
        if not places:
            return None
        n, a, b = self._random.choice(places)
        parts[n] = _confuse(parts[n], a, b)
        text = "".join(parts)
        wanted = _heard(spelled(person.name))
        return (
            self._random.choice([text, " ".join(parts)]),
            lambda other: (
                han(other.name) and (spelled(other.name) == text or _heard(spelled(other.name)) == wanted)
            ),
        )

    def _slip(self, text: str) -> str:
        """One of what fingers do: a letter doubled, dropped, swapped, or hit beside."""
        place = self._random.randrange(1, len(text))
        how = self._random.randrange(4)
        if how == 0 and place + 1 < len(text) and text[place] != text[place + 1]:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if how == 1:
            return text[:place] + text[place + 1 :]
        if how == 2:
            return text[:place] + text[place] + text[place:]
        beside = KEYS_BESIDE.get(text[place].lower())
        return text[:place] + self._random.choice(beside) + text[place + 1 :] if beside else self._slip(text)

    def typo_pinyin(self, person: Person) -> Written:
        if not self._chinese(person) or len(spelled(person.name)) < 6:
            return None
        right = spelled(person.name)
        text = self._slip(right)
        if text == right:
            return None
        return text, lambda other: han(other.name) and spelled(other.name) in {right, text}

    def typo_latin(self, person: Person) -> Written:
        if han(person.name) or len(person.name) < 8:
            return None
        slipped = self._slip(" ".join(words(person.name)))
        if plain(slipped) in self._names:
            return None
        return self._case(slipped), self._same(person)

    def _other(self, person: Person, choose: Callable[[str], Sequence[str]], shortest: int) -> Written:
        if not self._chinese(person) or len(person.name) < shortest:
            return None
        name = simplified(person.name)
        place = self._random.randrange(len(surname(name)), len(name))
        others = [one for one in choose(name[place]) if one != name[place]]
        if not others:
            return None
        text = name[:place] + self._random.choice(others) + name[place + 1 :]
        if text in self._names:
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
        text = self._random.choice(shapes)
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
        return self._random.choice(
            [f"{short} {last}", f"{short.lower()} {last.lower()}", f"{last}, {short}"]
        ), (
            lambda other: (
                words(other.name)[-1] == last
                and (words(other.name)[0] in {first, short} or NICKNAMES.get(words(other.name)[0]) == short)
            )
        )

    def title(self, person: Person) -> Written:
        if not self._chinese(person):
            return None
        if person.salutation and self._random.random() < 0.5:
            called = surname(simplified(person.name)) + person.salutation.removeprefix(
                surname(simplified(person.name))
            )
        else:
            called = surname(simplified(person.name)) + self._random.choice(TITLES)
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
        if not self._chinese(person):
            return None
        text = str(_S2T.convert(person.name))
        if text == person.name and simplified(text) == text:
            return None
        return text, self._same(person)

    def minority(self, person: Person) -> Written:
        if "·" not in person.name:
            return None
        parts = person.name.split("·")
        text = self._random.choice(
            [self._random.choice("•‧・.· ").join(parts), "".join(parts), parts[0], parts[-1], "·".join(parts)]
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
        return self._random.choice(shapes), lambda other: other.phone == person.phone

    def tail(self, person: Person) -> Written:
        number = digits(person.phone)
        text = number[-self._random.choice([4, 4, 4, 5, 6, 7, 8]) :]
        return text, lambda other: digits(other.phone).endswith(text)

    def digit_off(self, person: Person) -> Written:
        number = digits(person.phone)
        if len(number) < 10:
            return None
        place = self._random.randrange(1, len(number))
        if self._random.random() < 0.3 and number[place] != number[place - 1]:
            text = number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :]
        else:
            text = (
                number[:place]
                + self._random.choice("0123456789".replace(number[place], ""))
                + number[place + 1 :]
            )
        return text, lambda other: other.phone == person.phone

    def email(self, person: Person) -> Written:
        if person.email is None:
            return None
        local = person.email.partition("@")[0]
        text = self._random.choice(
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
                    han(other.name)
                    and typed.isalpha()
                    and typed in {spelled(other.name), _turned(other.name)}
                )
            ),
        )

    def username(self, person: Person) -> Written:
        if person.username is None:
            return None
        name = person.username
        text = self._random.choice([name, f"@{name}", f"@{name[:-2]}", name.upper()])
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
        text = self._random.choice(
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
        if self._chinese(person):
            first = surname(simplified(name))
            name = self._random.choice(
                [name, first, spelled(person.name), first + "总", _initials(person.name)]
            )
        else:
            name = self._random.choice([name, words(name)[0], words(name)[-1].lower()])
        glued = han(name) and self._random.random() < 0.4
        text = f"{name}{end}" if glued else self._random.choice([f"{name} {end}", f"{end} {name}"])
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
        beside = self._random.choice([city, person.company or city])
        text = self._random.choice([f"{person.name} {beside}", f"{beside} {person.name}"])
        return text, self._same(person)

    # Kinds that nobody tuned for.

    def left_out(self, person: Person) -> Written:
        if not self._chinese(person) or len(person.name) < 3:
            return None
        name = simplified(person.name)
        cut = len(surname(name))
        text = name[:cut] + name[cut + 1 :]
        if text in self._names:
            return None
        return (
            text,
            lambda other: (
                plain(other.name) == name
                or (text[0] == plain(other.name)[0] and text[-1] == plain(other.name)[-1])
                or spelled(other.name) == spelled(text)
            ),
        )

    def two_slips(self, person: Person) -> Written:
        parts = words(person.name)
        if han(person.name) or min(map(len, (parts[0], parts[-1]))) < 5:
            return None
        text = f"{self._slip(parts[0])} {self._slip(parts[-1])}"
        first, last = plain(parts[0]), plain(parts[-1])
        return text, lambda other: {first, last} <= tokens(other.name)

    def pinyin_and_company(self, person: Person) -> Written:
        if not self._chinese(person) or person.company is None or not han(person.company):
            return None
        text = f"{spelled(person.name)} {person.company[2:4]}"
        return text, lambda other: han(other.name) and spelled(other.name) == spelled(person.name)

    def given_first(self, person: Person) -> Written:
        if not self._chinese(person):
            return None
        parts = syllables(person.name)
        cut = len(surname(simplified(person.name)))
        head, short = "".join(parts[:cut]), "".join(one[0] for one in parts[cut:])
        if not short:
            return None
        return (
            f"{short} {head}",
            lambda other: (
                han(other.name)
                and spelled(other.name).startswith(head)
                and _initials(other.name).endswith(short)
            ),
        )

    def email_slip(self, person: Person) -> Written:
        if person.email is None:
            return None
        local, _, host = person.email.partition("@")
        text = f"{self._slip(local)}@{host}"
        return (text, lambda other: other.email == person.email) if text != person.email else None

    def homophone_and_tail(self, person: Person) -> Written:
        written = self.homophone(person)
        if written is None:
            return None
        end = digits(person.phone)[-4:]
        return f"{written[0]} {end}", lambda other: digits(other.phone).endswith(end) and written[1](other)

    def first_slip(self, person: Person) -> Written:
        first = words(person.name)[0]
        if han(person.name) or len(first) < 6:
            return None
        text = self._slip(first)
        return text, lambda other: plain(first) in tokens(other.name) or plain(text) in tokens(other.name)

    def title_and_company(self, person: Person) -> Written:
        if not self._chinese(person) or person.company is None or not han(person.company):
            return None
        first = surname(simplified(person.name))
        return (
            f"{person.company[2:4]}{first}总",
            lambda other: (
                surname(simplified(other.name)) == first
                and person.company is not None
                and person.company[2:4] in (other.company or "")
            ),
        )

    def fuzzy_slip(self, person: Person) -> Written:
        written = self.fuzzy(person)
        if written is None or len(plain(written[0])) < 9:
            return None
        right = spelled(person.name)
        return self._slip(plain(written[0])), lambda other: han(other.name) and spelled(other.name) == right

    def middle(self, person: Person) -> Written:
        number = digits(person.phone)
        if len(number) != 11:
            return None
        text = number[:7]
        return text, lambda other: digits(other.phone).startswith(text)

    def full_width(self, person: Person) -> Written:
        if han(person.name):
            return None
        wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in person.name)
        return wide.replace(" ", "\u3000"), self._same(person)

    def spaces(self, person: Person) -> Written:
        return (" ".join(person.name), self._same(person)) if self._chinese(person) else None


def _turned(name: str) -> str:
    cut = len(surname(simplified(name)))
    parts = syllables(name)
    return "".join(parts[cut:] + parts[:cut])


def _initials(name: str) -> str:
    return "".join(one[0] for one in (syllables(name) if han(name) else map(plain, words(name))))


def _confusable(syllable: str, a: str, b: str) -> bool:
    if a in {"ang", "eng", "ing"}:
        return syllable.endswith(a) or syllable.endswith(b)
    return syllable.startswith(a) or syllable.startswith(b)


def _confuse(syllable: str, a: str, b: str) -> str:
    if a in {"ang", "eng", "ing"}:
        return syllable[: -len(a)] + b if syllable.endswith(a) else syllable[: -len(b)] + a
    return b + syllable[len(a) :] if syllable.startswith(a) else a + syllable[len(b) :]


def _heard(pinyin: str) -> str:
    """What an ear that confuses all of it would take for the same."""
    for a, b in CONFUSED:
        pinyin = pinyin.replace(a, b)
    return pinyin


def strangers(known: Sequence[Person], others: Sequence[Person], count: int, *, seed: int) -> Iterator[Query]:
    """Queries for people who are not in the store and whom nobody there could be taken for: no namesake, nobody
    of the same sound or one slip away. Whatever is shown for them is wrong."""
    random = Random(seed)
    names = {plain(one.name) for one in known}
    sounds = {_heard(spelled(one.name)) for one in known if han(one.name)}
    gaps = {gap for name in names | sounds for gap in _gaps(name)}
    phones = {gap for one in known for gap in _gaps(digits(one.phone))}
    made = 0
    for person in others:
        name = plain(person.name)
        heard = _heard(spelled(person.name)) if han(person.name) else name
        if (
            name in names
            or heard in sounds
            or any(gap in gaps for text in (name, heard) for gap in _gaps(text))
        ):
            continue
        shapes = [person.name, heard if not han(person.name) else spelled(person.name)]
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
