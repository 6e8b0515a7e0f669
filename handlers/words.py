"""Every word a person reads: templates and labels by language. Nothing else knows Jinja and Babel."""

import re
import tomllib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import (
    format_date,
    format_datetime,
    format_skeleton,
    format_time,
    format_timedelta,
    get_day_names,
    get_timezone_name,
)
from babel.lists import format_list
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)
from babel.units import format_unit
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from crm_store.customers.tables import Customer, CustomField, FieldKind
from crm_store.marketing import links
from crm_store.money import decimals
from crm_store.reports.slots import WORKDAYS, Rhythm

TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGES = ("zh", "en")
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}


class Words:
    """The texts of every language; ``override`` is a shop's own folder laid over ours."""

    def __init__(self, override: Path | None = None) -> None:
        folders = [folder for folder in (override, TEMPLATES) if folder is not None]
        self._environments = {language: _environment(folders, language) for language in LANGUAGES}
        self._labels = {language: _labels(folders, language) for language in LANGUAGES}
        self._listed = cache(self._read_list)

    def render(self, language: str, template: str, **values: Any) -> str:
        """A complete message in Telegram HTML. ``values`` must hold all that the template names."""
        text = self._environments[language].get_template(template).render(**values)
        return _BLANK_LINES.sub("\n\n", text).strip()

    def label(self, language: str, section: str, key: str, **values: Any) -> str:
        """A short text: a button, a state, a heading. Plain, not HTML. Raises KeyError."""
        text: str = self._labels[language][section][key]
        return text.format(**values) if values else text

    def labels(self, language: str, section: str) -> dict[str, Any]:
        return self._labels[language][section]

    def listed(self, section: str, key: str) -> frozenset[str]:
        """A word list over all languages: people mix them."""
        return self._listed(section, key)

    def own_value(self, language: str, field: CustomField, value: str, *, currency: str) -> str:
        """A value of a shop's own field as people read it."""
        return shown_own(language, field, value, currency=currency, answers=self._labels[language]["answers"])

    def _read_list(self, section: str, key: str) -> frozenset[str]:
        return frozenset(word for language in LANGUAGES for word in self._labels[language][section][key])


