"""Whether a customer wants to hear of the shop: /stop, 退订, TD or the button under a campaign's message, and
/sub, 订阅. Service goes on either way."""

import re
import unicodedata
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from crm_store.customers.tables import Customer
from crm_store.marketing import opt_outs
from crm_store.marketing.rendering import Message, Missing, Render
from crm_store.marketing.tables import Campaign, CampaignArm
from crm_store.staff.roles import Role
from crm_store.types import LARGEST_ID
from handlers.chat import Chat
from handlers.commands import command, said, tap
from handlers.customer.buttons import OptOut
from handlers.taps import Keyboard, button, inline
from handlers.words import Words

_STOP = re.compile(
    r"^(?:(?:请|請|我要|我想|帮我|幫我|麻烦)?(?:退订|退訂|取消订阅|取消訂閱)"
    r"(?:吧|短信|消息)?[, ]?(?:谢谢|謝謝)?|回复?td?退订"
    r"|别再发了|別再發了|(?:别|別|不要)再?(?:给我|給我)?(?:发|發)(?:广告|廣告|推广|优惠|营销)(?:消息|短信|信息)?了?"
    r"|td|stop|stop ?all|(?:please )?(?:stop|unsubscribe)(?: me)?(?: please)?|opt ?(?:me )?out)$"
)
_PERHAPS = re.compile(
    r"^(?:(?:别|別|不要)再?(?:给我|給我)?(?:发|發)(?:消息|短信|信息)?(?:了|啦)?|不想再?收到?了?|拒收"
    r"|stop (?:it|this|(?:sending|messaging|writing)(?: me)?(?: messages| this| these)?)"
    r"|no more(?: messages| of this| of these)?|remove me)$"
)
"""Said of a parcel, too: it counts where they have just heard from a campaign."""

_LETTER = re.compile(r"^t$")
"""What text messages say to answer with; by itself it may be an answer to something else that was asked."""

_BEGIN = re.compile(r"^(?:订阅|訂閱|subscribe)$")

_AROUND = " \t\n\r。.!！~～,，、;；…?？\"'“”‘’「」【】[]()（）"


def way_out(campaign: Campaign) -> Keyboard:
    """The last row under a campaign's message."""
    return [[button("opt_out", OptOut(campaign.id))]]


def with_way_out(render: Render, words: Words) -> Render:
    """The same messages, each with the button to opt out as its last row, whatever it was rendered by."""

    def rendered(
        session: Session, campaign: Campaign, arm: CampaignArm, customer: Customer
    ) -> Message | Missing:
        made = render(session, campaign, arm, customer)
        if isinstance(made, Missing):
            return made
        wanted = inline(way_out(campaign), words, made.language or customer.language)["inline_keyboard"]
        rows: list[Any] = (made.params.get("reply_markup") or {}).get("inline_keyboard", [])
        others = [row for row in rows if row not in wanted]
        return replace(made, params={**made.params, "reply_markup": {"inline_keyboard": [*others, *wanted]}})

    return rendered


def is_opt_out(chat: Chat) -> bool:
    """A customer's whole message says that they want no more of it."""
    text = _whole(chat)
    if _STOP.match(text) is not None or (chat.form is None and _LETTER.match(text) is not None):
        return True
    if _PERHAPS.match(text) is None or chat.form is not None or chat.customer is None:
        return False
    return opt_outs.has_just_heard(chat.session, customer=chat.customer, now=chat.now)


def is_opt_in(chat: Chat) -> bool:
    return _BEGIN.match(_whole(chat)) is not None


def _whole(chat: Chat) -> str:
    """What a customer typed, as it is compared: however wide, whatever stands around it."""
    message = chat.update.message
    if message is None or message.text is None or chat.staff is not None or message.chat.type != "private":
        return ""
    return " ".join(unicodedata.normalize("NFKC", message.text).casefold().strip(_AROUND).split())


def stop(chat: Chat) -> None:
    _opt_out(chat, opt_outs.COMMAND)


def said_stop(chat: Chat) -> None:
    _opt_out(chat, opt_outs.WORD)


def tapped(chat: Chat, tapped: OptOut) -> None:
    campaign = chat.session.get(Campaign, tapped.campaign) if 0 < tapped.campaign <= LARGEST_ID else None
    _opt_out(chat, opt_outs.BUTTON, campaign)


def subscribe(chat: Chat) -> None:
    """Only the customer themself can say this."""
    customer = chat.speaker
    opt_outs.opt_in(chat.session, customer=customer, now=chat.now)
    chat.say("customer/subscription/subscribed.html.j2")


def _opt_out(chat: Chat, why: str, campaign: Campaign | None = None) -> None:
    customer = chat.speaker
    opt_outs.opt_out(
        chat.session, customer=customer, why=why, campaign=campaign, actor=customer, now=chat.now
    )
    chat.say("customer/subscription/stopped.html.j2")


HANDLERS = [
    command("sub", role=Role.CUSTOMER, run=subscribe, customers_only=True),
    command("stop", role=Role.CUSTOMER, run=stop, customers_only=True),
    # Not as words of the commands: with more text behind it, a subscription or a booking may be meant.
    said(is_opt_in, run=subscribe),
    said(is_opt_out, run=said_stop),
    tap(OptOut, role=Role.CUSTOMER, run=tapped),
]
