"""Hard queries of the kinds that nobody tuned for: what the search does with what it has not met."""

from collections.abc import Callable

from bot.demo.people import Person
from tests.benchmarks.queries import Typist, Written
from tests.benchmarks.spelling import (
    digits,
    han,
    initials_of,
    plain,
    simplified,
    spelled,
    surname,
    syllables,
    tokens,
    words,
)


class HeldBack(Typist):
    """Writes what the tuning never saw."""

    def kinds(self) -> dict[str, Callable[[Person], Written]]:
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

    def left_out(self, person: Person) -> Written:
        if not self.is_chinese(person) or len(person.name) < 3:
            return None
        name = simplified(person.name)
        cut = len(surname(name))
        text = name[:cut] + name[cut + 1 :]
        if text in self.names:
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
        text = f"{self.slip(parts[0])} {self.slip(parts[-1])}"
        first, last = plain(parts[0]), plain(parts[-1])
        return text, lambda other: {first, last} <= tokens(other.name)

    def pinyin_and_company(self, person: Person) -> Written:
        if not self.is_chinese(person) or person.company is None or not han(person.company):
            return None
        text = f"{spelled(person.name)} {person.company[2:4]}"
        return text, lambda other: han(other.name) and spelled(other.name) == spelled(person.name)

    def given_first(self, person: Person) -> Written:
        if not self.is_chinese(person):
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
                and initials_of(other.name).endswith(short)
            ),
        )

    def email_slip(self, person: Person) -> Written:
        if person.email is None:
            return None
        local, _, host = person.email.partition("@")
        text = f"{self.slip(local)}@{host}"
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
        text = self.slip(first)
        return text, lambda other: plain(first) in tokens(other.name) or plain(text) in tokens(other.name)

    def title_and_company(self, person: Person) -> Written:
        if not self.is_chinese(person) or person.company is None or not han(person.company):
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
        return self.slip(plain(written[0])), lambda other: han(other.name) and spelled(other.name) == right

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
        return wide.replace(" ", "\u3000"), self.same(person)

    def spaces(self, person: Person) -> Written:
        return (" ".join(person.name), self.same(person)) if self.is_chinese(person) else None
