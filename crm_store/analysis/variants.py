"""Which products are one article in several colours, sizes, packings: that they sell together is no news."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

_BRACKETED = re.compile(r"[\(\[（【].*?[\)\]）】]")
_MEASURED = re.compile(
    r"\d+(?:[.,/]\d+)?\s*(?:kg|g|mg|l|ml|cm|mm|m|oz|lb|克|千克|公斤|斤|两|毫升|升|厘米|毫米|米|寸|英寸|码|"
    r"片|包|袋|盒|瓶|罐|支|只|个|件|套|枚|粒|条)?(?![a-z])"
)
_WORD = re.compile(r"\w+")


@cache
def stem(name: str) -> str:
    """What is left of a product's name without colour, size, measure and packing; of one that has nothing
    else, the name."""
    words, parts = _read()
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _MEASURED.sub(" ", _BRACKETED.sub(" ", text))
    for part in parts:
        text = text.replace(part, " ")
    return " ".join(word for word in _WORD.findall(text) if word not in words) or name


@cache
def _read() -> tuple[frozenset[str], tuple[str, ...]]:
    """Words that stand alone, and parts of Chinese names, longest first."""
    lists = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return frozenset(lists["words"]), tuple(sorted(lists["parts"], key=len, reverse=True))