_BLANK_LINES = re.compile(r"\n{3,}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_FIGURES = re.compile(r"\d[\d,]*")
_NUMBER_AND_HAN = re.compile(r"(\d)([\u4e00-\u9fff])")
"""Babel writes 3分钟; our Chinese has a space there, as around Latin."""


def _environment(folders: list[Path], language: str) -> Environment:
    loader = ChoiceLoader([FileSystemLoader(folder / language) for folder in folders])
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["language"] = language
    labels = _labels(folders, language)

    def label(key: Any, section: str, **values: Any) -> str:
        text: str = labels[section][str(key)]
        return text.format(**values) if values else text

    def called(key: str, section: str) -> str:
        """As ``label``, but what has none of ours (a carrier somebody typed) keeps the name it was given."""
        text: str = labels[section].get(key, key)
        return text

    def origin(source: str) -> str:
        """Where somebody came from; a link's for one campaign (weibo_M5) names both."""
        place, campaign = links.of_payload(source)
        return called(place, "sources") + (f" · M{campaign}" if campaign is not None else "")

    @pass_context
    def own_value(context: Context, value: str, field: CustomField) -> str:
        currency = context["desk"].currency
        return shown_own(language, field, value, currency=currency, answers=labels["answers"])

    environment.filters |= {
        "own_value": own_value,
        "address": address,
        "label": label,
        "called": called,
        "origin": origin,
        "when": when,
        "moment": moment,
        "month": month,
        "dated": dated,
        "whole_days": whole_days,
        "seconds": lambda seconds: timedelta(seconds=seconds),
        "zone": zone,
        "day": day,
        "clock": clock,
        "iso": iso,
        "lasting": lasting,
        "measured": measured,
        "length_of": length_of,
        "listing": listing,
        "excerpt": excerpt,
        "number": number,
        "rhythm": lambda cron: shown_rhythm(language, cron, labels["rhythms"]),
        "percent": percent,
        "money": money,
        "roughly": roughly,
        "quantity": quantity,
        "uppercase": lambda minor: uppercase(minor, labels["uppercase"]),
    }
    return environment


@cache
def _read_labels(folder: Path, language: str) -> dict[str, dict[str, Any]]:
    path = folder / language / "labels.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _labels(folders: list[Path], language: str) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for folder in reversed(folders):
        for section, entries in _read_labels(folder, language).items():
            merged.setdefault(section, {}).update(entries)
    return merged


@pass_context
def when(context: Context, moment: datetime) -> str:
    """A moment in the desk's zone, as short as is clear: the time alone if it is today."""
    local, now = context["desk"].local(moment), context["desk"].local(context["now"])
    locale = LOCALES[context["language"]]
    if local.date() == now.date():
        return format_time(local, "HH:mm", locale=locale)
    pattern = "MMMd" if local.year == now.year else "yMMMd"
    return f"{format_skeleton(pattern, local, locale=locale)} {format_time(local, 'HH:mm', locale=locale)}"


@pass_context
def clock(context: Context, moment: datetime) -> str:
    """Day of the week and time in the desk's zone: when the desk opens next."""
    local = context["desk"].local(moment)
    return format_datetime(local, "EEEE HH:mm", locale=LOCALES[context["language"]])


@pass_context
def moment(context: Context, at: datetime, zone: ZoneInfo | None = None) -> str:
    """A moment in the desk's zone, or another, in full, also when it is today: the edge of a report's
    window."""
    zone = zone or context["desk"].timezone
    local, now = at.astimezone(zone), context["now"].astimezone(zone)
    locale = LOCALES[context["language"]]
    pattern = "MMMEd" if local.year == now.year else "yMMMEd"
    return f"{format_skeleton(pattern, local, locale=locale)} {format_time(local, 'HH:mm', locale=locale)}"


@pass_context
def whole_days(context: Context, window: Any) -> tuple[date, date] | None:
    """The first and the last of the days that a window is made of; None where it begins or ends within one.
    ``window`` has a ``start`` and an ``end``."""
    zone = context["desk"].timezone
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    if (start.time(), end.time()) != (time(), time()) or end <= start:
        return None
    return start.date(), end.date() - timedelta(days=1)


@pass_context
def dated(context: Context, day: date) -> str:
    """A day with its weekday: what a report is about."""
    return shown_date(context["language"], day, now=context["desk"].local(context["now"]))


def shown_date(language: str, day: date, *, now: datetime) -> str:
    """As the filter ``dated``, where there is no template: a picture."""
    return format_skeleton("MMMEd" if day.year == now.year else "yMMMEd", day, locale=LOCALES[language])


@pass_context
def zone(context: Context, timezone: ZoneInfo) -> str:
    """What people call a time zone; one that is no place's, such as UTC, keeps its name."""
    if "/" not in timezone.key or timezone.key.startswith("Etc/"):
        return timezone.key
    return get_timezone_name(timezone, locale=LOCALES[context["language"]])


@pass_context
def day(context: Context, moment: datetime | date) -> str:
    local = context["desk"].local(moment).date() if isinstance(moment, datetime) else moment
    return shown_day(context["language"], local)


def shown_day(language: str, day: date) -> str:
    """As the filter ``day``, where there is no template: a button."""
    return format_date(day, "medium", locale=LOCALES[language])


@pass_context
def month(context: Context, first: date) -> str:
    """A month, named by its first day."""
    today = context["desk"].local(context["now"]).date()
    return shown_month(context["language"], first, today=today)


def shown_month(language: str, first: date, *, today: date) -> str:
    """As the filter ``month``, where there is no template: a button. With its year where that is another."""
    if first.year == today.year and language == "en":
        return format_date(first, "LLLL", locale=LOCALES[language])
    pattern = "MMM" if first.year == today.year else "yMMMM"
    return format_skeleton(pattern, first, locale=LOCALES[language])


def iso(text: str) -> datetime | date:
    """A moment or a day out of kept figures, for the filters above."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def shown_short_day(language: str, day: date) -> str:
    """A day without its year, where there is no template: 20 Nov, 11月20日."""
    return format_skeleton("MMMd", day, locale=LOCALES[language])


@pass_context
def measured(context: Context, value: float, unit: str, currency: str) -> str:
    """A value of what an alert watches (``readings.Unit``)."""
    match unit:
        case "money":
            return money(context, round(value), currency)
        case "seconds":
            return lasting(context, timedelta(seconds=value)) if value else number(context, 0)
        case "score":
            return number(context, value, 1)
        case _:
            return number(context, value)


@pass_context
def lasting(context: Context, span: timedelta) -> str:
    """How long something took or has waited, in the largest unit that says enough."""
    length: Literal["short", "long"] = "short" if context["language"] == "zh" else "long"
    text = format_timedelta(span, threshold=1.2, locale=LOCALES[context["language"]], format=length)
    return _NUMBER_AND_HAN.sub(r"\1 \2", text)


@pass_context
def length_of(context: Context, seconds: int) -> str:
    """How long something took, in full: 1 hr 20 mins, 1 小时 20 分钟."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        format_unit(amount, f"duration-{unit}", length="short", locale=LOCALES[context["language"]])
        for amount, unit in ((hours, "hour"), (minutes, "minute"), (rest, "second"))
        if amount
    ]
    return _NUMBER_AND_HAN.sub(r"\1 \2", " ".join(parts))


