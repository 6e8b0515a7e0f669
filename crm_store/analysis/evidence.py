"""Signs of what a message is about: turns of phrase a person would point at, Chinese and English.

They are evidence, not a verdict: each is one more feature, and training finds what it is worth.
"""

import re

from crm_store.analysis import signs_en, signs_zh
from crm_store.analysis.normalise import has_han

_CHINESE = [re.compile(pattern) for pattern in signs_zh.SIGNS.values()]
_ENGLISH = [re.compile(pattern) for pattern in signs_en.SIGNS.values()]
_FIRST_ENGLISH = len(_CHINESE)

NAMES = (*(f"zh.{name}" for name in signs_zh.SIGNS), *(f"en.{name}" for name in signs_en.SIGNS))
COUNT = len(NAMES)


def find_signs(text: str) -> list[int]:
    """The numbers (into ``NAMES``) of the signs a normalised text shows, ascending."""
    if has_han(text):
        return [number for number, sign in enumerate(_CHINESE) if sign.search(text)]
    return [number for number, sign in enumerate(_ENGLISH, _FIRST_ENGLISH) if sign.search(text)]
