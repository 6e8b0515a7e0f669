"""Sales of a window: orders, money in and out, beside the window before, in parts; with what stands out.

Everything is JSON, so that a process of its own may count it and a report may keep it. Amounts are in minor
units.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.analysis import changes, days, usual
from crm_store.analysis.calendar import begins, day_of, days_between
from crm_store.analysis.days import NOTHING, Figure, Plan
from crm_store.analysis.measures import OFF_WHOLE, By, Measure
from crm_store.analysis.service_summary import ALIKE, Window, may_be_chance
from crm_store.reports.buckets import buckets
from crm_store.sales import margins
from crm_store.sales.tables import Order, Product
from crm_store.staff import staff as staff_verbs

PARTS = (By.REP, By.CITY, By.PRODUCT, By.CATEGORY, By.CHANNEL)
A_DAY = timedelta(days=1) + ALIKE

Json = dict[str, Any]


def whole(
    session: Session, *, window: Window, zone: ZoneInfo, currency: str, with_first: bool = True
) -> Json:
    """``orders`` that stand and their ``sales``; ``paid`` in so many ``payments``, ``refunded`` in so many
    ``refunds``, ``net`` = paid − refunded; ``first``: customers who bought for the first time, where asked
    for: each order is compared with its customer's others."""
    planned = days.plan(session, window=window, zone=zone)
    found = {
        measure: days.total(
            session, measure=measure, window=window, zone=zone, currency=currency, planned=planned
        )
        for measure in (Measure.SALES, Measure.PAID, Measure.REFUNDED)
    }
    first = (
        days.total(
            session, measure=Measure.FIRST, window=window, zone=zone, currency=currency, planned=planned
        )
        if with_first
        else None
    )
    sales, paid, refunded = (found[one] for one in (Measure.SALES, Measure.PAID, Measure.REFUNDED))
    return {
        "orders": sales.n,
        "sales": sales.value,
        "paid": paid.value,
        "payments": paid.n,
        "refunded": refunded.value,
        "refunds": refunded.n,
        "net": paid.value - refunded.value,
    } | ({"first": first.n} if first is not None else {})


def summarise(
    session: Session,
    *,
    window: Window,
    before: Window,
    zone: ZoneInfo,
    currency: str,
    parts: Iterable[By] = (),
    explain: bool = True,
    percent: int = 0,
) -> Json:
    """The ``whole`` of a window; ``margin`` as ``Margin.plain`` says, with ``percent`` taken as margin of
    what has no known cost; ``before`` the whole of the window before, or None where comparing would mislead;
    ``left_out`` orders in other currencies, by currency; ``parts``: rows by kind of part, the most sold first
    (key, name, orders, sales, refunded, before). With ``explain``: ``change`` is what makes most of the
    change, ``usual`` the same weekday's where the window is a day at most."""
    about: Json = {"zone": zone, "currency": currency}
    former = before if _is_comparable(session, window, before) else None
    found: Json = {
        **whole(session, window=window, **about),
        "margin": margins.of_window(session, window=window, percent=percent, **about).plain(),
        "before": whole(session, window=former, with_first=False, **about) if former else None,
        "left_out": days.left_out(session, window=window, **about),
    }
    found["by_chance"] = former is not None and may_be_chance(found["orders"], found["before"]["orders"])
    wanted = tuple(parts)
    looked = tuple(dict.fromkeys((*wanted, *(PARTS if explain and former else ()))))
    sides = _sides(session, looked, window, former, about)
    found["parts"] = {one: _rows(session, one, *sides[one]) for one in wanted}
    found["change"] = _change(session, sides) if explain and former else None
    found["usual"] = _usual(session, window, about) if explain and window.length <= A_DAY else None
    return found


