"""Ways to reach a customer: read as people type them, kept in one form, shown as people read them."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat
from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.customers import search_keys
from crm_store.customers.refusals import BadContact
from crm_store.customers.tables import ContactKind, ContactMethod, Customer
from crm_store.staff import audit
from crm_store.staff.audit import Actor

HOME = "CN"
EXTENSION = "x"
"""Between a switchboard's number and the extension behind it: +861062345678x123."""

MAX_EMAIL_LENGTH = 254
MAX_PHONE_TEXT = 40

_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_PLAIN_MOBILE = re.compile(r"(?:\+86)?(1[3-9][0-9]{9})", re.ASCII)
_FULL_MOBILE = re.compile(r"(?:\+?86|0086|0)(?:0)?(1[3-9][0-9]{9})", re.ASCII)
_LANDLINE = re.compile(r"(?:0[1-9][0-9]{9,10}|[48]00[0-9]{7})", re.ASCII)
_PHONE_TEXT = re.compile(
    r"(?:\((?=\+))?(?P<plus>\+?)(?P<digits>[0-9 ().\-/·\u00a0]+?)(?P<ext>[x#,*]\d{1,6})?", re.ASCII
)
_DASHED_EXTENSION = re.compile(
    r"((?:0[1-9]\d{1,2}[- ]?|\(0[1-9]\d{1,2}\) ?)[2-9]\d{6,7})-(\d{1,6})", re.ASCII
)
_EXTENSION_WORD = re.compile(r"^(.*?)\s*(?:转|分机|ext\.?|extension)\s*(\d{1,6})$", re.IGNORECASE)
_BEFORE_PHONE = re.compile(r"^(?:tel|phone|mobile|手机|电话|座机|联系电话)\s*[:：]?\s*", re.IGNORECASE)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－ー", "-"))
_EMAIL = re.compile(
    r"[^\s@<>,;:()\[\]\\\"]{1,64}@(?=.{4,})(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,63}|xn--[\w-]{2,59})"
)
_BEFORE_EMAIL = re.compile(r"^(?:mailto|e-?mail|邮箱|邮件)\s*[:：]?\s*", re.IGNORECASE)
_WECHAT = re.compile(r"[a-z][a-z0-9_-]{5,19}", re.ASCII)
_QQ = re.compile(r"[1-9][0-9]{4,10}", re.ASCII)
_NAMED = re.compile(
    r"^(?P<wechat>微信号?|wechat|wx|vx)\s*[:：]?\s*(?P<id>.+)$|^qq号?\s*[:：]?\s*(?P<qq>\d+)$", re.I
)


def read(text: str, *, region: str = HOME) -> tuple[ContactKind, str] | None:
    """What way to reach somebody ``text`` is, and its one form; None where it is none.

    A phone or an e-mail is recognised by itself, others by their name before them (wechat: …, QQ 12345).
    """
    if "@" in text or "\uff20" in text:
        found = email(text)
        return (ContactKind.EMAIL, found) if found else None
    if named := _NAMED.match(unicodedata.normalize("NFKC", text).strip()):
        kind = ContactKind.QQ if named["qq"] else ContactKind.WECHAT
        value = normalised(kind, named["qq"] or named["id"])
        return (kind, value) if value else None
    number = phone(text, region=region)
    return (ContactKind.PHONE, number) if number else None


def normalised(kind: ContactKind, text: str, *, region: str = HOME) -> str | None:
    """The one form of a contact whose kind is known; None where it is no such thing."""
    return phone(text, region=region) if kind == ContactKind.PHONE else _READERS[kind](text)


def phone(text: str, *, region: str = HOME) -> str | None:
    """A phone number in E.164 (``+8613800000000``), with ``x123`` behind a switchboard's; None for anything
    else: also for a local number without its area code, which nobody could call from elsewhere.
    """
    if region == HOME and (mobile := _PLAIN_MOBILE.fullmatch(text)):  # imports ask 100 000 times
        return "+86" + mobile[1]
    return _phone(text, region) if len(text) <= MAX_PHONE_TEXT else None


