"""The demo shop's past: two thousand customers and a year and a half of their orders.

Plain rows in few statements: told through the verbs one by one, it would keep the shop closed for minutes.
"""

import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col

from bot.demo.bought import CENT, Good, Till
from bot.demo.buying import Basket, baskets
from bot.demo.crowd import FIRST, LAST
from bot.demo.people import Person, people
from bot.demo.rows import Rows
from bot.demo.visits import tell_visits
from bot.demo.won_back import WonBack, seal
from crm_store.customers import search_keys
from crm_store.customers.tables import (
    Consent,
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    CustomerTag,
    CustomField,
    CustomValue,
    FieldKind,
    Interaction,
    InteractionKind,
    Need,
    Purpose,
    Tier,
    Touchpoint,
    Way,
)
from crm_store.marketing.states import Blocked
from crm_store.sales.product_keys import keys_of
from crm_store.sales.tables import Order, Product, ProductCategory
from crm_store.staff.tables import Staff

SEED = 19
CUSTOMERS = 2000
DOUBLES = 40
"""So many were written down twice, a little differently."""

SOURCES = [0.45, 0.35, 0.08, 0.12]
"""How many came by each of the catalogue's sources."""
TIERS = [(0.02, Tier.VIP), (0.1, Tier.A), (0.3, Tier.B)]
"""The share of customers, by what they spent, down to which each tier goes."""

CHATS = 0.66
"""The share of customers who have a chat with the bot (``crowd``)."""

GONE = 0.03
"""The share of those who blocked it, as the shop knows."""

OWNED = 0.4
"""The share of customers that one person of the staff looks after."""


def tell_the_past(
    session: Session, *, language: str, currency: str, regular: tuple[str, str], now: datetime
) -> str:
    """Fill an empty store. ``regular`` is the name and phone of somebody who bought before and will write to
    the bot; ``now`` is in the shop's time zone. Returns what the shop calls orders that come over the web."""
    return _Past(language, currency, now).write(session, regular)


def hand_over(session: Session, *, to: Staff) -> None:
    """Make a member of the staff the one who looks after a good part of the customers."""
    every = round(1 / OWNED)
    of_the_past = or_(col(Customer.user_id).is_(None), col(Customer.user_id).between(FIRST, LAST))
    statement = update(Customer).where(of_the_past, col(Customer.id) % every == 0)
    session.connection().execute(statement.values(owner_id=to.id))


