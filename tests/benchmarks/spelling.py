"""How people spell, say and confuse the names they type; nothing of it is the search's."""

import unicodedata
from functools import cache

from opencc import OpenCC
from pypinyin import lazy_pinyin

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
    "q": "wa", "w": "qe", "e": "wr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo",
    "o": "ip", "p": "o",
    "a": "sq", "s": "ad", "d": "sf", "f": "dg", "g": "fh", "h": "gj", "j": "hk", "k": "jl",
    "l": "k", "z": "x",
    "x": "zc", "c": "xv", "v": "cb", "b": "vn", "n": "bm", "m": "n",
}  # fmt: skip


@cache
def surname(name: str) -> str:
    if not han(name) or "·" in name:
        return ""
    return name[:2] if name[:2] in COMPOUND or (name[:2] in SURNAMES and len(name) > 2) else name[:1]


@cache
def simplified(text: str) -> str:
    return str(T2S.convert(text))


T2S, S2T = OpenCC("t2s"), OpenCC("s2t")


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


def turned(name: str) -> str:
    cut = len(surname(simplified(name)))
    parts = syllables(name)
    return "".join(parts[cut:] + parts[:cut])


def initials_of(name: str) -> str:
    return "".join(one[0] for one in (syllables(name) if han(name) else map(plain, words(name))))


def confusable(syllable: str, a: str, b: str) -> bool:
    if a in {"ang", "eng", "ing"}:
        return syllable.endswith(a) or syllable.endswith(b)
    return syllable.startswith(a) or syllable.startswith(b)


def confuse(syllable: str, a: str, b: str) -> str:
    if a in {"ang", "eng", "ing"}:
        return syllable[: -len(a)] + b if syllable.endswith(a) else syllable[: -len(b)] + a
    return b + syllable[len(a) :] if syllable.startswith(a) else a + syllable[len(b) :]


def heard(pinyin: str) -> str:
    """What an ear that confuses all of it would take for the same."""
    for a, b in CONFUSED:
        pinyin = pinyin.replace(a, b)
    return pinyin