def address(customer: Customer) -> str:
    """Where somebody is, on one line; empty where nothing is known."""
    return shown_address(customer.province, customer.city, customer.district, customer.street)


def shown_address(province: str | None, city: str | None, district: str | None, street: str | None) -> str:
    """A Chinese address goes from large to small, whoever reads it; any other from small to large. A place
    that is its own province is named once."""
    if province and city and city.startswith(province):
        province = None
    parts = [one for one in (province, city, district, street) if one]
    if not any(_HAN.search(one) for one in parts):
        return ", ".join(reversed(parts))
    return "".join(part if not at or _HAN.match(part) else f" {part}" for at, part in enumerate(parts))


def excerpt(text: str, longest: int) -> str:
    """The beginning of a text, at most ``longest`` characters of it."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


@pass_context
def listing(context: Context, items: list[str]) -> str:
    return format_list([str(item) for item in items], locale=LOCALES[context["language"]])


@pass_context
def number(context: Context, value: float, digits: int = 0) -> str:
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=LOCALES[context["language"]])


@pass_context
def percent(context: Context, fraction: float) -> str:
    """Whole per cents of a fraction of one."""
    return format_percent(fraction, locale=LOCALES[context["language"]])


@pass_context
def money(context: Context, minor: int, currency: str) -> str:
    """An amount in minor units, to the last of them: ¥12,345.60, US$9.00, JP¥1,200."""
    return shown_money(context["language"], minor, currency)


def shown_money(language: str, minor: int, currency: str, *, whole: bool = False) -> str:
    """As the filter ``money``, where there is no template: a button, a chart. ``whole``: without decimals."""
    locale, digits = LOCALES[language], decimals(currency)
    symbol = "¥" if currency == "CNY" else get_currency_symbol(currency, locale=locale)
    gap = "\u00a0" if symbol[-1].isalpha() else ""
    pattern = f"¤{gap}#,##0.{'0' * digits}" if digits and not whole else f"¤{gap}#,##0"
    amount = Decimal(minor).scaleb(-digits)
    text = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    return text.replace(get_currency_symbol(currency, locale=locale), symbol, 1)


@pass_context
def roughly(context: Context, minor: int, currency: str) -> str:
    """An estimate, to three figures, never to less than a whole unit: ¥12,300, ¥46; in Chinese ¥1.23 万."""
    unit = 10 ** decimals(currency)
    whole = round(minor / unit)
    whole = round(whole, -max(len(str(abs(whole))) - 3, 0))
    language = context["language"]
    text = shown_money(language, whole * unit, currency, whole=True)
    if language != "zh" or abs(whole) < 10_000:
        return text
    short = format_compact_decimal(abs(whole), locale=LOCALES[language], fraction_digits=2)
    return _FIGURES.sub(_NUMBER_AND_HAN.sub(r"\1 \2", short), text)


def shown_own(
    language: str, field: CustomField, value: str, *, currency: str, answers: dict[str, str]
) -> str:
    """A value of a shop's own field; ``answers`` are the words for yes and no."""
    match field.kind:
        case FieldKind.DATE:
            return format_date(date.fromisoformat(value), "medium", locale=LOCALES[language])
        case FieldKind.MONEY:
            return shown_money(language, int(value), currency)
        case FieldKind.YES_NO:
            return answers[value]
        case _:
            return value


