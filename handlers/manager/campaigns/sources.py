"""/link, 链接: a link for one place (微博, a poster), so that who comes by it is known to come from there:
/link 微博 M5 https://shop.example.com/tea. Without an address it leads into this chat."""

import re
import tomllib
from functools import cache
from pathlib import Path

from crm_store.marketing import campaigns, links
from crm_store.marketing.tables import Campaign
from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.campaigns.message import public
from handlers.markup import is_link
from handlers.numbers import CAMPAIGN, numbered

_NAME = re.compile(r"^[A-Za-z0-9_-]{1,32}$")
_CAMPAIGN = re.compile(r"^#?[MmＭｍ]\d{1,10}$")
_ADDRESS = re.compile(r"^[a-z]+://", re.IGNORECASE)


class BadSource(Refusal):
    """facts: name, networks (names there are)."""

    template = "bad_source"


class BadAddress(Refusal):
    """facts: address."""

    template = "bad_address"


def link(chat: Chat) -> None:
    """The words in any order."""
    campaign: Campaign | None = None
    address, names = "", []
    for word in chat.arguments.split():
        if _CAMPAIGN.match(word):
            found = numbered(word, CAMPAIGN)
            assert found is not None
            campaign = campaigns.get(chat.session, number=found[0])
        elif _ADDRESS.match(word):
            address = word
        else:
            names.append(word)
    if not names:
        return _say_usage(chat)
    if address and not is_link(address):
        raise BadAddress(address=address)
    source = _source("-".join(names))
    start = links.payload(source, campaign.id if campaign is not None else None)
    into_chat = f"https://t.me/{chat.desk.bot_username}?start={start}"
    tracked = ""
    if chat.desk.public_url:
        row = links.of_source(
            chat.session,
            source=source,
            url=address or into_chat,
            campaign_id=campaign.id if campaign else None,
            now=chat.now,
        )
        tracked = public(chat.desk, links.token(chat.session, link_id=row.id))
    chat.say(
        "manager/campaign/link.html.j2",
        source=source,
        campaign=campaign,
        direct=address or into_chat,
        into_chat=not address,
        tracked=tracked,
    )
    return None


def _say_usage(chat: Chat) -> None:
    chat.say("manager/campaign/link_usage.html.j2", networks=list(networks()))


def _source(name: str) -> str:
    """Raises BadSource."""
    wanted = name.casefold()
    for key, others in networks().items():
        if wanted == key or wanted in others:
            return key
    if not _NAME.match(name):
        raise BadSource(name=name, networks=list(networks()))
    return wanted


@cache
def networks() -> dict[str, list[str]]:
    text = (Path(__file__).parent / "networks.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


HANDLERS = [command("link", "链接", role=Role.MANAGER, run=link, glued=None)]
