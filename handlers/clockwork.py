"""What the clock does and says: reminders, and tidying up after silence.

Each is one short unit of work over at most ``limit`` rows, and says how many it dealt with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from types import MappingProxyType

from sqlmodel import Session

from crm_store.customers import customers, freshness
from crm_store.customers.tables import Customer
from crm_store.mailbox import forms
from crm_store.mailbox.tables import Form
from crm_store.reports import alerts
from crm_store.reports.readings import Reading
from crm_store.sales import settling
from crm_store.service import ratings, tickets
from crm_store.staff import staff as staff_verbs
from crm_store.staff.tables import Staff
from handlers.customer import profile, rating
from handlers.manager import alerts as alert_words
from handlers.voice import Voice

ACTOR = "clock"
WAKING = (time(9), time(21))
"""When a customer may be reminded of something, and a telephone ring, in the desk's zone: from, and until."""

AlertsRead = Mapping[alerts.What, Reading | None]
NOTHING_READ: AlertsRead = MappingProxyType({})

QUOTE = 3500
"""Characters of somebody's words that fit a message beside ours."""


@dataclass(frozen=True)
class Clockwork:
    voice: Voice

    def remind_of_ratings(self, session: Session, *, now: datetime, limit: int) -> int:
        """Ask once more, once, and not at night."""
        if not self._is_waking(now):
            return 0
        silent = ratings.to_remind(session, now=now, limit=limit)
        for ticket, customer in silent:
            ratings.mark_reminded(session, ticket=ticket, now=now)
            self.voice.say(
                session,
                "customer/rating/reminder.html.j2",
                to=customer,
                key=f"remind:{ticket.id}:{ticket.reopen_count}",
                buttons=rating.buttons(ticket),
                ticket=ticket,
                now=now,
            )
        return len(silent)

    def ask_to_confirm(self, session: Session, *, now: datetime, limit: int) -> int:
        """A year after a customer confirmed their phone, ask once if it is still theirs; not at night."""
        if not self._is_waking(now):
            return 0
        people = freshness.due(session, now=now, limit=limit)
        for customer in people:
            if freshness.ask(session, customer=customer, by=ACTOR, now=now):
                self.voice.say(
                    session,
                    "customer/profile/please_check.html.j2",
                    to=customer,
                    key=f"confirm:{customer.id}:{now:%Y-%m-%d}",
                    buttons=profile.ways_to_confirm(),
                    now=now,
                )
        return len(people)

    def drop_forms(self, session: Session, *, now: datetime, limit: int) -> int:
        """Questions nobody answered in time go silently, unless words the person wrote would go with them:
        those are given back."""
        expired = forms.expired(session, now=now, limit=limit)
        for form in expired:
            if typed := forms.typed(form):
                self._give_back(session, form=form, typed=typed, now=now)
            forms.leave(session, chat_id=form.chat_id, user_id=form.user_id)
        return len(expired)

    def _give_back(self, session: Session, *, form: Form, typed: str, now: datetime) -> None:
        person = _person(session, user_id=form.user_id)
        if person is None:
            return
        for start in range(0, len(typed), QUOTE):
            self.voice.say(
                session,
                "forms/expired.html.j2",
                to=person,
                key=f"form:{form.chat_id}:{form.user_id}:{form.expires_at.timestamp():.0f}:{start}",
                typed=typed[start : start + QUOTE],
                now=now,
            )

    def settle_orders(self, session: Session, *, now: datetime, limit: int) -> int:
        """Close the books of orders that were completed long enough ago. Nobody is told: nothing happened."""
        return settling.settle_due(
            session, now=now, limit=limit, actor=ACTOR, after=self.voice.desk.settle_after
        )

    def read_alerts(self, session: Session, *, now: datetime) -> AlertsRead:
        """What is watched, read before ``check_alerts`` and beside the conversation."""
        desk = self.voice.desk
        return alerts.read_due(session, zone=desk.timezone, currency=desk.currency, now=now)

    def check_alerts(self, session: Session, *, now: datetime, read: AlertsRead = NOTHING_READ) -> int:
        """Tell each manager what they asked to be told of at once; at night no telephone rings for it, and a
        day that is over is spoken of in the morning."""
        is_waking, desk = self._is_waking(now), self.voice.desk
        raised = alerts.check(
            session,
            zone=desk.timezone,
            currency=desk.currency,
            now=now,
            with_yesterday=is_waking,
            read=read,
        )
        for one in raised:
            self.voice.say(
                session,
                alert_words.RAISED,
                to=one.to,
                key=f"alert:{one.event.id}",
                buttons=alert_words.ways(one),
                now=now,
                silent=not is_waking,
                **alert_words.told(one, desk=desk),
            )
        return len(raised)

    def _is_waking(self, now: datetime) -> bool:
        return WAKING[0] <= self.voice.desk.local(now).time() < WAKING[1]

    def close_resolved(self, session: Session, *, now: datetime, limit: int) -> int:
        """Lock what was resolved two days ago. The customer heard when it was resolved and can always write
        again: another message would tell them nothing."""
        overdue = tickets.overdue_resolved(session, now=now, limit=limit)
        for ticket in overdue:
            tickets.close(session, ticket=ticket, actor=ACTOR, now=now)
        return len(overdue)


def _person(session: Session, *, user_id: int) -> Staff | Customer | None:
    """Who is in the form, if they can still be reached."""
    member = staff_verbs.by_user_id(session, user_id=user_id)
    if member is not None:
        return member
    customer = customers.by_user_id(session, user_id=user_id)
    return customer if customer is not None and customer.reachable else None
