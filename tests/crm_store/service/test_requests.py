"""What a customer asks for with a button becomes a ticket that knows the order; what was held joins it."""

from datetime import timedelta

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from crm_store.customers.tables import Customer
from crm_store.engine import transaction
from crm_store.sales import orders
from crm_store.sales.lines import NewLine
from crm_store.sales.tables import Order
from crm_store.service import conversation, kinds, requests, tickets
from crm_store.service.conversation import Outcome
from crm_store.service.states import Kind, KindSource, TicketState
from crm_store.service.tables import Message
from crm_store.service.transcript import Incoming
from crm_store.staff.tables import Audit
from tests.crm_store.people import NOW, customer, staff


def place(session: Session, of: Customer) -> Order:
    line = NewLine(name="Oolong", price=12_800, quantity=1_000)
    return orders.intake(
        session, customer=of, lines=[line], currency="CNY", source="shop", confirmed=True, actor="api",
        now=NOW,
    )  # fmt: skip


def ask(session: Session, ann: Customer, order: Order, words: str = "please") -> conversation.Received:
    return requests.ask(session, customer=ann, order=order, words=words, kind=Kind.INQUIRY, now=NOW)


def words(id: int, text: str) -> Incoming:
    return Incoming(chat_id=7_000_000_000, telegram_id=id, kind="text", text=text)


def test_a_request_opens_a_ticket_about_the_order_and_the_next_joins_it(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        first, second = place(session, ann), place(session, ann)

        one, two, other = (
            ask(session, ann, first),
            ask(session, ann, first, "again"),
            ask(session, ann, second),
        )

        assert [each.outcome for each in (one, two, other)] == [
            Outcome.OPENED,
            Outcome.CONTINUED,
            Outcome.OPENED,
        ]
        assert one.ticket is two.ticket is requests.about(session, customer=ann, order=first)
        assert one.ticket is not None
        assert (one.ticket.order_id, one.ticket.kind_source) == (first.id, KindSource.CUSTOMER)
        assert requests.was_asked(session, ticket=one.ticket, words="again")
        assert not requests.was_asked(session, ticket=one.ticket, words="agai")
        [opened] = session.scalars(
            select(Audit).where(col(Audit.action) == "opened", col(Audit.entity_id) == one.ticket.id)
        )
        assert opened.after == {"kind": "inquiry", "state": "new", "order": first.id}


def test_a_request_gives_the_word_back_to_the_desk(engine: Engine) -> None:
    with transaction(engine) as session:
        ann, bob = customer(session), staff(session)
        order = place(session, ann)
        ticket = ask(session, ann, order).ticket
        assert ticket is not None
        conversation.answer(session, ticket=ticket, by=bob, incoming=words(1, "yes"), now=NOW)

        ask(session, ann, order, "again")
        went_on = ticket.state
        tickets.resolve(session, ticket=ticket, by=bob, reason="", now=NOW)

        assert went_on == TicketState.OPEN
        assert ask(session, ann, order, "again").outcome == Outcome.OPENED


def test_what_was_held_becomes_a_ticket_once_and_is_what_the_ticket_is_about(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        order = place(session, ann)
        for at, text in enumerate(("hi", "where is my order please", "thanks"), start=1):
            conversation.hold(session, customer=ann, incoming=words(at, text), now=NOW)

        taken = requests.take_up(session, customer=ann, order=order, now=NOW + timedelta(minutes=5))
        again = requests.take_up(session, customer=ann, order=order, now=NOW + timedelta(minutes=6))

        assert taken is not None
        assert taken.ticket is not None
        assert (again, taken.message.text) == (None, "where is my order please")
        assert kinds.first_words(session, ticket=taken.ticket) == "where is my order please"
        kept = session.scalars(select(Message).order_by(col(Message.id)))
        assert [(one.ticket_id, one.text) for one in kept] == [
            (taken.ticket.id, "hi"),
            (taken.ticket.id, "where is my order please"),
            (taken.ticket.id, "thanks"),
        ]


def test_what_was_held_too_long_ago_stays_where_it_is(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        conversation.hold(session, customer=ann, incoming=words(1, "where is it"), now=NOW)

        assert requests.take_up(session, customer=ann, order=None, now=NOW + timedelta(hours=25)) is None


def test_a_message_that_names_an_order_tells_the_ticket_which(engine: Engine) -> None:
    with transaction(engine) as session:
        ann = customer(session)
        first, second = place(session, ann), place(session, ann)

        plain = conversation.receive(session, customer=ann, incoming=words(1, "hm"), now=NOW).ticket
        assert plain is not None
        conversation.receive(session, customer=ann, incoming=words(2, "O1"), order_id=first.id, now=NOW)
        conversation.receive(session, customer=ann, incoming=words(3, "O2"), order_id=second.id, now=NOW)
        new = conversation.receive(
            session, customer=ann, incoming=words(4, "O2"), new_of_kind=Kind.ORDER_STATUS, order_id=second.id,
            now=NOW,
        ).ticket  # fmt: skip
        back = conversation.receive(
            session, customer=ann, incoming=words(5, "more"), into=plain, now=NOW
        ).ticket

        assert new is not None
        assert (plain.order_id, new.order_id, back) == (first.id, second.id, plain)
