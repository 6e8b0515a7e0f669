"""A campaign's message for one customer: its body is a Jinja text in Telegram HTML, rendered in a sandbox
with what may be said of a customer and nothing else."""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.marketing.rendering import Message, Missing
from crm_store.marketing.tables import Campaign, CampaignArm
from handlers.desk import Desk

_ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
NAMES = ("name", "salutation", "company", "city", "shop")
"""What a message may say; one that a customer has no value for is missing."""


class Renderer:
    """``Render`` for a desk. Texts are compiled once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(
        self, session: Session, campaign: Campaign, arm: CampaignArm, customer: Customer
    ) -> Message | Missing:
        body = arm.body.get(customer.language) or next(iter(arm.body.values()))
        try:
            text = _ENVIRONMENT.from_string(body).render(self._values(customer))
        except UndefinedError as error:
            return Missing(str(error.message or "").split("'")[1])
        params: dict[str, Any] = {"text": text, "parse_mode": "HTML"}
        if rows := [[_button(one, customer.language)] for one in arm.buttons]:
            params["reply_markup"] = {"inline_keyboard": rows}
        return Message("sendMessage", params)

    def _values(self, customer: Customer) -> dict[str, Any]:
        said = {
            "name": customer.salutation or customer.name,
            "salutation": customer.salutation,
            "company": customer.company,
            "city": customer.city,
            "shop": self._desk.name,
        }
        return {key: value for key, value in said.items() if value}


def _button(button: Mapping[str, Any], language: str) -> dict[str, str]:
    texts = button["text"]
    return {"text": texts.get(language) or next(iter(texts.values())), "url": button["url"]}
