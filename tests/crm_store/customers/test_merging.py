"""Two customers become one in one commit, and two again as they were."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Engine, ForeignKey, Integer, MetaData, Table, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel, col

from crm_store.customers import consents, customers, merging, search_keys, stragglers
from crm_store.customers.merge_rules import DERIVED, OWN_FIELDS, STAYS, Why, Wins, references
from crm_store.customers.refusals import AlreadyOne, MergedLater, MergedLongAgo, NotMerged, TwoTelegrams
from crm_store.customers.tables import (
    Consent,
    ConsentState,
    ContactKind,
    ContactMethod,
    Customer,
    CustomerTag,
    CustomField,
    CustomValue,
    DuplicatePair,
    FieldKind,
    Interaction,
    InteractionKind,
    Merge,
    PairState,
    Preference,
    PreferenceSource,
    Purpose,
    Tier,
)
from crm_store.engine import transaction
from crm_store.exchange.tables import ExternalRef
from crm_store.refusals import NoSuchCustomer
from crm_store.service.tables import Direction, Message, Ticket
from crm_store.staff.roles import Role
from crm_store.staff.tables import Audit, Staff
from tests.crm_store.customers.rows import Rows, everything, fill, whose
from tests.crm_store.people import NOW, customer, staff

LATER = NOW + timedelta(days=3)


def written_down(session: Session, name: str = "张伟", **about: Any) -> Customer:
    """A customer whom staff wrote down: no Telegram."""
    about = {"created_at": NOW, "updated_at": NOW} | about
    one = Customer(name=name, language="zh", **about)
    session.add(one)
    session.flush()
    return one


def as_it_is(session: Session) -> Rows:
    """Every row of every table, what customers are found by included."""
    session.flush()
    search_keys.refresh(session, customer_ids=list(session.scalars(select(col(Customer.id)))))
    return everything(session)


def phone(session: Session, of: Customer, value: str, **about: Any) -> ContactMethod:
    one = ContactMethod(customer_id=of.id, kind=ContactKind.PHONE, value=value, created_at=NOW, **about)
    session.add(one)
    session.flush()
    return one


def manager(session: Session) -> Staff:
    return staff(session, "Mia", Role.MANAGER)


def test_every_reference_to_a_customer_moves_or_is_named_as_one_that_stays() -> None:
    table = SQLModel.metadata.tables["customer"]
    all_of_them = {
        (foreign.parent.table.name, foreign.parent.name)
        for one in SQLModel.metadata.tables.values()
        for foreign in one.foreign_keys
        if foreign.column.table is table
    }

    moving = {(one.table.name, one.column.name) for one in references(SQLModel.metadata)}

    assert moving == {pair for pair in all_of_them - STAYS if pair[0] not in DERIVED}
    assert all_of_them >= STAYS


def test_a_table_added_later_cannot_be_forgotten() -> None:
    metadata = MetaData()
    SQLModel.metadata.tables["staff"].to_metadata(metadata)
    SQLModel.metadata.tables["customer"].to_metadata(metadata)
    Table("loan", metadata, Column("id", Integer), Column("borrower", ForeignKey("customer.id")))

    assert [(one.table.name, one.column.name) for one in references(metadata)] == [
        ("customer", "referred_by_id"),
        ("loan", "borrower"),
    ]


@pytest.mark.parametrize("kept_first", [True, False])
def test_merged_and_unmerged_every_row_of_every_table_is_as_it_was(engine: Engine, kept_first: bool) -> None:
    with transaction(engine) as session:
        ann, zhang = customer(session), written_down(session, city="杭州", tier=Tier.VIP)
        mia = manager(session)
        for one in (ann, zhang):
            fill(session, customer_id=one.id, words=one.name)
        both_have(session, ann, zhang)
        kept, gone = (ann, zhang) if kept_first else (zhang, ann)
        before = as_it_is(session)
        of_kept, of_gone = whose(session, kept.id), whose(session, gone.id)
        assert min(of_gone.values()) > 0

        merging.merge(session, kept=kept, gone=gone, by=mia, now=LATER)
        merged, left = whose(session, kept.id), whose(session, gone.id)
        merging.unmerge(session, number=gone.id, by=mia, now=LATER + timedelta(days=29))

        assert everything(session) == before
    assert {name: merged[name] + left[name] for name in merged} == {
        name: of_kept[name] + of_gone[name] + (name == "consent") for name in merged
    }
    # What both have once stays for the way back: nothing else does.
    assert {name for name, number in left.items() if number} == {
        "contact_method",
        "customer_tag",
        "custom_value",
        "preference",
    }


def both_have(session: Session, one: Customer, other: Customer) -> None:
    """The same phone, tag, field and preference, and opposite consent."""
    field = CustomField(name="生日", kind=FieldKind.DATE, created_at=NOW)
    session.add(field)
    session.flush()
    phone(session, one, "+8613800000000")
    phone(session, other, "+8613800000000", verified_at=NOW, invalid=True)
    for number, each in enumerate((one, other)):
        session.add(CustomerTag(customer_id=each.id, tag="VIP"))
        session.add(
            CustomValue(customer_id=each.id, field_id=field.id, value=f"2026-01-0{number + 1}", rank=number)
        )
        session.add(
            Preference(
                customer_id=each.id,
                topic="茶",
                value=f"绿 {number}",
                source=PreferenceSource.STATED,
                at=NOW + timedelta(days=number),
            )
        )
        state = [ConsentState.WITHDRAWN, ConsentState.GRANTED][number]
        session.add(
            Consent(customer_id=each.id, purpose=Purpose.MARKETING, state=state, source="chat", at=NOW)
        )
        session.flush()
        session.add(ExternalRef(system="shop", entity="customer", external_id=str(number), entity_id=each.id))
        session.add(ExternalRef(system="shop", entity="order", external_id=str(number), entity_id=each.id))
    session.flush()


def test_both_numbers_lead_to_the_one_that_was_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang = customer(session), written_down(session)
        session.add(ExternalRef(system="shop", entity="customer", external_id="9", entity_id=zhang.id))

        merging.merge(session, kept=ann, gone=zhang, by=manager(session), now=LATER)

        assert customers.get(session, customer_id=zhang.id) is ann
        assert customers.get(session, customer_id=ann.id) is ann
        assert session.get(ExternalRef, ("shop", "customer", "9")).entity_id == ann.id  # type: ignore[union-attr]


def test_what_only_one_says_is_kept_and_what_both_say_is_the_kept_ones_unless_somebody_chooses(
    engine: Engine,
) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        ann.city, ann.tier, ann.source = "上海市", Tier.B, "poster"
        zhang = written_down(
            session, city="杭州市", street="西湖路 1 号", tier=Tier.VIP, company="茶庄", source="import",
            created_at=NOW - timedelta(days=400), last_order_at=NOW,
        )  # fmt: skip
        tier = [field for field, _ in OWN_FIELDS].index("tier")

        plain = merging.preview(session, kept=ann, gone=zhang)
        chosen = merging.preview(session, kept=ann, gone=zhang, flipped=1 << tier)
        merging.merge(session, kept=ann, gone=zhang, by=manager(session), now=LATER, flipped=1 << tier)

        assert [(one.field, one.wins, one.why) for one in plain.choices] == [
            ("name", Wins.GONE, Why.BY_STAFF),
            ("company", Wins.GONE, Why.ONLY),
            ("address", Wins.KEPT, Why.KEPT),
            ("tier", Wins.KEPT, Why.KEPT),
            ("source", Wins.GONE, Why.OLDER),
        ]
        assert [(one.wins, one.why) for one in chosen.choices if one.field == "tier"] == [
            (Wins.GONE, Why.CHOSEN)
        ]
        assert (ann.name, ann.name_chosen) == ("张伟", True)
        assert (ann.company, ann.city, ann.street, ann.tier) == ("茶庄", "上海市", None, Tier.VIP)
        assert (ann.source, ann.created_at, ann.last_order_at) == ("import", NOW - timedelta(days=400), NOW)


def test_a_shops_own_field_is_chosen_like_any_other(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang = customer(session), written_down(session)
        field = CustomField(name="尺码", kind=FieldKind.TEXT, created_at=NOW)
        session.add(field)
        session.flush()
        session.add(CustomValue(customer_id=ann.id, field_id=field.id, value="M"))
        session.add(CustomValue(customer_id=zhang.id, field_id=field.id, value="L"))

        [one] = [
            one for one in merging.preview(session, kept=ann, gone=zhang).choices if one.field == field.id
        ]
        merging.merge(session, kept=ann, gone=zhang, by=manager(session), now=LATER, flipped=1 << one.bit)

        assert (one.kept, one.gone, one.wins) == ("M", "L", Wins.KEPT)
        assert session.get(CustomValue, (ann.id, field.id)).value == "L"  # type: ignore[union-attr]


def test_a_field_that_was_dropped_is_no_choice(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang = customer(session), written_down(session)
        field = CustomField(name="尺码", kind=FieldKind.TEXT, created_at=NOW, dropped_at=NOW)
        session.add(field)
        session.flush()
        session.add(CustomValue(customer_id=ann.id, field_id=field.id, value="M"))
        session.add(CustomValue(customer_id=zhang.id, field_id=field.id, value="L"))

        seen = merging.preview(session, kept=ann, gone=zhang)
        merging.merge(session, kept=ann, gone=zhang, by=manager(session), now=LATER)

        assert [one.field for one in seen.choices] == ["name"]
        assert session.get(CustomValue, (ann.id, field.id)).value == "M"  # type: ignore[union-attr]


@pytest.mark.parametrize("withdrawn_by", ["kept", "gone"])
def test_who_took_consent_back_has_taken_it_back_whichever_is_kept(engine: Engine, withdrawn_by: str) -> None:
    with transaction(engine) as session:
        ann, zhang = customer(session), written_down(session)
        refuser, granter = (ann, zhang) if withdrawn_by == "kept" else (zhang, ann)
        for one, state in ((refuser, ConsentState.WITHDRAWN), (granter, ConsentState.GRANTED)):
            consents.record(
                session,
                customer=one,
                purpose=Purpose.MARKETING,
                state=state,
                source="chat",
                actor=one,
                now=NOW,
            )

        seen = merging.preview(session, kept=ann, gone=zhang)
        merging.merge(session, kept=ann, gone=zhang, by=manager(session), now=LATER)

        assert seen.withdrawn == [Purpose.MARKETING]
        assert consents.current(session, customer=ann) == {Purpose.MARKETING: ConsentState.WITHDRAWN}


def test_the_one_with_telegram_is_kept_then_the_older(engine: Engine) -> None:
    with transaction(engine) as session:
        old, young = written_down(session), written_down(session, created_at=LATER)
        ann = customer(session)

        assert merging.sides(old, ann) == merging.sides(ann, old) == (ann, old)
        assert merging.sides(young, old) == merging.sides(old, young) == (old, young)


def test_the_telegram_account_goes_to_whom_is_kept_and_back(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang, mia = customer(session), written_down(session), manager(session)
        account = (ann.user_id, ann.chat_id)

        merging.merge(session, kept=zhang, gone=ann, by=mia, now=LATER)
        found = customers.by_user_id(session, user_id=7_000_000_000)
        assert (zhang.user_id, zhang.chat_id, zhang.language, zhang.name_chosen) == (*account, "en", True)
        merging.unmerge(session, number=ann.id, by=mia, now=LATER)

        assert found is zhang
        assert (ann.user_id, ann.chat_id, zhang.user_id, zhang.chat_id) == (*account, None, None)


def test_two_who_read_their_own_telegram_are_not_merged(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bea, mia = customer(session), customer(session, 8), manager(session)
        before = as_it_is(session)

        with pytest.raises(TwoTelegrams):
            merging.preview(session, kept=ann, gone=bea)
        with pytest.raises(TwoTelegrams):
            merging.merge(session, kept=ann, gone=bea, by=mia, now=LATER)

        assert everything(session) == before


@pytest.mark.parametrize("kept_is_lost", [True, False])
def test_an_account_that_nobody_reads_gives_way_to_one_that_is_read(
    engine: Engine, kept_is_lost: bool
) -> None:
    with transaction(engine) as session:
        old, new, mia = customer(session, 7), customer(session, 8), manager(session)
        customers.lose(session, customer=old, now=NOW)
        kept, gone = (old, new) if kept_is_lost else (new, old)
        before = as_it_is(session)

        merging.merge(session, kept=kept, gone=gone, by=mia, now=LATER)
        accounts = (kept.user_id, kept.reachable, gone.user_id, gone.reachable)
        merging.unmerge(session, number=gone.id, by=mia, now=LATER)

        assert accounts == (8, True, 7, False)
        assert everything(session) == before


def test_merging_twice_or_with_oneself_is_told(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang, mia = customer(session), written_down(session), manager(session)
        with pytest.raises(AlreadyOne):
            merging.merge(session, kept=ann, gone=ann, by=mia, now=LATER)
        merging.merge(session, kept=ann, gone=zhang, by=mia, now=LATER)

        for kept, gone in ((ann, zhang), (zhang, ann)):
            with pytest.raises(AlreadyOne) as told:
                merging.merge(session, kept=kept, gone=gone, by=mia, now=LATER)
            assert told.value.facts == {"number": zhang.number, "into": ann.number}

        assert len(session.scalars(select(Merge)).all()) == 1


def test_of_two_managers_who_merge_at_once_the_second_is_told(postgres: Engine) -> None:
    with transaction(postgres) as session:
        ann, zhang = customer(session).id, written_down(session).id
        mia = manager(session)
    with Session(postgres, expire_on_commit=False) as first, Session(postgres) as second:
        kept, gone = second.get(Customer, ann), second.get(Customer, zhang)
        assert kept is not None  # the second manager has them on the screen
        assert gone is not None

        merging.merge(
            first, kept=first.get_one(Customer, ann), gone=first.get_one(Customer, zhang), by=mia, now=LATER
        )
        first.commit()

        with pytest.raises(AlreadyOne):
            merging.merge(second, kept=kept, gone=gone, by=mia, now=LATER)


def test_who_is_being_written_to_is_merged_after_that_and_nothing_is_left_behind(postgres: Engine) -> None:
    with transaction(postgres) as session:
        ann, zhang = customer(session).id, written_down(session).id
        mia = manager(session)
    with Session(postgres, expire_on_commit=False) as writing, Session(postgres) as merger:
        [writer] = customers.by_user_ids(
            writing, user_ids=[customers.get(writing, customer_id=ann).user_id or 0]
        )
        merger.execute(text("SET lock_timeout = '100ms'"))

        with pytest.raises(OperationalError, match="lock timeout"):
            merging.merge(
                merger,
                kept=merger.get_one(Customer, zhang),
                gone=merger.get_one(Customer, ann),
                by=mia,
                now=LATER,
            )
        merger.rollback()
        message = Message(customer_id=writer.id, direction=Direction.IN, chat_id=7, telegram_id=1, at=LATER)
        writing.add(message)
        writing.commit()
        merging.merge(
            merger,
            kept=merger.get_one(Customer, zhang),
            gone=merger.get_one(Customer, ann),
            by=mia,
            now=LATER,
        )
        merger.commit()

        writing.refresh(message)
        assert message.customer_id == zhang


def test_what_was_written_to_who_was_just_merged_goes_after_the_rest(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang, mia = customer(session), written_down(session), manager(session)
        fill(session, customer_id=zhang.id, words="before")
        merging.merge(session, kept=ann, gone=zhang, by=mia, now=LATER)
        left = whose(session, zhang.id)
        late = Interaction(customer_id=zhang.id, kind=InteractionKind.NOTE, text="late", at=LATER)
        session.add(late)
        session.flush()

        moved = [stragglers.gather(session, now=LATER + stragglers.WITHIN / 2) for _ in range(2)]

        session.expire_all()
        assert (moved, late.customer_id) == ([1, 0], ann.id)
        assert whose(session, zhang.id) == left


def test_chains_lead_to_the_last_and_are_undone_from_the_last(engine: Engine) -> None:
    with transaction(engine) as session:
        a, b, c, mia = (*(written_down(session, name) for name in "甲乙丙"), manager(session))
        for one in (a, b, c):
            fill(session, customer_id=one.id, words=one.name)
        before = as_it_is(session)

        merging.merge(session, kept=b, gone=a, by=mia, now=LATER)
        merging.merge(session, kept=c, gone=b, by=mia, now=LATER)
        assert customers.get(session, customer_id=a.id) is c
        assert set(whose(session, a.id).values()) | set(whose(session, b.id).values()) == {0}
        with pytest.raises(MergedLater) as told:
            merging.unmerge(session, number=a.id, by=mia, now=LATER)
        assert told.value.facts == {"number": a.number, "first": b.number}

        merging.unmerge(session, number=b.id, by=mia, now=LATER)
        merging.unmerge(session, number=a.id, by=mia, now=LATER)

        assert everything(session) == before


def test_of_two_merged_into_one_the_later_is_undone_first(engine: Engine) -> None:
    with transaction(engine) as session:
        a, b, c, mia = (*(written_down(session, name) for name in "甲乙丙"), manager(session))
        before = as_it_is(session)
        merging.merge(session, kept=c, gone=a, by=mia, now=LATER)
        merging.merge(session, kept=c, gone=b, by=mia, now=LATER)

        with pytest.raises(MergedLater) as told:
            merging.unmerge(session, number=a.id, by=mia, now=LATER)
        merging.unmerge(session, number=b.id, by=mia, now=LATER)
        merging.unmerge(session, number=a.id, by=mia, now=LATER)

        assert told.value.facts == {"number": a.number, "first": b.number}
        assert everything(session) == before


def test_what_came_since_stays_and_what_was_said_in_a_ticket_goes_with_it(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang, mia = customer(session), written_down(session, city="杭州市"), manager(session)
        fill(session, customer_id=zhang.id, words="before")
        ticket = session.scalars(select(Ticket).where(col(Ticket.customer_id) == zhang.id)).first()
        assert ticket is not None
        merging.merge(session, kept=ann, gone=zhang, by=mia, now=LATER)
        ann.city = "苏州市"
        session.add(CustomerTag(customer_id=ann.id, tag="new"))
        written = [
            Message(
                customer_id=ann.id,
                ticket_id=about,
                direction=Direction.IN,
                chat_id=7,
                telegram_id=number,
                at=LATER,
            )
            for number, about in enumerate((ticket.id, None))
        ]
        session.add_all(written)
        session.flush()

        merging.unmerge(session, number=zhang.id, by=mia, now=LATER + timedelta(days=1))

        session.expire_all()
        assert (ann.city, zhang.city) == ("苏州市", "杭州市")
        assert session.get(CustomerTag, (ann.id, "new")) is not None
        assert [one.customer_id for one in written] == [zhang.id, ann.id]
        assert ticket.customer_id == zhang.id


def test_a_merge_is_undone_within_thirty_days_and_once(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang, mia = customer(session), written_down(session), manager(session)
        merging.merge(session, kept=ann, gone=zhang, by=mia, now=LATER)

        with pytest.raises(MergedLongAgo):
            merging.unmerge(session, number=zhang.id, by=mia, now=LATER + timedelta(days=30, seconds=1))
        with pytest.raises(NotMerged) as told:
            merging.unmerge(session, number=ann.id, by=mia, now=LATER)
        with pytest.raises(NoSuchCustomer):
            merging.unmerge(session, number=4711, by=mia, now=LATER)
        merging.unmerge(session, number=zhang.id, by=mia, now=LATER + timedelta(days=30))
        with pytest.raises(NotMerged):
            merging.unmerge(session, number=zhang.id, by=mia, now=LATER)

        assert told.value.facts == {"number": ann.number, "taken": [zhang.number]}


def test_both_trails_tell_who_merged_whom_and_what_changed(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, zhang, mia = customer(session), written_down(session, company="茶庄"), manager(session)

        merging.merge(session, kept=ann, gone=zhang, by=mia, now=LATER)
        merging.unmerge(session, number=zhang.id, by=mia, now=LATER)

        rows = session.scalars(
            select(Audit).where(col(Audit.action).in_(["merged", "unmerged"])).order_by(col(Audit.id))
        )
        told = [(one.actor, one.action, one.entity_id, one.before, one.after) for one in rows]
        mia_did, was = f"staff:{mia.id}", {"company": None, "name": ann.name, "name_chosen": False}
        then = {"company": "茶庄", "name": "张伟", "name_chosen": True}
        apart, inside = {"merged_into_id": None}, {"merged_into_id": ann.id}
        assert told == [
            (mia_did, "merged", ann.id, was, then | {"gone": zhang.id}),
            (mia_did, "merged", zhang.id, apart, inside | {"into": ann.id}),
            (mia_did, "unmerged", ann.id, then, was | {"gone": zhang.id}),
            (mia_did, "unmerged", zhang.id, inside, apart | {"into": ann.id}),
        ]


def test_a_decision_about_the_one_that_is_gone_holds_for_the_one_that_is_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        a, b, c, mia = (*(written_down(session, name) for name in "甲乙丙"), manager(session))
        session.add(DuplicatePair(a_id=a.id, b_id=b.id, score=99, reasons=[], found_at=NOW))
        session.add(
            DuplicatePair(a_id=b.id, b_id=c.id, score=80, reasons=[], state=PairState.NOT_SAME, found_at=NOW)
        )
        session.flush()

        merging.merge(session, kept=a, gone=b, by=mia, now=LATER)

        states = select(col(DuplicatePair.a_id), col(DuplicatePair.b_id), col(DuplicatePair.state))
        assert session.execute(states.order_by(col(DuplicatePair.a_id), col(DuplicatePair.b_id))).all() == [
            (a.id, b.id, PairState.MERGED),
            (a.id, c.id, PairState.NOT_SAME),
            (b.id, c.id, PairState.NOT_SAME),
        ]
