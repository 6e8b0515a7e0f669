"""What a campaign's message is made into, for one customer: the store asks for it and knows no words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.marketing.tables import Campaign, CampaignArm


@dataclass(frozen=True)
class Message:
    """One call of Telegram's: ``params`` without ``chat_id``. ``language`` is the one it is in; None is the
    customer's."""

    method: str
    params: dict[str, Any]
    language: str | None = None


@dataclass(frozen=True)
class Missing:
    """Nothing is sent: the customer has no value for ``variable`` that the message names."""

    variable: str


Render = Callable[[Session, Campaign, CampaignArm, Customer], Message | Missing]
"""Called at the moment of queueing, inside a unit of work: quick, and it writes nothing but what the message
itself needs (a link to be tracked)."""
