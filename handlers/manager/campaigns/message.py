"""A campaign's message for one customer, in their language, as the sending calls for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.marketing import facts, links
from crm_store.marketing.rendering import Message, Missing
from crm_store.marketing.tables import Campaign, CampaignArm
from handlers.chat import CAPTION_LIMIT, TEXT_LIMIT
from handlers.desk import Desk
from handlers.html import plain
from handlers.manager.campaigns import wording
from handlers.manager.campaigns.wording import SHOP, BadWording, Lacks
from handlers.words import Words, shown_day

LENGTH, WORDING = "length", "wording"
"""What may be missing besides a variable: room, where somebody's name is very long; a text that can be
rendered at all, where one was not written here."""


class Renderer:
    """``Render`` for a desk. ``tracked`` False: a test, whose links lead straight to where they lead."""

    def __init__(self, desk: Desk, words: Words, *, tracked: bool = True) -> None:
        self._desk = desk
        self._tracked = tracked and bool(desk.public_url)
        self._footer = cache(lambda language: footer(desk, words, language))

    def __call__(
        self, session: Session, campaign: Campaign, arm: CampaignArm, customer: Customer
    ) -> Message | Missing:
        language, body = in_language(arm.body, customer.language)
        urls = [self._url(session, campaign, arm, customer, one["url"]) for one in arm.buttons]
        try:
            made = self.made(arm, language, self.values(session, body, customer, language), urls)
        except Lacks as lacks:
            return Missing(lacks.name)
        except BadWording:
            return Missing(WORDING)
        words = plain(made.params.get("caption") or made.params["text"])
        return Missing(LENGTH) if len(words) > (CAPTION_LIMIT if arm.picture else TEXT_LIMIT) else made

    def made(
        self, arm: CampaignArm, language: str, values: Mapping[str, str], urls: Sequence[str]
    ) -> Message:
        """A version in one of its languages; ``urls`` are what its buttons open. Raises Lacks, BadWording."""
        html = f"{wording.read(arm.body[language]).render(values)}\n\n{self._footer(language)}"
        params: dict[str, Any] = {"parse_mode": "HTML"}
        if urls:
            texts = [in_language(one["text"], language)[1] for one in arm.buttons]
            rows = [[{"text": text, "url": url}] for text, url in zip(texts, urls, strict=True)]
            params["reply_markup"] = {"inline_keyboard": rows}
        if arm.picture:
            return Message("sendPhoto", {"photo": arm.picture, "caption": html, **params}, language)
        return Message("sendMessage", {"text": html, **params}, language)

    def values(self, session: Session, body: str, customer: Customer, language: str) -> dict[str, str]:
        """What a body may say of a customer, and there is."""
        wanted = wording.read(body).facts
        found = facts.of(session, customer=customer, wanted=wanted) if wanted else {}
        said = {
            fact.value: shown_day(language, self._desk.local(value).date())
            if isinstance(value, datetime)
            else value
            for fact, value in found.items()
        }
        return {**said, SHOP: self._desk.name}

    def _url(
        self, session: Session, campaign: Campaign, arm: CampaignArm, customer: Customer, url: str
    ) -> str:
        if not self._tracked:
            return url
        link = links.of_arm(session, campaign_id=campaign.id, arm_id=arm.id, url=url, now=campaign.updated_at)
        return public(self._desk, links.token(session, link_id=link, customer_id=customer.id))


def in_language(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """The text in this language, or the first there is; and the language it is in."""
    chosen = language if texts.get(language) else next(one for one in texts if texts[one])
    return chosen, texts[chosen]


def public(desk: Desk, token: str) -> str:
    return f"{desk.public_url}{links.PATH}{token}"


def footer(desk: Desk, words: Words, language: str) -> str:
    """How to hear no more of it: under every message, in its language."""
    return words.render(language, "customer/subscription/way_out.html.j2", desk=desk)
