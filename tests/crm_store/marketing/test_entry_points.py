"""Marketing without consent cannot be had by any way in: a file, another system, a merge, a hand in the
store."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from bot.api.models import CustomerTold
from crm_store.customers import contacts, merging
from crm_store.customers.tables import ContactKind, Customer
from crm_store.engine import transaction
from crm_store.exchange import keys
from crm_store.marketing import addresses, gate, opt_outs
from crm_store.marketing.states import Blocked
from crm_store.marketing.tables import OptOut
from crm_store.staff.roles import Role
from handlers.intake import people as intake
from handlers.intake.teller import Teller
from handlers.intake.told import TellingCustomer
from handlers.voice import Voice
from tests.crm_store import people
from tests.crm_store.exchange.taking_in import take_in
from tests.crm_store.marketing.people import ANN, NOW, RULES, fan
from tests.talk import DESK, WORDS

PHONE = "+8613912345678"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def left(session: Session) -> Customer:
    """Somebody who wanted news, and wants none any more."""
    ann = fan(session)
    contacts.add(session, customer=ann, kind=ContactKind.PHONE, value=PHONE, actor="cli", now=NOW)
    opt_outs.opt_out(session, customer=ann, why="word", actor=ann, now=NOW)
    return ann


def in_the_chat(session: Session, customer: Customer, number: int) -> None:
    """Nothing but the gate keeps a message from them."""
    customer.user_id = customer.chat_id = ANN + number
    session.add(customer)
    session.flush()


def why(session: Session) -> list[Blocked | None]:
    """Of everybody, in the order of their numbers."""
    ids = list(session.scalars(select(col(Customer.id)).order_by(col(Customer.id))))
    found = gate.reasons(session, customer_ids=ids, rules=RULES, now=NOW)
    return [found.get(id) for id in ids]


@pytest.mark.parametrize("answer", ["0", "no", "opted in"])
def test_a_file_with_the_same_phone_makes_nobody_who_may_be_sent_anything(
    engine: Engine, path: Path, answer: str
) -> None:
    with transaction(engine) as session:
        left(session)

    take_in(engine, path, f"name,phone,Email Opt Out\nBenjamin Bar,{PHONE},{answer}\n")
    take_in(engine, path, f"name,phone,Email Opt Out\nZhang Wei,+8613811112222,{answer}\n")

    with transaction(engine) as session:
        for number, one in enumerate(session.scalars(select(Customer).where(col(Customer.id) > 1))):
            in_the_chat(session, one, number + 1)
        found = why(session)
    assert found[0] == Blocked.OPTED_OUT
    assert found[-1] == Blocked.NO_CONSENT
    assert set(found) == {Blocked.OPTED_OUT, Blocked.NO_CONSENT}


def test_a_no_that_comes_in_a_file_holds_by_address_like_any_other(engine: Engine, path: Path) -> None:
    take_in(engine, path, f"name,phone,Email Opt Out\nAnn,{PHONE},1\n")

    with transaction(engine) as session:
        [kept] = session.scalars(select(OptOut))
        key = addresses.of_contacts(session, contacts=[("phone", PHONE)])
        later = fan(session)
        willing = why(session)[-1]
        contacts.add(session, customer=later, kind=ContactKind.PHONE, value=PHONE, actor="cli", now=NOW)
        assert ([kept.address], kept.reason) == (key, "import")
        assert (willing, why(session)[-1]) == (None, Blocked.OPTED_OUT)


def test_the_api_has_no_word_for_consent_and_brings_no_opted_out_phone_back(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = left(session)
        olga = people.staff(session, "Olga", Role.OWNER)
        key = keys.make(session, name="shop", signed=False, by=olga, now=NOW).key
        told = TellingCustomer(
            external_id="u-1", name="Somebody Else", contacts=((ContactKind.PHONE, PHONE),)
        )
        intake.keep(session, Teller(key, Voice(DESK, WORDS), NOW), told)
        for number, one in enumerate(session.scalars(select(Customer).where(col(Customer.id) != ann.id))):
            in_the_chat(session, one, number + 1)

        assert set(why(session)) == {Blocked.OPTED_OUT}
    for word in ("consent", "marketing", "opted_in"):
        with pytest.raises(ValidationError):
            CustomerTold.model_validate({"external_id": "u-1", "name": "Ann", word: True})


def test_a_merge_in_either_direction_keeps_the_no(engine: Engine) -> None:
    for direction in (0, 1):
        with transaction(engine) as session:
            ann = left(session)
            ben = fan(session, 1)
            kept, gone = (ann, ben) if direction else (ben, ann)
            gone.reachable = False
            merging.merge(session, kept=kept, gone=gone, by="cli", now=NOW)

            found = gate.reasons(session, customer_ids=[kept.id], rules=RULES, now=NOW)
            assert found == {kept.id: Blocked.OPTED_OUT}
            session.rollback()
