"""Every command and every button × every role: allowed, or refused with what to do next."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields
from enum import Enum

import pytest

from crm_store.staff.roles import Role
from handlers.commands import Command, Tapped
from handlers.registry import HANDLERS
from handlers.taps import Tap
from tests.talk import Person, Sent, Talk

COMMANDS = [one for one in HANDLERS if isinstance(one, Command)]
TAPS = [one for one in HANDLERS if isinstance(one, Tapped)]
STAFF_TAPS = [one for one in TAPS if one.role.includes(Role.AGENT)]

ALLOWED: dict[str, str] = {
    # command: the roles that may give it (c customer, a agent, m manager, o owner)
    "start": "camo",
    "help": "camo",
    "lang": "camo",
    "cancel": "camo",
    "cancel_order": "camo",
    "ask": "c",
    "complain": "c",
    "feedback": "c",
    "tickets": "c",
    "sub": "c",
    "refer": "c",
    "stop": "c",
    "queue": "amo",
    "mine": "amo",
    "next": "amo",
    "todo": "amo",
    "t": "amo",
    "claim": "amo",
    "release": "amo",
    "assign": "amo",
    "resolve": "amo",
    "close": "amo",
    "reopen": "amo",
    "wait": "amo",
    "prio": "amo",
    "tag": "amo",
    "type": "amo",
    "note": "amo",
    "find": "amo",
    "customer": "amo",
    "timeline": "amo",
    "call": "amo",
    "mail": "amo",
    "visit": "amo",
    "on": "amo",
    "off": "amo",
    "orders": "c",
    "order": "amo",
    "order_new": "amo",
    "confirm": "amo",
    "pay": "amo",
    "ship": "amo",
    "deliver": "amo",
    "refund": "amo",
    "return": "camo",
    "complete": "amo",
    "receipt": "amo",
    "products": "amo",
    "product": "mo",
    "new": "amo",
    "dup": "amo",
    "pairs": "mo",
    "merge": "amo",
    "unmerge": "mo",
    "set": "amo",
    "owner": "amo",
    "need": "amo",
    "pref": "amo",
    "history": "amo",
    "undo": "amo",
    "bind": "c",
    "profile": "c",
    "stale": "mo",
    "needs": "mo",
    "rfm": "mo",
    "seg": "mo",
    "seg_new": "mo",
    "seg_why": "mo",
    "clv": "mo",
    "churn": "mo",
    "field": "mo",
    "today": "mo",
    "sales": "mo",
    "basket": "mo",
    "demand": "mo",
    "cohort": "mo",
    "forecast": "mo",
    "potential": "mo",
    "funnel": "mo",
    "rec": "amo",
    "stats": "mo",
    "brief": "mo",
    "alert": "mo",
    "target": "mo",
    "report": "mo",
    "daily": "mo",
    "weekly": "mo",
    "monthly": "mo",
    "sched": "mo",
    "talks": "mo",
    "team": "mo",
    "invite": "mo",
    "revoke": "mo",
    "import": "mo",
    "import_undo": "mo",
    "apikey": "o",
    "export": "mo",
    "camp": "mo",
    "camp_new": "mo",
    "camp_test": "mo",
    "camp_go": "mo",
    "camp_pause": "mo",
    "camp_resume": "mo",
    "camp_stop": "mo",
    "link": "mo",
    "camp_report": "mo",
    "play": "mo",
    "touch": "mo",
}
LETTERS = {Role.CUSTOMER: "c", Role.AGENT: "a", Role.MANAGER: "m", Role.OWNER: "o"}


NOT_YOURS: tuple[list[Sent], list[str]] = ([], ["This button is not yours to use"])


def who_is(talk: Talk, role: Role) -> Person:
    return talk.customer(500) if role == Role.CUSTOMER else talk.staff(500, "Robin", role)


@pytest.fixture
def back(talk: Talk) -> Iterator[Callable[[], None]]:
    """Takes the store back to the moment of the first call: what is tried changes nothing for the next."""
    assert talk.engine.url.database is not None
    with closing(sqlite3.connect(talk.engine.url.database)) as store, closing(sqlite3.connect("")) as moment:
        began = False

        def go() -> None:
            nonlocal began
            if began:
                moment.backup(store)
            else:
                store.backup(moment)
            began = True

        yield go


def test_the_matrix_names_every_command() -> None:
    assert sorted(one.name for one in COMMANDS) == sorted(ALLOWED)


@pytest.mark.parametrize("is_staff", [True, False])
def test_no_two_commands_share_a_word_for_the_same_people(is_staff: bool) -> None:
    """订单 lists a customer's own, and opens the desk's for staff."""
    theirs = [one for one in COMMANDS if not one.customers_only] if is_staff else COMMANDS
    heard = [one for one in theirs if is_staff or one.role == Role.CUSTOMER]

    words = [word for one in heard for word in (one.name, *one.spoken)]

    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("role", Role)
def test_every_command_is_allowed_or_refused_as_the_matrix_says(
    talk: Talk, back: Callable[[], None], role: Role
) -> None:
    talk.customer(7).say("a ticket for T1")
    person = who_is(talk, role)
    refusals = {
        talk.render("refused/unknown_command.html.j2"),
        *(talk.render("refused/not_allowed.html.j2", role=one) for one in Role),
    }

    heard, failed = set(), []
    for name in ALLOWED:
        back()
        sent = [one for one in person.say(f"/{name}") if one.to == person.id]
        if talk.group.failed or not sent:
            failed.append(name)
        elif sent[0].text not in refusals:
            heard.add(name)

    assert failed == []
    assert heard == {name for name, roles in ALLOWED.items() if LETTERS[role] in roles}


@pytest.mark.parametrize("role", Role)
def test_no_button_works_above_its_role(talk: Talk, back: Callable[[], None], role: Role) -> None:
    talk.customer(7).say("a ticket for T1")
    person = who_is(talk, role)

    failed, worked = [], []
    for matcher in TAPS:
        back()
        sent = person.tap(_any(matcher.tap))
        if talk.group.failed:
            failed.append(matcher.tap.verb)
        if not role.includes(matcher.role) and (sent, toasts(talk)) != NOT_YOURS:
            worked.append(matcher.tap.verb)

    assert (failed, worked) == ([], [])


def test_access_ends_at_once_open_keyboards_included(talk: Talk, back: Callable[[], None]) -> None:
    talk.customer(7).say("a ticket for T1")
    owner, robin = talk.staff(1, "Olga", Role.OWNER), talk.staff(500, "Robin", Role.MANAGER)
    owner.say("/revoke Robin")

    worked = []
    for matcher in STAFF_TAPS:
        back()
        if (robin.tap(_any(matcher.tap)), toasts(talk)) != NOT_YOURS:
            worked.append(matcher.tap.verb)

    assert worked == []


def toasts(talk: Talk) -> list[str]:
    """What popped up over the button."""
    return [one.params.get("text", "") for one in talk.group.asides]


def _any(kind: type[Tap]) -> str:
    """Data that such a button could carry."""
    values = []
    for one in fields(kind):
        assert isinstance(one.type, type)
        values.append(next(iter(one.type)) if issubclass(one.type, Enum) else one.type(1))
    return kind(*values).pack()
