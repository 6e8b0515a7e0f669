"""What a message looks like to the classifier: one spelling for everything that means the same."""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

MAX_CHARACTERS = 800  # the matter is in the opening of a message; a pasted novel must not cost a second

ORDER_NUMBER = "⌗"  # stands for anything that looks like the number of an order, parcel or case
PLEASED, CROSS = "☺", "☹"

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff]+|[\w.+-]+@[\w-]+\.[\w.-]+|(?<!\w)@\w+")
_CHINESE_MOBILE = re.compile(r"(?<![\da-z])1[3-9]\d{9}(?!\d)", re.ASCII)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?(?!\d)", re.ASCII)
_REFERENCE = re.compile(
    r"(?<![a-z0-9])(?:"
    r"\d{8,}"
    r"|#\s?[a-z]{0,4}-?\d{2,}(?:-[a-z0-9]+)*"
    r"|[a-z]{1,5}-?\d{4,}[a-z0-9]*(?:-[a-z0-9]+)*"
    r"|\d{4,}-[a-z0-9]{2,}(?:-[a-z0-9]+)*"
    r"|\d{3,}-\d{4,}(?:-\d+)*"
    r")(?![a-z0-9])",
    re.ASCII,
)
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_REPEATED = re.compile(r"(.)\1{2,}")
_SPACES = re.compile(r"\s+")
_PLAIN_WORDS = {
    "u": "you", "ur": "your", "r": "are", "y": "why", "pls": "please", "plz": "please", "plss": "please",
    "thx": "thanks", "thnx": "thanks", "tks": "thanks", "ty": "thanks", "tysm": "thanks so much",
    "cuz": "because", "coz": "because", "bc": "because", "n": "and", "gonna": "going to", "wanna": "want to",
    "gotta": "have to", "gimme": "give me", "lemme": "let me", "dunno": "dont know", "abt": "about",
    "wen": "when", "wat": "what", "wats": "whats", "wuts": "whats", "wheres": "where is", "hows": "how is",
    "ppl": "people", "rn": "right now", "asap": "as soon as possible", "eta": "arrival time",
    "acct": "account", "appt": "appointment", "msg": "message", "k": "ok", "okay": "ok", "tmrw": "tomorrow",
    "tmr": "tomorrow", "0moro": "tomorrow", "b0": "before", "gr0": "great",
    "def": "definitely", "prob": "probably",
    "tho": "though", "couldve": "could have", "shouldve": "should have", "wouldve": "would have",
    "kinda": "kind of", "sorta": "sort of", "recieve": "receive", "recieved": "received",
    "recived": "received", "delievery": "delivery", "delivary": "delivery", "definately": "definitely",
    "refered": "referred",
}  # fmt: skip
_CHAT_WORD = re.compile(rf"(?<![a-z0])(?:{'|'.join(sorted(_PLAIN_WORDS, key=len, reverse=True))})(?![a-z0])")
_SIGNS = {
    **dict.fromkeys("’‘`´", "'"),
    **dict.fromkeys("“”「」『』《》", '"'),
    **dict.fromkeys("。｡", "."),
    "、": ",",
    **dict.fromkeys("👍👏❤🥰😍😘🤗😊😄😁😀🥳🎉💯🌹💕♥💖🙌⭐🌟👌😋🤩☺😃🫶💪", PLEASED),
    **dict.fromkeys("😡😠🤬👎💩🤮😤😒🙄😑💔🤦😞😩😫☹😣🖕", CROSS),
    # joiners, variation selectors and skin tones only vary an emoji; invisible spaces only hide a word
    **dict.fromkeys("\u200d\u200b\ufe0f\ufeff\u2060🏻🏼🏽🏾🏿", ""),
}
_SIGN_TABLE = str.maketrans(_SIGNS)


@cache
def _simplifier() -> "OpenCC":
    from opencc import OpenCC  # slow import: an English-only desk never needs it

    return OpenCC("t2s")


def has_han(text: str) -> bool:
    """Whether ``text`` holds at least one Chinese character."""
    return _HAN.search(text) is not None


def has_letters(text: str) -> bool:
    """Whether there is anything to read: not for an empty text, numbers, punctuation or emoji alone."""
    return _LETTER.search(text) is not None


def normalise(text: str) -> str:
    """Fold ``text`` for comparison: width, case, script, numbers, addresses, chat spelling.

    Folding a folded text changes nothing. The result is for the classifier only, never for people.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS].translate(_SIGN_TABLE)).lower()
    text = text.translate(_SIGN_TABLE)
    if _HAN.search(text):
        text = _simplifier().convert(text)
    if "@" in text or "/" in text or "www" in text:
        text = _ADDRESS.sub(" ", text)
    if _DIGIT.search(text):
        text = _DATE.sub("0", text)
        text = _CHINESE_MOBILE.sub("0", text)
        text = _REFERENCE.sub(ORDER_NUMBER, text)
        text = _NUMBER.sub("0", text)
    text = text.replace("'", "")
    text = _REPEATED.sub(r"\1\1", text)
    text = _CHAT_WORD.sub(lambda word: _PLAIN_WORDS[word[0]], text)
    return _SPACES.sub(" ", text).strip()