@lru_cache(maxsize=4096)
def _phone(text: str, region: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    plain = _BEFORE_PHONE.sub("", plain)
    plain = "".join(one for one in plain if unicodedata.category(one) != "Cf")
    if worded := _EXTENSION_WORD.match(plain):
        plain = f"{worded[1]}{EXTENSION}{worded[2]}"
    elif dashed := _DASHED_EXTENSION.fullmatch(plain):
        plain = f"{dashed[1]}{EXTENSION}{dashed[2]}"
    found = _PHONE_TEXT.fullmatch(plain)
    if found is None:
        return None
    digits = re.sub(r"\D", "", found["digits"])
    if region == HOME and not found["ext"] and (mobile := _FULL_MOBILE.fullmatch(found["plus"] + digits)):
        return "+86" + mobile[1]
    if region == HOME and _MOBILE.fullmatch(digits) and not found["plus"]:
        return None if found["ext"] else "+86" + digits
    if not found["plus"]:
        digits = re.sub(r"^(?:0086|86(?=0?[1-9]\d{8,10}$))", "0", digits) if region == HOME else digits
        digits = re.sub(r"^0+(?=[48]00\d{7}$|0[1-9])", "", digits) if not digits.startswith("00") else digits
        abroad = digits.startswith("00")
        if region == HOME and not abroad and not _LANDLINE.fullmatch(digits):
            return None  # an order number, a date: phonenumbers would take some of them
    try:
        number = phonenumbers.parse(found["plus"] + digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) and not _is_mobile_of_home(number):
        return None
    extension = EXTENSION + found["ext"][1:] if found["ext"] else ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) + extension


def _is_mobile_of_home(number: phonenumbers.PhoneNumber) -> bool:
    """New mobile ranges open before phonenumbers hears of them."""
    return number.country_code == 86 and _MOBILE.fullmatch(str(number.national_number)) is not None


def email(text: str) -> str | None:
    """An e-mail address in lower case, its +tag kept; None for anything else."""
    plain = _BEFORE_EMAIL.sub("", unicodedata.normalize("NFKC", text).strip()).strip("<> ").casefold()
    if len(plain) > MAX_EMAIL_LENGTH or _EMAIL.fullmatch(plain) is None:
        return None
    local = plain.partition("@")[0]
    return None if local.startswith(".") or local.endswith(".") or ".." in local else plain


