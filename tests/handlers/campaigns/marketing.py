"""A shop with customers who agreed to hear of it, and managers who make campaigns for them."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.marketing import campaigns, gate, opt_outs
from crm_store.marketing.rules import Rules
from crm_store.marketing.tables import Campaign, CampaignArm
from crm_store.staff.roles import Role
from crm_store.types import LARGEST_ID
from tests.talk import DESK, Person, Sent, Talk

FIRST = 7_000_000_000
URL = "https://shop.example.com/tea"


def shop(engine: Engine, *, approval_above: int | None = 500, public_url: str = "") -> Talk:
    """Two languages; customers' nights are not quiet, so that a test may send at any time."""
    return Talk(
        engine, desk=replace(DESK, campaigns=Rules(approval_above=approval_above), public_url=public_url)
    )


def boss(talk: Talk, id: int = 1, name: str = "Olga", language: str = "en") -> Person:
    return talk.staff(id, name, Role.MANAGER, language_code=language)


def fans(talk: Talk, count: int, **about: Any) -> list[Customer]:
    """So many customers who asked for news themselves; ``about`` is what is known of each."""
    found = []
    for number in range(count):
        person = talk.customer(FIRST + number, "zh" if number % 2 else "en")
        person.say("/start")
        with transaction(talk.engine) as session:
            customer = customer_of(session, person)
            for key, value in about.items():
                setattr(customer, key, value)
            opt_outs.opt_in(session, customer=customer, now=talk.now)
            session.add(customer)
            session.flush()
            session.refresh(customer)
            session.expunge(customer)
            found.append(customer)
    return found


def customer_of(session: Session, person: Person) -> Customer:
    return session.scalars(select(Customer).where(col(Customer.user_id) == person.id)).one()


def campaign(talk: Talk, number: int = 1) -> Campaign:
    """As it stands."""
    with transaction(talk.engine) as session:
        found = session.get_one(Campaign, number)
        session.expunge(found)
        return found


def arms(talk: Talk, number: int = 1) -> list[CampaignArm]:
    with transaction(talk.engine) as session:
        found = campaigns.arms(session, campaign=session.get_one(Campaign, number))
        for one in found:
            session.expunge(one)
        return found


def tap(person: Person, sent: list[Sent], label: str) -> list[Sent]:
    """Tap the button of this label, under whichever message it stands."""
    for one in reversed(sent):
        for text, data in zip(one.buttons, one.data, strict=True):
            if text == label and one.to == person.id:
                return person.tap(data)
    raise AssertionError(f"no button {label!r} among {[one.buttons for one in sent]}")


def approval(talk: Talk, number: int = 1) -> str:
    """What the button to approve it says, on a card as it is now."""
    with transaction(talk.engine) as session:
        found = campaigns.get(session, number=number)
        rules, zone = talk.desk.campaigns, talk.desk.timezone
        counted = gate.blocked(
            session, campaign=found, rules=rules, zone=zone, currency=found.currency, now=talk.now
        )
        return f"camp_ok:{number}:{found.version}:{counted.sendable}"


def asked(sent: list[Sent]) -> str:
    """The first line of what came last."""
    return sent[-1].text.splitlines()[0]


def draft(talk: Talk, who: Person, *, text: str = "Tea!", audience: str | None = None) -> None:
    """A campaign as far as it can be submitted: everything not named stays as it comes."""
    who.say("/camp_new Spring")
    number = _newest(talk)
    who.tap(f"camp_skip:{number}:goal")
    who.tap(f"camp_skip:{number}:promotion")
    if audience is None:
        who.tap(f"camp_pick:{number}:audience:all")
    else:
        who.say(audience)
    who.tap(f"camp_skip:{number}:message.A.zh")
    who.say(text)
    who.tap(f"camp_rest:{number}:picture.A")


def submitted(talk: Talk, who: Person, **about: Any) -> list[Sent]:
    """What everybody was told of it."""
    draft(talk, who, **about)
    number = _newest(talk)
    who.say(f"/camp_test M{number}")
    return who.tap(f"camp_sub:{number}")


def _newest(talk: Talk) -> int:
    with transaction(talk.engine) as session:
        return max(one.id for one in campaigns.listed(session, limit=50))


NOBODY = LARGEST_ID
