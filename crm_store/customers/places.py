"""Provinces, cities and districts of China in what people write: 北京 is 北京市, and
北京朝阳区建国路1号 is 北京市, 朝阳区, 建国路1号."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

LONGEST = 6
"""Characters that a place before something else is looked for in."""

_NO_CITY = re.compile(r"^(?:[东西南北中]?[路街巷道]|大道|大街|[市区县旗镇乡村])")
"""What follows a name that is not the city's: 南京路 is a street, 朝阳区 a district."""

_GAPS = " \t\u3000,，、/-"
_SHORT_ENDINGS = re.compile(r"^(.{2,}?)(?:省|市|盟|地区|自治区|林区)$")


@dataclass(frozen=True)
class Place:
    """Where somebody is, from large to small. Of the four municipalities only the city is set."""

    province: str | None = None
    city: str | None = None
    district: str | None = None
    street: str | None = None


def read(text: str) -> Place | None:
    """The place that ``text`` begins with; None when it begins with none that is known.

    What stands behind the known part is the street, as it was written.
    """
    rest = unicodedata.normalize("NFKC", text).strip(_GAPS)
    if latin := _english().get(rest.casefold()):
        return read(latin)
    province, rest = _begin(rest, _provinces())
    city, rest = _begin(rest, _cities())
    county, rest = _begin(rest, _counties()) if city is None else (None, rest)
    if county is not None:
        city = _data()["counties"][county]
    if province is None and city is None:
        return None
    district, street = (county, rest) if county else _district(rest)
    return Place(
        province=province or province_of(city or ""),
        city=city,
        district=district,
        street=street or None,
    )


def split(text: str) -> tuple[str, str]:
    """The place that Chinese text begins with, as it was written, and what stands behind it; empty where it
    begins with none, or is nothing else."""
    for cut in range(min(LONGEST, len(text) - 1), 1, -1):
        place = read(text[:cut])
        if place is not None and place.street is None:
            return text[:cut], text[cut:]
    return "", text


@lru_cache(maxsize=4096)
def canonical(text: str) -> Place:
    """What somebody gave as a city: a known one in full with its province, any other as it was written."""
    return read(text) or Place(city=unicodedata.normalize("NFKC", text).strip())


def province_of(city: str) -> str | None:
    """The province a city (in full) is in; None for a municipality, and for one that is not known."""
    return _province_by_city().get(city)


def _district(text: str) -> tuple[str | None, str]:
    found = _district_pattern().match(text)
    return (found[1], text[found.end() :].strip(_GAPS)) if found else (None, text)


@cache
def _district_pattern() -> re.Pattern[str]:
    words = _data()["districts"]
    none = "".join(f"(?<!{one})" for one in words["none"])
    endings = "|".join(words["endings"])
    return re.compile(rf"([\u4e00-\u9fff]{{1,8}}?(?:{endings}){none})(?![{words['not_before']}])")


def _begin(text: str, names: dict[str, str]) -> tuple[str | None, str]:
    """The longest of ``names`` that ``text`` begins with, in full, and the rest."""
    for length in range(min(len(text), 11), 1, -1):
        full = names.get(text[:length])
        if full is None:
            continue
        rest = text[length:]
        if text[:length] != full and _NO_CITY.match(rest):
            continue
        return full, rest.strip(_GAPS)
    return None, text


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _with_short(names: list[str]) -> dict[str, str]:
    """Each name in full and without its ending; what two would share stays the first's."""
    known = {full: full for full in names}
    for full in names:
        if short := _SHORT_ENDINGS.match(full):
            known.setdefault(short[1], full)
    return known


@cache
def _provinces() -> dict[str, str]:
    return _with_aliases(_with_short(list(_data()["provinces"])))


@cache
def _cities() -> dict[str, str]:
    data = _data()
    below = [city for cities in data["provinces"].values() for city in cities]
    return _with_aliases(_with_short([*data["municipalities"], *data["regions"], *below]))


def _with_aliases(names: dict[str, str]) -> dict[str, str]:
    return names | {short: full for short, full in _data()["aliases"].items() if full in names}


@cache
def _counties() -> dict[str, str]:
    return _with_short(list(_data()["counties"]))


@cache
def _province_by_city() -> dict[str, str]:
    return {city: province for province, cities in _data()["provinces"].items() for city in cities}


@cache
def _english() -> dict[str, str]:
    return dict(_data()["english"])