def _wechat(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return plain if _WECHAT.fullmatch(plain) or _MOBILE.fullmatch(plain) else None


def _qq(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain if _QQ.fullmatch(plain) else None


_READERS: dict[ContactKind, Callable[[str], str | None]] = {
    ContactKind.PHONE: phone,
    ContactKind.EMAIL: email,
    ContactKind.WECHAT: _wechat,
    ContactKind.QQ: _qq,
}


def shown(kind: ContactKind, value: str) -> str:
    """A contact as people read it: 138 0000 0000, 010-62345678, 400-820-8820, +44 20 7946 0958."""
    return _shown_phone(value) if kind == ContactKind.PHONE else value


@lru_cache(maxsize=4096)
def _shown_phone(value: str) -> str:
    national, _, extension = value.removeprefix("+86").partition(EXTENSION)
    if value.startswith("+86"):
        if _MOBILE.fullmatch(national):
            return f"{national[:3]} {national[3:7]} {national[7:]}"
        if re.fullmatch(r"[48]00\d{7}", national):
            return f"{national[:3]}-{national[3:6]}-{national[6:]}" + (f"-{extension}" if extension else "")
    try:
        number = phonenumbers.parse(value.partition(EXTENSION)[0])
    except phonenumbers.NumberParseException:
        return value
    if number.country_code == 86:
        area, _, local = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL).partition(" ")
        return f"{area}-{local.replace(' ', '')}" + (f"-{extension}" if extension else "")
    abroad = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return abroad + (f" {EXTENSION}{extension}" if extension else "")


@cache
def _placeholders() -> frozenset[str]:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return frozenset(data["placeholders"])


def is_placeholder(value: str) -> bool:
    """True for a number that people type where they have none to give: it is kept, and reaches nobody."""
    return value in _placeholders()


def of(session: Session, *, customer: Customer) -> list[ContactMethod]:
    """A customer's contacts, the main one of each kind first."""
    found = session.scalars(select(ContactMethod).where(col(ContactMethod.customer_id) == customer.id))
    return sorted(found, key=lambda one: (list(ContactKind).index(one.kind), not one.primary, one.id))


def of_kind(session: Session, *, customer: Customer, kind: ContactKind) -> list[ContactMethod]:
    return [one for one in of(session, customer=customer) if one.kind == kind]


def holders(session: Session, *, kind: ContactKind, value: str) -> list[Customer]:
    """The customers (but those that were merged) who have this contact, by number."""
    statement = (
        select(Customer)
        .join(ContactMethod, col(ContactMethod.customer_id) == col(Customer.id))
        .where(col(ContactMethod.kind) == kind, col(ContactMethod.value) == value)
        .where(col(Customer.merged_into_id).is_(None))
        .order_by(col(Customer.id))
    )
    return list(session.scalars(statement))


def add(
    session: Session, *, customer: Customer, kind: ContactKind, value: str, actor: Actor, now: datetime
) -> ContactMethod:
    """Give a customer one more contact, in any form people type; one they have already is returned.

    Raises BadContact.
    """
    wanted = normalised(kind, value)
    if wanted is None:
        raise BadContact(kind=kind, value=value)
    present = of_kind(session, customer=customer, kind=kind)
    for one in present:
        if one.value == wanted:
            return one
    values = [one.value for one in present]
    replace(session, customer=customer, kind=kind, values=[*values, wanted], now=now)
    _note(session, customer, kind, values, [*values, wanted], actor=actor, now=now)
    return of_kind(session, customer=customer, kind=kind)[-1]


def remove(
    session: Session, *, customer: Customer, contact: ContactMethod, actor: Actor, now: datetime
) -> None:
    """Take a contact away; the next of its kind becomes the main one."""
    values = [one.value for one in of_kind(session, customer=customer, kind=contact.kind)]
    left = [one for one in values if one != contact.value]
    if left == values:
        return
    kind = contact.kind
    replace(session, customer=customer, kind=kind, values=left, now=now)
    _note(session, customer, kind, values, left, actor=actor, now=now)


def verify(
    session: Session, *, customer: Customer, contact: ContactMethod, actor: Actor, now: datetime
) -> None:
    """The customer themself shared it in Telegram: nothing else proves that it is theirs."""
    before = contact.verified_at
    contact.verified_at, contact.confirmed_at, contact.invalid = now, None, False
    session.add(contact)
    audit.record(
        session,
        actor=actor,
        action="verified",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before={f"{contact.kind}_verified_at": before.isoformat() if before else None},
        after={f"{contact.kind}_verified_at": now.isoformat()},
    )


def replace(
    session: Session, *, customer: Customer, kind: ContactKind, values: Sequence[str], now: datetime
) -> None:
    """Make ``values`` (normalised) all of a customer's contacts of a kind, the first the main one. Those that
    stay keep when they were verified. Writing it down is the caller's."""
    present = {one.value: one for one in of_kind(session, customer=customer, kind=kind)}
    for value, gone in present.items():
        if value not in values:
            session.delete(gone)
    for place, value in enumerate(dict.fromkeys(values)):
        one = present.get(value) or ContactMethod(
            customer_id=customer.id,
            kind=kind,
            value=value,
            invalid=kind == ContactKind.PHONE and is_placeholder(value),
            created_at=now,
        )
        one.primary = place == 0
        session.add(one)
        session.flush()  # ids in the order of the values: it is theirs to be shown in


def _note(
    session: Session,
    customer: Customer,
    kind: ContactKind,
    before: list[str],
    after: list[str],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    customer.updated_at = now
    session.add(customer)
    session.flush()
    search_keys.refresh(session, customer_ids=[customer.id])
    audit.record(
        session,
        actor=actor,
        action="changed",
        entity="customer",
        entity_id=customer.id,
        now=now,
        before={kind.value: before},
        after={kind.value: after},
    )