def day_by_day(session: Session, *, window: Window, zone: ZoneInfo, currency: str) -> tuple[list[Json], bool]:
    """Sales and refunds of each day up to a window's end, or of each week (then True), as
    ``reports.buckets`` cuts them."""
    shown, by_week = buckets(window, zone=zone)
    about: Json = {"zone": zone, "currency": currency}
    first, until = shown[0].day, day_of(window.end, zone)
    rest = Window(begins(until, zone), window.end)  # of the day that has not ended
    measures = (Measure.SALES, Measure.REFUNDED)
    whole_days = [days.daily(session, measure=one, first=first, until=until, **about) for one in measures]
    last = [days.total(session, measure=one, window=rest, **about) for one in measures]
    found = []
    for one in shown:
        end = day_of(one.window.end, zone)
        sold, refunded = (
            _sum(
                [each[day] for day in days_between(one.day, end)]
                + ([part] if one.window.end > rest.start else [])
            )
            for each, part in zip(whole_days, last, strict=True)
        )
        found.append(
            {
                "day": one.day.isoformat(),
                "is_of": one.is_of,
                "is_part": one.is_part,
                "orders": sold.n,
                "sales": sold.value,
                "refunded": refunded.value,
            }
        )
    return found, by_week


def _sum(figures: Iterable[Figure]) -> Figure:
    found = list(figures)
    return Figure(sum(one.n for one in found), sum(one.value for one in found))


def _is_comparable(session: Session, window: Window, before: Window) -> bool:
    """Their lengths are alike (months are), and the shop sold already when the window before began."""
    lengths = sorted((window.length, before.length))
    first = session.scalar(select(func.min(col(Order.placed_at))))
    alike = lengths[1] - lengths[0] <= max(
        ALIKE, timedelta(days=3) if lengths[0] > timedelta(days=27) else ALIKE
    )
    return alike and first is not None and first < before.start + ALIKE


Sides = tuple[Mapping[str, Figure], Mapping[str, Figure], Mapping[str, Figure]]
"""By key: sales, refunded, and sales of the window before."""


def _sides(
    session: Session, parts: Iterable[By], window: Window, former: Window | None, about: Json
) -> dict[By, Sides]:
    planned = days.plan(session, window=window, zone=about["zone"])
    former_planned = days.plan(session, window=former, zone=about["zone"]) if former else Plan((), ())

    def read(measure: Measure, by: By, of: Window, plan: Plan) -> dict[str, Figure]:
        return days.figures(session, measure=measure, by=by, window=of, planned=plan, **about)

    return {
        by: (
            read(Measure.SALES, by, window, planned),
            read(Measure.REFUNDED, by, window, planned),
            read(Measure.SALES, by, former, former_planned) if former else {},
        )
        for by in parts
    }


def _rows(
    session: Session,
    by: By,
    sales: Mapping[str, Figure],
    refunded: Mapping[str, Figure],
    before: Mapping[str, Figure],
) -> list[Json]:
    keys = sorted(
        sales.keys() | refunded.keys() | before.keys(),
        key=lambda key: (key == OFF_WHOLE, -sales.get(key, NOTHING).value, key),
    )
    names = names_of(session, by=by, keys=keys)
    return [
        {
            "key": key,
            "name": names[key],
            "orders": sales.get(key, NOTHING).n,
            "sales": sales.get(key, NOTHING).value,
            "refunded": refunded.get(key, NOTHING).value,
            "before": before.get(key, NOTHING).value,
        }
        for key in keys
    ]


def _change(session: Session, sides: Mapping[By, Sides]) -> Json | None:
    found = changes.largest({by: (before, sales) for by, (sales, _, before) in sides.items()})
    if found is None:
        return None
    name = names_of(session, by=found.by, keys=[found.key])[found.key]
    return {"by": found.by, "key": found.key, "name": name, "before": found.before, "after": found.after}


def _usual(session: Session, window: Window, about: Json) -> Json | None:
    """The weekday's usual sales; whether they are what is usual."""
    told = usual.told(session, measure=Measure.SALES, window=window, **about)
    return asdict(told) | {"is_unusual": told.is_unusual} if told is not None else None


def names_of(session: Session, *, by: By, keys: Iterable[str]) -> dict[str, str | None]:
    """What people call a part by now; None for what has no name (unknown, or on no line)."""
    wanted = list(keys)
    if by == By.REP:
        people = staff_verbs.by_ids(session, ids=[int(key) for key in wanted if key])
        return {key: people[int(key)].name if key and int(key) in people else None for key in wanted}
    if by == By.PRODUCT:
        ids = [int(key[1:]) for key in wanted if key.startswith("#")]
        statement = select(col(Product.id), col(Product.name)).where(col(Product.id).in_(ids))
        known = {f"#{number}": name for number, name in session.execute(statement)}
        return {key: known.get(key, key[1:] or None) for key in wanted}
    return {key: None if key == OFF_WHOLE else key or None for key in wanted}
