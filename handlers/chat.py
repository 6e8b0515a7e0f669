"""Chat: one update being handled. Who speaks, the open session, now, and how to answer."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlmodel import Session
from telegram import CallbackQuery, Message, Update, User

from crm_store.customers import customers, identities
from crm_store.customers.tables import Customer
from crm_store.mailbox import forms, outbox
from crm_store.mailbox.tables import Form
from crm_store.marketing import replies
from crm_store.refusals import NotACustomer
from crm_store.service.tables import Ticket
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.desk import Desk
from handlers.html import split
from handlers.taps import Keyboard, inline
from handlers.words import Words

if TYPE_CHECKING:  # what reads texts takes long to load, and is no part of a chat
    from crm_store.analysis.intent import Intent

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
TOAST_LIMIT = 200

speaking: ContextVar["Chat"] = ContextVar("speaking")
"""The chat being handled, for matchers, which Telegram's library gives nothing but the update."""

Person = Staff | Customer


@dataclass(frozen=True)
class Aside:
    """A call that may fail without loss (answering a tap), made after the commit."""

    method: str
    params: dict[str, Any]


@dataclass
class Chat:
    """One update, on behalf of the person who sent it.

    ``key`` is unique to the update: answers queued twice under it are queued once. ``arguments`` is what
    follows a command. ``regained`` says that the customer could not be reached until now, ``addressed`` that
    what they write may answer a campaign. ``asides`` are made after the commit, best effort.
    """

    session: Session
    update: Update
    now: datetime
    desk: Desk
    words: Words
    key: str
    staff: Staff | None = None
    customer: Customer | None = None
    form: Form | None = None
    asked_now: bool = False
    intent: "Intent | None" = None
    arguments: str = ""
    regained: bool = False
    addressed: bool = False
    asides: list[Aside] = field(default_factory=list)
    _said: int = 0

    @property
    def message(self) -> Message:
        """The message that was written or edited."""
        return cast(Message, self.update.effective_message)

    @property
    def query(self) -> CallbackQuery:
        return cast(CallbackQuery, self.update.callback_query)

    @property
    def user(self) -> User:
        return cast(User, self.update.effective_user)

    @property
    def chat_id(self) -> int:
        chat = self.update.effective_chat
        return chat.id if chat is not None else self.user.id

    @property
    def role(self) -> Role:
        return self.staff.role if self.staff else Role.CUSTOMER

    @property
    def language(self) -> str:
        person = self.staff or self.customer
        return person.language if person else self.desk.language_for(self.user.language_code)

    @property
    def me(self) -> Staff:
        """The member of staff who speaks; handlers of staff's commands run for nobody else."""
        assert self.staff is not None
        return self.staff

    @property
    def speaker(self) -> Customer:
        """The customer who speaks, met now if this is their first word.

        Raises NotACustomer for staff who never were one.
        """
        if self.customer is None:
            if self.staff is not None:
                raise NotACustomer
            user = self.user
            self.customer = customers.meet(
                self.session,
                user_id=user.id,
                chat_id=self.chat_id,
                name=user.full_name,
                username=user.username,
                language=self.desk.language_for(user.language_code),
                now=self.now,
            )
        return self.customer

    def say(
        self,
        template: str,
        *,
        to: Person | None = None,
        buttons: Keyboard | None = None,
        priority: int = outbox.CONVERSATION,
        ticket: Ticket | None = None,
        order_id: int | None = None,
        message_id: int | None = None,
        key: str | None = None,
        **values: Any,
    ) -> str:
        """Queue a message to the speaker, or ``to`` somebody else. Returns its outbox key.

        ``ticket`` and ``order_id`` are what it is about: a reply to it finds the ticket. A text
        over Telegram's limit becomes several messages, the buttons under the last.
        """
        language = to.language if to else self.language
        html = self.render(language, template, ticket=ticket, **values)
        parts = split(html, TEXT_LIMIT)
        chat_id = cast(int, to.chat_id) if to else self.chat_id
        first = key or self.next_key()
        for number, part in enumerate(parts):
            params: dict[str, Any] = {
                "text": part,
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
            }
            if buttons and number == len(parts) - 1:
                params["reply_markup"] = self.keyboard(buttons, language)
            self.queue(
                "sendMessage",
                params,
                chat_id=chat_id,
                key=first if number == 0 else f"{first}/{number}",
                priority=priority,
                ticket_id=ticket.id if ticket else None,
                order_id=order_id,
                message_id=message_id,
            )
        return first

    def notify(
        self, people: Iterable[Staff], template: str, *, buttons: Keyboard | None = None, **values: Any
    ) -> None:
        """Queue a notice to each of ``people`` but the speaker. Notices fold when many wait."""
        for one in people:
            if self.staff is None or one.id != self.staff.id:
                self.say(template, to=one, buttons=buttons, priority=outbox.NOTICE, **values)

    def edit(self, template: str, *, buttons: Keyboard | None = None, **values: Any) -> None:
        """Change the message whose button was tapped. Too long for one, it is said anew."""
        html = self.render(self.language, template, **values)
        parts = split(html, TEXT_LIMIT)
        tapped = self.query.message
        if len(parts) > 1 or tapped is None:
            self.say(template, buttons=buttons, **values)
            return
        ticket = values.get("ticket")
        self.queue(
            "editMessageText",
            {
                "message_id": tapped.message_id,
                "text": html,
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": self.keyboard(buttons or [], self.language),
            },
            ticket_id=ticket.id if ticket else None,
        )

    def show(self, template: str, *, buttons: Keyboard | None = None, **values: Any) -> None:
        """Turn the tapped message into this one; where something was typed, say it."""
        if self.update.callback_query is not None:
            self.edit(template, buttons=buttons, **values)
        else:
            self.say(template, buttons=buttons, **values)

    def turn_into(self, template: str, **values: Any) -> str:
        """As ``show``, without buttons. Returns its key: a job goes on changing it."""
        tapped = self.query.message if self.update.callback_query is not None else None
        if tapped is None:
            return self.say(template, **values)
        return self.queue(
            "editMessageText",
            {
                "message_id": tapped.message_id,
                "text": self.render(self.language, template, **values),
                "parse_mode": "HTML",
            },
        )

    def toast(self, key: str, *, alert: bool = False, **values: Any) -> None:
        """A passing word over a tapped button, from ``[toasts]``; nothing hangs on its arrival."""
        text = self.words.label(self.language, "toasts", key, **values)[:TOAST_LIMIT]
        self.asides.append(
            Aside(
                "answerCallbackQuery",
                {"callback_query_id": self.query.id, "text": text, "show_alert": alert},
            )
        )

    def ask(self, form: str, step: str, **answers: Any) -> None:
        """The speaker's next message answers ``form``'s ``step``; what is known so far goes along. Words they
        had written into another form, which is left now, are said back."""
        left, self.asked_now = self.form, True
        if left is not None and left.form != form and (typed := forms.typed(left)):
            self.say("forms/left.html.j2", typed=typed)
        self.form = forms.ask(
            self.session,
            chat_id=self.chat_id,
            user_id=self.user.id,
            form=form,
            step=step,
            answers=answers,
            now=self.now,
        )

    def leave_form(self) -> bool:
        """Out of any form. False when the speaker was in none."""
        self.form = None
        return forms.leave(self.session, chat_id=self.chat_id, user_id=self.user.id)

    def queue(
        self,
        method: str,
        params: dict[str, Any],
        *,
        chat_id: int | None = None,
        key: str | None = None,
        **about: Any,
    ) -> str:
        """Queue any call; ``about`` is what ``outbox.put`` takes. Returns its key."""
        key = key or self.next_key()
        outbox.post(
            self.session,
            key=key,
            chat_id=self.chat_id if chat_id is None else chat_id,
            method=method,
            params=params,
            now=self.now,
            **about,
        )
        return key

    def next_key(self) -> str:
        self._said += 1
        return f"{self.key}:{self._said}"

    def render(self, language: str, template: str, **values: Any) -> str:
        return self.words.render(language, template, desk=self.desk, now=self.now, **values)

    def keyboard(self, buttons: Keyboard, language: str) -> dict[str, Any]:
        """Telegram's inline keyboard for our buttons."""
        return inline(buttons, self.words, language)