class _Past:
    def __init__(self, language: str, currency: str, now: datetime) -> None:
        here = Path(__file__)
        told = tomllib.loads(here.with_name("catalogue.toml").read_text(encoding="utf-8"))
        self._said: dict[str, Any] = told[language].pop("said")
        self._tastes: dict[str, list[list[int]]] = {one: told[one] for one in ("goes_with", "leads_to")}
        self._shelves: dict[str, list[list[Any]]] = told[language]
        self._language, self._currency, self._now = language, currency, now
        self._random = Random(SEED)  # noqa: S311 (nobody is to be surprised)
        self._rows = Rows()
        self._spent: dict[int, int] = {}
        self._blocked: dict[int, Blocked] = {}

    def write(self, session: Session, regular: tuple[str, str]) -> str:
        goods = self._stock()
        bought = self._baskets(len(goods))
        crowd = list(people(CUSTOMERS, seed=SEED))
        crowd[0] = replace(
            crowd[0], name=regular[0], phone=regular[1], language=self._language, remark=None, email=None
        )
        came: dict[int, datetime] = {}
        for basket in bought:
            came.setdefault(basket.buyer, basket.at)
        numbers = {buyer: self._customer(crowd[buyer], at) for buyer, at in came.items()}
        self._chats({number: crowd[buyer] for buyer, number in numbers.items() if buyer})
        self._doubles(crowd)
        campaign = WonBack(self._language, self._currency, self._now, SEED)
        campaign.choose(bought, numbers, self._blocked)
        bought = sorted([*bought, *campaign.sold(len(goods))], key=lambda basket: basket.at)
        web = self._said["sources"][1]
        till = Till(self._rows, goods, self._currency, web, self._now, self._random)
        for basket in bought:
            number = numbers[basket.buyer]
            total = till.ring_up(
                basket, customer_id=number, person=crowd[basket.buyer], stands=basket.buyer == 0
            )
            self._spent[number] = self._spent.get(number, 0) + total
        self._rank()
        self._rows.add(CustomField, name=self._said["birthday"], kind=FieldKind.DATE, created_at=self._now)
        for buyer, number in numbers.items():
            self._what_staff_know(number, came[buyer])
        campaign.note(self._rows)
        self._rows.write(session)
        seal(session)
        tell_visits(session, source=web, now=self._now, seed=SEED)
        search_keys.refresh(session, customer_ids=[row["id"] for row in self._rows.of(Customer)])
        return str(web)

    def _stock(self) -> list[Good]:
        goods: list[Good] = []
        opened = self._now - timedelta(days=600)
        for category, shelf in self._shelves.items():
            category_id = self._rows.add(ProductCategory, name=category)
            for name, price, cost, unit in shelf:
                sku = f"T{len(goods) + 1:03d}"
                good = {"sku": sku, "name": name, "price": round(price * CENT), "cost": round(cost * CENT)}
                id = self._rows.add(
                    Product,
                    category_id=category_id,
                    currency=self._currency,
                    keys=keys_of(name, sku),
                    created_at=opened,
                    updated_at=opened,
                    unit=unit,
                    **good,
                )
                goods.append(Good(id=id, category=category, **good))
        return goods

    def _baskets(self, products: int) -> list[Basket]:
        """Every purchase, in the order of time; the first buyer is a regular of late."""
        found = [
            basket
            for basket in baskets(CUSTOMERS, products=products, now=self._now, seed=SEED, **self._tastes)
            if basket.buyer != 0
        ]
        late = [Basket(0, self._now - timedelta(days=days), {days % products: 1}) for days in (64, 23, 2)]
        return sorted([*found, *late], key=lambda basket: basket.at)

    def _customer(self, person: Person, came: datetime) -> int:
        source = self._random.choices(self._said["sources"], SOURCES)[0]
        customer = self._rows.add(
            Customer,
            name=person.name,
            name_chosen=True,
            remark=person.remark,
            salutation=person.salutation,
            company=person.company,
            province=person.province,
            city=person.city,
            district=person.district,
            street=person.street,
            language=person.language,
            source=source,
            created_at=came,
            updated_at=came,
        )
        for kind, value in ((ContactKind.PHONE, person.phone), (ContactKind.EMAIL, person.email)):
            if value is not None:
                self._rows.add(
                    ContactMethod,
                    customer_id=customer,
                    kind=kind,
                    value=value,
                    created_at=came,
                )
        self._rows.add(Touchpoint, customer_id=customer, channel="staff", source=source, at=came)
        if (drawn := self._random.random()) < 0.6:
            state = ConsentState.GRANTED if drawn < 0.53 else ConsentState.WITHDRAWN
            self._rows.add(
                Consent, customer_id=customer, purpose=Purpose.MARKETING, state=state, source=source, at=came
            )
        return customer

    def _chats(self, customers: dict[int, Person]) -> None:
        """A good part of them write to the bot, too, or did; why nothing may be sent to the others."""
        random = Random(SEED + 1)  # noqa: S311
        consents = {row["customer_id"]: row["state"] for row in self._rows.of(Consent)}
        for number, person in customers.items():
            if random.random() >= CHATS:
                self._blocked[number] = Blocked.NO_CHAT
                continue
            values: dict[str, Any] = {
                "user_id": FIRST + number,
                "chat_id": FIRST + number,
                "username": person.username,
            }
            if random.random() < GONE:
                values |= {
                    "reachable": False,
                    "blocked_at": self._now - timedelta(days=random.randint(30, 90)),
                }
                self._blocked[number] = Blocked.UNREACHABLE
            elif consents.get(number) == ConsentState.WITHDRAWN:
                self._blocked[number] = Blocked.OPTED_OUT
            elif consents.get(number) != ConsentState.GRANTED:
                self._blocked[number] = Blocked.NO_CONSENT
            self._rows.change(Customer, number, **values)

    def _doubles(self, crowd: list[Person]) -> None:
        """Customers who were written down again: from the fair's list, with a slip in the name or none."""
        for person in self._random.sample(crowd[1:], DOUBLES):
            slip = self._random.random()
            name = person.name if slip < 0.5 else person.name[0] + person.name[2:] + person.name[1:2]
            again = replace(person, name=name, email=None if slip < 0.7 else person.email, remark=None)
            self._customer(again, self._now - timedelta(days=self._random.randint(3, 120)))

    def _rank(self) -> None:
        """Who spent most is VIP, and so on; and when each bought last."""
        by_spending = sorted(self._spent, key=lambda number: -self._spent[number])
        for rank, number in enumerate(by_spending):
            tier = next((tier for share, tier in TIERS if rank < share * len(by_spending)), None)
            self._rows.change(Customer, number, tier=tier)
        for order in self._rows.of(Order):
            if order["confirmed_at"] is not None and order.get("cancelled_at") is None:
                self._rows.change(Customer, order["customer_id"], last_order_at=order["placed_at"])

    def _what_staff_know(self, customer: int, first: datetime) -> None:
        """Calls, notes, tags, a need and the birthday of some."""
        random, said = self._random, self._said
        for _ in range(random.choices([0, 1, 2, 4], [0.7, 0.18, 0.08, 0.04])[0]):
            self._interaction(customer, first)
        if random.random() < 0.25:
            for tag in random.sample(said["tags"], random.choice([1, 1, 2])):
                self._rows.add(CustomerTag, customer_id=customer, tag=tag)
        if random.random() < 0.4:
            day = date(random.randint(1958, 2004), random.randint(1, 12), random.randint(1, 28))
            self._rows.add(
                CustomValue,
                customer_id=customer,
                field_id=1,
                value=day.isoformat(),
                rank=float(day.toordinal()),
            )
        if random.random() < 0.04:
            self._rows.add(
                Need,
                customer_id=customer,
                category=random.choice(list(self._shelves)),
                text=random.choice(said["needs"]),
                at=self._between(first),
            )

    def _interaction(self, customer: int, first: datetime) -> None:
        random = self._random
        kind = random.choice([InteractionKind.CALL, InteractionKind.CALL, InteractionKind.NOTE])
        call = kind == InteractionKind.CALL
        self._rows.add(
            Interaction,
            customer_id=customer,
            kind=kind,
            way=random.choice([Way.IN, Way.OUT]) if call else None,
            duration_seconds=random.randint(40, 900) if call else None,
            text=random.choice(self._said["calls" if call else "notes"]),
            at=self._between(first),
        )

    def _between(self, first: datetime) -> datetime:
        return first + (self._now - first) * self._random.random()
