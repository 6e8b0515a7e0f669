"""The demo's shop: its people, and the days before it opened, told through the store's own verbs."""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from bot.demo.crowd import FIRST, LAST
from crm_store.customers import customers
from crm_store.customers.tables import Customer
from crm_store.reports import alerts, schedules
from crm_store.reports.readings import Metric
from crm_store.reports.schedules import Wanted
from crm_store.reports.slots import Rhythm
from crm_store.reports.tables import AlertKind, Section
from crm_store.service import conversation, ratings, tickets, transcript
from crm_store.service.states import Kind
from crm_store.service.tables import Delivery
from crm_store.service.transcript import Incoming
from crm_store.staff import invites
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff

WEEKLY_AT = time(9)
ALERTS = ((Metric.BACKLOG, 20), (Metric.COMPLAINTS, 5))
OLDER_DAYS, A_DAY, OLDER_CUSTOMERS = range(3, 14), (2, 3, 3, 4, 5), 300
FIRST_EARLIER_CUSTOMER = 6_000_000_001
RATED_AFTER = timedelta(minutes=3)


@dataclass(frozen=True)
class Actor:
    """Somebody on the page; ``says`` is what they write when the shop opens."""

    id: int
    name: str
    language: str
    role: Role
    username: str | None = None
    says: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Shop:
    language: str
    desk: str
    people: tuple[Actor, ...]
    before: list[list[Any]]

    @property
    def regular(self) -> Actor:
        """The first customer on the page: somebody who bought before, and writes for the first time."""
        return next(one for one in self.people if one.role == Role.CUSTOMER)

    @property
    def staff(self) -> list[int]:
        """The agent and the manager."""
        return [one.id for one in self.people if one.role != Role.CUSTOMER]


def read_shop(language: str) -> Shop:
    """The shop of ``shop.toml`` in one language."""
    told = tomllib.loads(Path(__file__).with_name("shop.toml").read_text(encoding="utf-8"))[language]
    people = tuple(
        Actor(
            id=one["id"],
            name=one["name"],
            language=one["language"],
            role=Role(one["role"]),
            username=one.get("username"),
            says=tuple(one.get("says", ())),
        )
        for one in told["people"]
    )
    return Shop(language=language, desk=told["desk"], people=people, before=told["before"]["tickets"])


def hire(session: Session, *, shop: Shop, now: datetime) -> dict[int, str]:
    """An invite for each member of staff: the demo's owner has handed them out. Tokens by person."""
    return {
        one.id: invites.invite(session, role=one.role, by=None, now=now)
        for one in shop.people
        if one.role != Role.CUSTOMER
    }


def ask_for_news(session: Session, *, manager: Staff, zone: ZoneInfo, now: datetime) -> None:
    """What the manager has asked to be sent: besides the settings' daily report the whole week's on Mondays,
    and word when too many tickets wait or complaints pile up."""
    weekly = Wanted(rhythm=Rhythm(at=WEEKLY_AT, weekdays=(0,)), sections=tuple(Section))
    schedules.start(session, staff=manager, wanted=weekly, zone=zone, now=now)
    for metric, level in ALERTS:
        alerts.create(
            session,
            staff=manager,
            metric=metric,
            kind=AlertKind.THRESHOLD,
            sign=">",
            level=level,
            now=now,
        )


def tell_the_days_before(session: Session, *, shop: Shop, agent: Staff, now: datetime) -> None:
    """Earlier tickets, answered and closed, so that the day's numbers have something to say."""
    _tell_older_days(session, shop=shop, agent=agent, now=now)
    for number, (hours, kind, minutes, score, name, asked, answered) in enumerate(shop.before):
        user_id, opened = FIRST_EARLIER_CUSTOMER + number, now - timedelta(hours=hours)
        customer = customers.meet(
            session,
            user_id=user_id,
            chat_id=user_id,
            name=name,
            username=None,
            language=agent.language,
            now=opened,
        )
        _one_earlier(
            session,
            customer=customer,
            kind=Kind(kind),
            asked=asked,
            answered=answered,
            score=score,
            agent=agent,
            opened=opened,
            wait=timedelta(minutes=minutes),
        )


def _tell_older_days(session: Session, *, shop: Shop, agent: Staff, now: datetime) -> None:
    """The two weeks before those: much the same was asked, by customers of the past."""
    random = Random(len(shop.before))  # noqa: S311 (nobody is to be surprised)
    known = select(Customer).where(col(Customer.user_id).between(FIRST, LAST)).order_by(col(Customer.id))
    asking = session.scalars(known.limit(OLDER_CUSTOMERS)).all()
    moments = [
        now - timedelta(days=day, minutes=random.randrange(9 * 60))
        for day in OLDER_DAYS
        for _ in range(random.choice(A_DAY))
    ]
    who = random.sample(asking, min(len(asking), len(moments)))
    for customer, opened in zip(who, sorted(moments), strict=False):
        _, kind, minutes, score, _, asked, answered = random.choice(shop.before)
        _one_earlier(
            session,
            customer=customer,
            kind=Kind(kind),
            asked=asked,
            answered=answered,
            score=score,
            agent=agent,
            opened=opened,
            wait=timedelta(minutes=minutes * random.choice([1, 1, 2, 3])),
        )


def _one_earlier(
    session: Session,
    *,
    customer: Customer,
    kind: Kind,
    asked: str,
    answered: str,
    score: int,
    agent: Staff,
    opened: datetime,
    wait: timedelta,
) -> None:
    assert customer.chat_id is not None
    ticket = conversation.receive(
        session,
        customer=customer,
        incoming=Incoming(chat_id=customer.chat_id, telegram_id=1, kind="text", text=asked),
        kind=kind,
        confidence=0.9,
        now=opened,
    ).ticket
    assert ticket is not None
    said = opened + wait
    words = Incoming(chat_id=agent.chat_id, telegram_id=-ticket.id, kind="text", text=answered)
    message = conversation.answer(session, ticket=ticket, by=agent, incoming=words, now=said)
    transcript.delivered(session, message_id=message.id, delivery=Delivery.DELIVERED, error=None)
    tickets.resolve(session, ticket=ticket, by=agent, reason=answered, now=said)
    ratings.ask(session, ticket=ticket, now=said)
    if score:
        ratings.rate(session, ticket=ticket, cycle=0, score=score, actor=customer, now=said + RATED_AFTER)
    tickets.close(session, ticket=ticket, actor=customer, now=said + RATED_AFTER)
