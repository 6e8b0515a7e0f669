"""Quiet hours, by the customer's own clock."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from crm_store.customers.zones import zone_of
from crm_store.marketing import quiet

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = (time(21), time(9))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-11-20T20:59", None),
        ("2026-11-20T21:00", "2026-11-21T09:00"),
        ("2026-11-20T23:59", "2026-11-21T09:00"),
        ("2026-11-21T00:00", "2026-11-21T09:00"),
        ("2026-11-21T08:59", "2026-11-21T09:00"),
        ("2026-11-21T09:00", None),
    ],
)
def test_they_go_past_midnight_and_end_when_they_say(moment: str, ends: str | None) -> None:
    found = quiet.ends(at(moment), quiet=NIGHT, zone=SHANGHAI)

    assert found == (at(ends) if ends else None)


def test_within_a_day_and_never() -> None:
    noon = (time(12), time(14))

    assert quiet.ends(at("2026-11-20T13:00"), quiet=noon, zone=SHANGHAI) == at("2026-11-20T14:00")
    assert quiet.ends(at("2026-11-20T11:59"), quiet=noon, zone=SHANGHAI) is None
    assert quiet.ends(at("2026-11-20T13:00"), quiet=(time(0), time(0)), zone=SHANGHAI) is None


def test_what_is_morning_in_shanghai_is_night_in_berlin() -> None:
    moment = at("2026-11-20T10:00")

    assert quiet.ends(moment, quiet=NIGHT, zone=SHANGHAI) is None
    assert quiet.ends(moment, quiet=NIGHT, zone=BERLIN) == at("2026-11-20T09:00", BERLIN)


def test_the_clocks_go_forward_in_the_night() -> None:
    found = quiet.ends(at("2026-03-28T22:00", BERLIN), quiet=NIGHT, zone=BERLIN)

    assert found == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_the_next_ones_begin_tonight_or_tomorrow() -> None:
    assert quiet.begins(at("2026-11-20T10:00"), quiet=NIGHT, zone=SHANGHAI) == at("2026-11-20T21:00")
    noon = (time(12), time(14))
    assert quiet.begins(at("2026-11-20T15:00"), quiet=noon, zone=SHANGHAI) == at("2026-11-21T12:00")
    assert quiet.begins(at("2026-11-20T15:00"), quiet=(time(1), time(1)), zone=SHANGHAI) is None


@pytest.mark.parametrize(
    ("province", "city", "phone", "expected"),
    [
        (None, "北京", None, "Asia/Shanghai"),
        ("广东", None, "+4915112345678", "Asia/Shanghai"),
        (None, "Berlin", None, "Europe/Berlin"),
        (None, "New York", "+8613800000000", "America/New_York"),
        (None, None, "+8613800000000", "Asia/Shanghai"),
        (None, None, "+4915112345678", "Europe/Berlin"),
        (None, None, "+12125550100", "America/New_York"),
        (None, "Nowhere", None, "Asia/Tokyo"),
        (None, None, None, "Asia/Tokyo"),
        (None, None, "+99912", "Asia/Tokyo"),
    ],
)
def test_a_customer_lives_by_their_place_then_their_phone_then_the_desk(
    province: str | None, city: str | None, phone: str | None, expected: str
) -> None:
    found = zone_of(province=province, city=city, phone=phone, desk=ZoneInfo("Asia/Tokyo"))

    assert str(found) == expected
