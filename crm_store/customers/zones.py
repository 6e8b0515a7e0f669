"""What time it is where a customer lives, as far as anybody can tell."""

from collections.abc import Mapping
from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from phonenumbers import timezone

from crm_store.customers import places

CHINA = "Asia/Shanghai"
"""All of China keeps one time."""

_UNSURE = timezone.UNKNOWN_TIMEZONE


def zone_of(*, province: str | None, city: str | None, phone: str | None, desk: tzinfo) -> tzinfo:
    """The zone of their place, else of their phone's country or area, else the desk's. ``phone`` is in E.164.
    A phone of a country with several zones is in the desk's, if that is one of them."""
    name = _of_place(province, city)
    if name is None and phone is not None:
        name = _of_phone(phone, str(desk))
    return _zone(name) if name is not None else desk


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _of_place(province: str | None, city: str | None) -> str | None:
    if any(text and places.read(text) is not None for text in (province, city)):
        return CHINA
    return _cities().get(city.casefold()) if city else None


@cache
def _cities() -> Mapping[str, str]:
    """Zones are called after cities: Europe/Berlin, America/New_York."""
    return {
        name.rpartition("/")[2].replace("_", " ").casefold(): name
        for name in sorted(available_timezones())
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    }


@cache
def _of_phone(phone: str, desk: str) -> str | None:
    if phone.startswith("+86"):
        return CHINA
    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None
    known = [one for one in found if one != _UNSURE]
    if not known:
        return None
    return desk if desk in known else known[0]