def shown_rhythm(language: str, cron: str, written: dict[str, str]) -> str:
    """When a report comes, in words; ``written`` is ``[rhythms]`` of the labels."""
    rhythm = Rhythm.read(cron)
    at = f"{rhythm.at:%H:%M}"
    if rhythm.day is not None:
        return written["monthly" if rhythm.day else "last"].format(day=rhythm.day, time=at)
    if not rhythm.weekdays:
        return written["daily"].format(time=at)
    if rhythm.weekdays == WORKDAYS:
        return written["workdays"].format(time=at)
    names = get_day_names("abbreviated", locale=LOCALES[language])
    days = format_list([names[one] for one in rhythm.weekdays], locale=LOCALES[language])
    return written["weekly"].format(days=days, time=at)


@pass_context
def quantity(context: Context, thousandths: int) -> str:
    """How many, without needless zeros: 1500 is 1.5, 2000 is 2."""
    return shown_quantity(context["language"], thousandths)


def shown_quantity(language: str, thousandths: int) -> str:
    """As the filter ``quantity``, where there is no template."""
    amount = Decimal(thousandths).scaleb(-3)
    return format_decimal(amount, format="#,##0.###", locale=LOCALES[language])


def uppercase(minor: int, written: dict[str, Any]) -> str:
    """Fen as a receipt writes them out, so that no figure can be added: 壹万贰仟叁佰肆拾伍元陆角.

    ``written`` is ``[uppercase]`` of the labels. Nothing follows fen or jiao, 整 follows whole yuan.
    """
    yuan, jiao, fen = minor // 100, minor // 10 % 10, minor % 10
    figures = written["figures"]
    parts = [_whole(yuan, written) + written["yuan"]] if yuan or not minor else []
    if jiao:
        parts.append(figures[jiao] + written["jiao"])
    if fen:
        parts.append((figures[0] if yuan and not jiao else "") + figures[fen] + written["fen"])
    return "".join(parts) + ("" if jiao or fen else written["whole"])


def _whole(value: int, written: dict[str, Any]) -> str:
    """Four figures at a time; zeros between figures are said once, at the end not at all."""
    figures, text, skipped = written["figures"], "", False
    for power in range(len(written["myriads"]) - 1, -1, -1):
        section = value // 10_000**power % 10_000
        if section == 0:
            skipped = True
            continue
        text += figures[0] if text and (skipped or section < 1000) else ""
        text += _section(section, written) + written["myriads"][power]
        skipped = False
    return text or figures[0]


def _section(value: int, written: dict[str, Any]) -> str:
    text, zero = "", False
    for place in range(3, -1, -1):
        figure = value // 10**place % 10
        if figure:
            text += (written["figures"][0] if zero and text else "") + written["figures"][figure]
            text += written["places"][place]
        zero = figure == 0
    return text
