"""A customer's card: everything that is known about them on one screen, and what may be done from there."""

from crm_store.analysis import standing
from crm_store.analysis.standing import Standing
from crm_store.customers import fields, sight
from crm_store.customers.overview import Overview, overview
from crm_store.customers.tables import Customer, InteractionKind
from crm_store.marketing import membership
from crm_store.marketing.membership import Classes
from crm_store.marketing.segments import Reading
from crm_store.sales import margins
from crm_store.sales.margins import Margin
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers import numbers
from handlers.agent.aim import ANSWERING, PICKING, being_answered, put_aside
from handlers.agent.orders.asking import QUESTIONS, turn_away
from handlers.agent.orders.buttons import OrdersOf, StartOrder
from handlers.agent.records import contacts_shown, whom
from handlers.agent.records.buttons import (
    BackToCustomer,
    Log,
    OpenCustomer,
    ShowTickets,
    ShowTimeline,
    TurnFound,
    Unmask,
)
from handlers.agent.records.editing_buttons import EditCustomer, ShowTrail
from handlers.chat import Chat
from handlers.commands import said, tap
from handlers.taps import Keyboard, button


def show(
    chat: Chat,
    customer: Customer,
    *,
    anew: bool = False,
    unmasked: bool = False,
    asked_for: int | None = None,
    lookup: int | None = None,
) -> None:
    """The card; in place of the message whose button was tapped, unless ``anew`` or nothing was.

    ``unmasked``: with the contacts in full, which was written down. ``asked_for`` is the number that was
    named, where the customer has another one now. ``lookup``: the search that led here, for a way back.
    """
    found = overview(chat.session, customer=customer, now=chat.now)
    ways = contacts_shown.shown(found.contacts, customer=customer, to=chat.me, unmasked=unmasked)
    margin = _margin(chat, customer)
    in_full = unmasked or sight.sees_contacts(chat.me, customer=customer)
    own = fields.values(chat.session, customer=customer, seen_by=chat.me)
    (chat.say if anew else chat.show)(
        "agent/customer/card.html.j2",
        customer=customer,
        overview=found,
        contacts=ways,
        reach_by=contacts_shown.one_shown(found.reach_by, in_full=in_full) if found.reach_by else None,
        own=[one for one in own if one.value is not None],
        people=staff_verbs.by_ids(chat.session, ids=[one.author_id for one in found.notes]),
        margin=margin if margin is not None and margin.is_told and margin.revenue else None,
        currency=chat.desk.currency,
        standing=_standing(chat, customer, margin),
        classes=_classes(chat, customer),
        merged=f"C{asked_for}" if asked_for not in (None, customer.id) else None,
        buttons=_under(customer, found, hidden=bool(found.contacts) and not in_full, lookup=lookup),
    )


def _classes(chat: Chat, customer: Customer) -> Classes:
    """Segments are the managers' matter."""
    desk = chat.desk
    reading = Reading(desk.timezone, desk.currency, chat.now) if chat.role.includes(Role.MANAGER) else None
    return membership.classes(chat.session, customer=customer, reading=reading)


def _margin(chat: Chat, customer: Customer) -> Margin | None:
    """What goods cost is nobody's to know below a manager."""
    if not chat.role.includes(Role.MANAGER):
        return None
    desk = chat.desk
    return margins.of_customer(
        chat.session, customer_id=customer.id, currency=desk.currency, percent=desk.margin_percent
    )


def _standing(chat: Chat, customer: Customer, margin: Margin | None) -> Standing | None:
    """What customers may bring and whether they may leave is for managers."""
    if not chat.role.includes(Role.MANAGER):
        return None
    return standing.of(chat.session, customer=customer, own=margin)


def _under(customer: Customer, found: Overview, *, hidden: bool, lookup: int | None) -> Keyboard:
    id = customer.id
    rows: Keyboard = [
        [button("timeline", ShowTimeline(id, "all", "")), button("edit_customer", EditCustomer(id))],
        [
            *([button("customer_orders", OrdersOf(id, 0))] if found.latest_orders else []),
            button("customer_tickets", ShowTickets(id, 0)),
        ],
        [button("new_order", StartOrder(id)), button("trail", ShowTrail(numbers.CUSTOMER, id, 0))],
        [
            button("log_call", Log(id, InteractionKind.CALL)),
            button("log_note", Log(id, InteractionKind.NOTE)),
        ],
        [button("unmask", Unmask(id))] if hidden else [],
        [button("other_matches", TurnFound(lookup, ""))] if lookup is not None else [],
    ]
    return [row for row in rows if row]


def open_number(chat: Chat, number: int, *, anew: bool = False) -> None:
    """The card of a number that was named; of one that was merged, the card of who took it in.

    Raises NoSuchCustomer.
    """
    customer = whom.get(chat, number)
    turn_to(chat, customer)
    show(chat, customer, anew=anew, asked_for=number)


def turn_to(chat: Chat, customer: Customer) -> None:
    """Somebody who looks at another customer no longer answers the first: what they write next is asked
    about."""
    answered = being_answered(chat)
    if chat.form is None or chat.form.form != ANSWERING or answered is None:
        return
    if answered.customer_id != customer.id:
        put_aside(chat)


def show_typed(chat: Chat) -> None:
    found = numbers.number(chat.message.text or "")
    assert found is not None
    turn_away(chat)
    open_number(chat, found[1])


def open_(chat: Chat, tapped: OpenCustomer) -> None:
    open_number(chat, tapped.customer, anew=True)


def back(chat: Chat, tapped: BackToCustomer) -> None:
    show(chat, whom.get(chat, tapped.customer), asked_for=tapped.customer)


def unmask(chat: Chat, tapped: Unmask) -> None:
    """The contacts in full, this once: the card hides them again when it is opened anew."""
    customer = whom.get(chat, tapped.customer)
    if not sight.sees_contacts(chat.me, customer=customer):
        sight.unmask(chat.session, customer=customer, by=chat.me, now=chat.now)
        chat.toast("unmasked")
    show(chat, customer, unmasked=True)


def names_a_customer(chat: Chat) -> bool:
    """A number typed alone opens the card, but where something else was asked."""
    message = chat.update.message
    return (
        chat.staff is not None
        and (chat.form is None or chat.form.form in {ANSWERING, PICKING, *QUESTIONS})
        and message is not None
        and message.chat.type == "private"
        and message.reply_to_message is None
        and numbers.alone(message.text or "", numbers.CUSTOMER) is not None
    )


def posts_a_customer(chat: Chat) -> bool:
    """An inline result (``C12 name``) put into one's own chat with the bot: it is meant for no customer,
    whatever was asked."""
    message = chat.update.message
    if chat.staff is None or message is None or message.via_bot is None or message.chat.type != "private":
        return False
    found = numbers.number(message.text or "")
    ours = (message.via_bot.username or "").casefold() == chat.desk.bot_username.casefold()
    return ours and found is not None and found[0] == numbers.CUSTOMER


HANDLERS = [
    said(posts_a_customer, role=Role.AGENT, run=show_typed),
    said(names_a_customer, role=Role.AGENT, run=show_typed),
    tap(OpenCustomer, role=Role.AGENT, run=open_),
    tap(BackToCustomer, role=Role.AGENT, run=back),
    tap(Unmask, role=Role.AGENT, run=unmask),
]
