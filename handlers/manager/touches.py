"""/touch 抖音广告 成功, 触达: tries to win somebody by an advertisement; how often it went well."""

import re
from dataclasses import dataclass

from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.marketing import touches
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.numbers import BETWEEN, CUSTOMER, number
from handlers.taps import Tap, button

MOST_LINES = 50
_RESULT = re.compile(r"^(?P<ad>.*?)[\s:：,，]+(?P<result>\S+)\s*$", re.DOTALL)
_CUSTOMER = re.compile(r"^(?P<ad>.*?)[\s,，]+(?P<number>[#＃]?[CcＣｃ]\s*\d{1,10})\s*$", re.DOTALL)


@dataclass(frozen=True)
class DropTouches(Tap, verb="touchx"):
    """What was just written down, from the first to the last of it."""

    first: int
    last: int


@dataclass(frozen=True)
class _Line:
    ad: str
    succeeded: bool
    customer: Customer | None


def named(chat: Chat) -> None:
    """Tries, one a line; a name alone shows how it went so far, nothing shows all."""
    lines = [one.strip() for one in chat.arguments.splitlines() if one.strip()]
    read = [_read(chat, one) for one in lines[:MOST_LINES]]
    if not any(read):
        return _show(chat, ad=chat.arguments.strip() or None)
    noted = [
        touches.note(
            chat.session,
            ad=one.ad,
            succeeded=one.succeeded,
            customer=one.customer,
            by=chat.me,
            now=chat.now,
        )
        for one in read
        if one is not None
    ]
    unread = [line for line, one in zip(lines, read, strict=False) if one is None] + lines[MOST_LINES:]
    ads = list(dict.fromkeys(one.ad for one in noted))
    drop = DropTouches(noted[0].id, noted[-1].id)
    chat.say(
        "manager/touch/noted.html.j2",
        count=len(noted),
        tried=[found for ad in ads for found in touches.tried(chat.session, ad=ad)],
        unread=unread,
        buttons=[[button("drop_touches", drop)]],
    )
    return None


def drop(chat: Chat, tapped: DropTouches) -> None:
    """Only what the same person wrote down themself, and once."""
    ids = range(tapped.first, min(tapped.last, tapped.first + 4 * MOST_LINES) + 1)
    gone = touches.drop(chat.session, ids=ids, by=chat.me, now=chat.now)
    chat.toast("touches_dropped" if gone else "touches_gone")
    _show(chat, ad=None)


def _show(chat: Chat, *, ad: str | None) -> None:
    found = touches.tried(chat.session, ad=ad)
    chat.show("manager/touch/list.html.j2", tried=found, ad=ad)


def _read(chat: Chat, line: str) -> _Line | None:
    """None for a line without a result. Raises NoSuchCustomer."""
    found = _RESULT.match(line)
    if found is None:
        return None
    said = found["result"].casefold()
    results = {key: chat.words.listed("touch_words", key) for key in ("succeeded", "failed")}
    succeeded = said in results["succeeded"]
    if not succeeded and said not in results["failed"]:
        return None
    ad, customer = found["ad"].strip(BETWEEN), None
    if (meant := _CUSTOMER.match(ad)) is not None:
        which = number(meant["number"])
        assert which is not None
        assert which[0] == CUSTOMER
        customer = customers.get(chat.session, customer_id=which[1])
        ad = meant["ad"].strip(BETWEEN)
    return _Line(ad, succeeded, customer)


HANDLERS = [
    command("touch", "触达", role=Role.MANAGER, run=named),
    tap(DropTouches, role=Role.MANAGER, run=drop),
]
