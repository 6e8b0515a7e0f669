"""Buttons with links as a manager types them, one a line: 立即购买 / Shop now | https://shop.example.com/tea"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crm_store.refusals import Refusal
from handlers.markup import is_link

MOST = 8
LONGEST = 64
_HAN = re.compile(r"[\u3400-\u9fff]")
_BETWEEN = re.compile(r"[|｜]")


class BadLink(Refusal):
    """facts: why (a key of the labels [link_flaws]), line (as it was typed)."""

    template = "bad_link"


def read(text: str, *, languages: Sequence[str]) -> list[dict[str, Any]]:
    """As ``CampaignArm.buttons`` keeps them. Raises BadLink."""
    found = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        parts = [one.strip() for one in _BETWEEN.split(line)]
        if len(parts) != 2 or not parts[0]:
            raise BadLink(why="shape", line=line)
        if "{{" in line or "{%" in line:
            raise BadLink(why="braces", line=line)
        if not is_link(parts[1]):
            raise BadLink(why="address", line=line)
        texts = _texts(parts[0], languages)
        if any(len(one) > LONGEST for one in texts.values()):
            raise BadLink(why="long", line=line)
        found.append({"text": texts, "url": parts[1]})
    if len(found) > MOST:
        raise BadLink(why="many", line=text.splitlines()[MOST])
    return found


def written(buttons: Sequence[Mapping[str, Any]]) -> str:
    """The same, to be changed and sent back."""
    return "\n".join(f"{' / '.join(one['text'].values())} | {one['url']}" for one in buttons)


def _texts(text: str, languages: Sequence[str]) -> dict[str, str]:
    """One text, or one in each of the desk's languages with a slash between them: whichever is written in
    Han characters is the Chinese one."""
    parts = [one.strip() for one in text.split(" / ")]
    if len(parts) != len(languages) or len(parts) < 2 or not all(parts):
        return {languages[0]: text}
    han = [bool(_HAN.search(one)) for one in parts]
    if sum(han) == 1 and "zh" in languages:
        chinese = parts.pop(han.index(True))
        others = iter(parts)
        return {one: chinese if one == "zh" else next(others) for one in languages}
    return dict(zip(languages, parts, strict=True))