@dataclass(frozen=True)
class Known:
    """Who is known of the people behind a group of updates, read in four queries for all of them.
    ``addressed`` are the ids of the customers to whom campaigns wrote."""

    staff: dict[int, Staff]
    customers: dict[int, Customer]
    forms: dict[tuple[int, int], Form]
    addressed: set[int]


def know(session: Session, updates: Iterable[Update]) -> Known:
    """Load everybody who speaks in ``updates``, and the forms they are in."""
    ids = {update.effective_user.id for update in updates if update.effective_user is not None}
    met = customers.by_user_ids(session, user_ids=ids)
    return Known(
        staff={one.user_id: one for one in staff_verbs.by_user_ids(session, user_ids=ids)},
        customers={one.user_id: one for one in met if one.user_id is not None},
        forms={(one.chat_id, one.user_id): one for one in forms.of_users(session, user_ids=ids)},
        addressed=replies.addressed(session, customer_ids=[one.id for one in met]),
    )


def open_chat(
    session: Session,
    *,
    update: Update,
    known: Known,
    key: str,
    now: datetime,
    desk: Desk,
    words: Words,
    intent: "Intent | None",
) -> Chat:
    """The chat of one update: who speaks, and the form they are in."""
    chat = Chat(session=session, update=update, now=now, desk=desk, words=words, key=key, intent=intent)
    user, where = update.effective_user, update.effective_chat
    if user is None:
        return chat
    staff, chat.customer = known.staff.get(user.id), known.customers.get(user.id)
    if staff is not None and staff.revoked_at is None:
        chat.staff = staff
        if where is not None and where.type == "private":
            staff_verbs.greet_again(
                session, staff=staff, chat_id=where.id, name=user.full_name, username=user.username
            )
    elif (customer := chat.customer) is not None:
        if update.inline_query is not None:  # asked in some other chat: it says nothing of ours
            return chat
        chat.addressed = customer.id in known.addressed
        if customer.merged_into_id is not None and update.my_chat_member is None:
            customer = chat.customer = identities.write_again(session, former=customer, user_id=user.id)
            chat.addressed = True  # of whom they are now it is not known yet
        chat.regained = not customer.reachable
        if update.my_chat_member is None:
            customers.greet_again(
                session,
                customer=customer,
                name=user.full_name,
                username=user.username,
                language=desk.language_for(user.language_code),
                now=now,
            )
    form = known.forms.get((chat.chat_id, user.id))
    gone = staff is not None and staff.revoked_at == now  # in this very group, and the form went with them
    chat.form = form if form is not None and form.expires_at > now and not gone else None
    return chat
