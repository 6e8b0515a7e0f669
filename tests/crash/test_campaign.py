"""A campaign from its first question to the customer's chat and back, by the real bot over real HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.demo.thread import ServerThread
from crm_store.engine import transaction
from crm_store.marketing.states import CampaignState, MemberState
from crm_store.marketing.tables import Campaign, CampaignMember
from crm_store.staff import invites
from crm_store.staff.roles import Role
from tests.crash.conftest import MakeStore
from tests.crash.process import BotProcess, ForkedBot, wait_until

pytestmark = pytest.mark.crash

OLGA, ANN, BOB = 1001, 7_000_000_000, 7_000_000_001


class Line:
    """What people see in their chats, and do there."""

    def __init__(self, running: ServerThread, bot: BotProcess) -> None:
        self.running, self.bot = running, bot

    def messages(self, chat: int) -> list[dict[str, Any]]:
        """As the Bot API's ``Message``, oldest first."""
        world = self.running.world
        return self.running.call(
            lambda: [dict(one.body) for one in world.chat(chat).messages.values() if not one.deleted]
        )

    def say(self, who: int, text: str) -> None:
        self.running.call(self.running.world.send_text, who, text)

    def wait(self, is_so: Callable[[], Any]) -> None:
        wait_until(is_so, seconds=60, bots=(self.bot,))

    def hear(self, who: int, words: str) -> dict[str, Any]:
        """The latest message with these words, once it is there."""
        self.wait(lambda: self._with(who, words))
        return self._with(who, words)[-1]

    def tap(self, who: int, data: str) -> None:
        self.wait(lambda: self._under(who, data))
        message = self._under(who, data)[-1]
        self.running.call(self.running.world.tap, who, message["message_id"], data)

    def button(self, who: int, begins: str) -> str:
        """What the latest button of this kind says, once it is there."""

        def found() -> list[str]:
            data = [one for message in self.messages(who) for one in _data(message)]
            return [one for one in data if one.startswith(begins)]

        self.wait(found)
        return found()[-1]

    def _with(self, who: int, words: str) -> list[dict[str, Any]]:
        return [
            one for one in self.messages(who) if words in str(one.get("text") or one.get("caption") or "")
        ]

    def _under(self, who: int, data: str) -> list[dict[str, Any]]:
        return [one for one in self.messages(who) if data in _data(one)]


def _data(message: dict[str, Any]) -> list[str]:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button.get("callback_data", "") for row in rows for button in row]


def test_a_campaign_reaches_its_customers_and_hears_of_them(
    make_store: MakeStore, opened: Callable[[str], Engine], folder: Path
) -> None:
    url = make_store("sqlite")
    store = opened(url)
    with transaction(store) as session:
        token = invites.invite(session, role=Role.MANAGER, by=None, now=datetime.now(UTC))
    with ServerThread(limits=False) as running, ForkedBot(folder, running.server, store=url) as bot:
        line = Line(running, bot)
        for id, name in ((OLGA, "Olga"), (ANN, 'Ann <3 & "张"'), (BOB, "Bob")):
            running.call(running.world.user, id, name)
        running.call(running.world.start, OLGA, token)
        for customer in (ANN, BOB):
            running.call(running.world.start, customer)
            line.say(customer, "/sub")
        bot.start()
        line.hear(BOB, "Done: we will tell you")

        line.say(OLGA, "/camp_new Spring")
        line.tap(OLGA, "camp_skip:1:goal")
        line.tap(OLGA, "camp_skip:1:promotion")
        line.tap(OLGA, "camp_pick:1:audience:all")
        line.tap(OLGA, "camp_skip:1:message.A.zh")
        line.hear(OLGA, "Version A, English")
        running.call(running.world.send_photo, OLGA, caption="Dear {{ name }}, tea!")
        line.tap(OLGA, "camp_skip:1:picture.A")
        line.hear(OLGA, "Buttons for version A")
        line.say(OLGA, "Look | https://shop.example.com/tea")
        for place in ("versions", "holdout", "time"):
            line.tap(OLGA, f"camp_skip:1:{place}")
        line.tap(OLGA, "camp_pick:1:quiet:off")
        line.tap(OLGA, "camp_rest:1:stop")
        line.tap(OLGA, "camp_test:1")
        line.tap(OLGA, "camp_sub:1")
        line.tap(OLGA, line.button(OLGA, "camp_ok:1:"))
        line.tap(OLGA, "camp_go:1")
        line.tap(OLGA, "camp_go1:1")

        arrived = line.hear(ANN, "tea!")
        assert arrived["caption"].startswith('Dear Ann <3 & "张", tea!\n\nNo more of these?')
        assert arrived["photo"]
        assert arrived["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://shop.example.com/tea"
        line.say(ANN, "I want some")
        line.hear(BOB, "tea!")
        line.tap(BOB, "optout:1")
        line.hear(BOB, "You will get no more offers")
        line.wait(lambda: _state(store) == CampaignState.MEASURING)
        assert bot.stop() == 0
        assert [len(line._with(one, "tea!")) for one in (ANN, BOB)] == [1, 1]

    with transaction(store) as session:
        ann, bob = (session.get_one(CampaignMember, (1, one)) for one in (1, 2))
        assert (ann.state, bob.state) == (MemberState.SENT, MemberState.SENT)
        assert (ann.replied_at is not None, bob.opted_out_at is not None) == (True, True)


def _state(store: Engine) -> CampaignState:
    with transaction(store) as session:
        return session.get_one(Campaign, 1).state
