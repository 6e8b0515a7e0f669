"""What other support bots lose, end to end: one real process and a strict Telegram, over real HTTP."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from bot.demo.chats import Message as Shown
from bot.demo.thread import ServerThread
from crm_store.customers.tables import Customer
from crm_store.engine import open_engine, transaction
from crm_store.service.tables import Attachment, Direction, Message, Ticket
from crm_store.staff import invites
from crm_store.staff.roles import Role
from tests.crash.conftest import MakeStore
from tests.crash.process import BotProcess, wait_until

pytestmark = pytest.mark.crash

ANN = 'Ann <3 & "张"'
ODD = "a_b *c [d` `e ~f~ ||g|| <i>h</i> &amp; \\ {{ 7*7 }} {% x %}"
TOO_BIG = 25 * 1024 * 1024


class House:
    """A bot that is up, an agent on duty in it, and its store to look into."""

    def __init__(self, running: ServerThread, bot: BotProcess) -> None:
        self.running = running
        self.world = running.world
        self.bot = bot
        self.store = open_engine(bot.store)
        self._ids = itertools.count(7_000_000_001)
        self.agent = next(self._ids)

    def open(self) -> None:
        with transaction(self.store) as session:
            token = invites.invite(session, role=Role.AGENT, by=None, now=datetime.now(UTC))
        self.bot.start()
        self.do(self.world.user, self.agent, "Bob")
        self.do(self.world.start, self.agent, token)
        self.until(lambda: self.shown(self.agent))

    def do(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.running.call(act, *args, **kwargs)

    def customer(self) -> int:
        """Somebody new."""
        person = next(self._ids)
        self.do(self.world.user, person, ANN)
        return person

    def until(self, is_so: Callable[[], Any]) -> None:
        wait_until(is_so, seconds=30, bots=(self.bot,))

    def shown(self, chat_id: int, *, holding: str = "") -> list[dict[str, Any]]:
        """The bot's messages in a chat, whole, oldest first."""
        return [
            one
            for one in self.do(self.world.messages, chat_id)
            if one["from"] == "bot" and holding in words(one)
        ]

    def answers(self, chat_id: int, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the bot has said so much in a chat."""
        self.until(lambda: len(self.shown(chat_id)) >= count)
        return self.shown(chat_id)

    def notice(self, *, holding: str) -> dict[str, Any]:
        """Wait for what the agent is told."""
        self.until(lambda: self.shown(self.agent, holding=holding))
        return self.shown(self.agent, holding=holding)[-1]

    def settle(self) -> None:
        """Wait until everything that came is done."""
        self.until(lambda: self.do(self.world.counted)["waiting"] == 0)

    def ticket_of(self, customer: int) -> Ticket:
        [ticket] = self.tickets_of(customer)
        return ticket

    def tickets_of(self, customer: int) -> list[Ticket]:
        with transaction(self.store) as session:
            return list(session.scalars(select(Ticket).join(Customer).where(Customer.user_id == customer)))  # type: ignore[arg-type]

    def kept(self, customer: int) -> list[Message]:
        """A customer's messages that are in a ticket."""
        with transaction(self.store) as session:
            return list(
                session.scalars(
                    select(Message)
                    .where(Message.chat_id == customer, Message.ticket_id.is_not(None))  # type: ignore[union-attr]
                    .order_by(Message.id)  # type: ignore[arg-type]
                )
            )

    def count(self, of: Callable[[Session], int | None]) -> int:
        with transaction(self.store) as session:
            return of(session) or 0


def words(shown: dict[str, Any]) -> str:
    return shown.get("text") or shown.get("caption") or ""


@pytest.fixture(scope="module")
def house(make_store: MakeStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("peers")
    with (
        ServerThread(limits=False) as running,
        BotProcess(folder, running.server, store=make_store("sqlite")) as bot,
    ):
        house = House(running, bot)
        house.open()
        yield house
        house.store.dispose()
        assert bot.stop() == 0


def test_odd_characters_arrive_verbatim_both_ways(house: House) -> None:
    ann = house.customer()

    house.do(house.world.send_text, ann, ODD)
    notice = house.notice(holding=ODD)
    house.do(house.world.send_text, house.agent, ODD, reply_to=notice["message_id"])

    house.until(lambda: house.shown(ann, holding=ODD))
    assert [one.text for one in house.kept(ann)] == [ODD]


def test_sixty_new_customers_at_once_are_sixty_tickets(house: House) -> None:
    people = [house.customer() for _ in range(60)]

    house.do(lambda: [house.world.send_text(one, "my kettle leaks") for one in people])

    for one in people:
        [answer] = house.answers(one)
        assert house.ticket_of(one).number in words(answer)


def test_five_lines_of_a_new_customer_at_once_are_one_ticket_and_one_answer(house: House) -> None:
    ann = house.customer()
    lines = [f"line {number}: the kettle leaks" for number in range(5)]

    house.do(lambda: [house.world.send_text(ann, one) for one in lines])

    house.until(lambda: len(house.kept(ann)) == 5)
    ticket = house.ticket_of(ann)
    assert [(one.text, one.ticket_id) for one in house.kept(ann)] == [(line, ticket.id) for line in lines]
    house.settle()
    assert len(house.answers(ann)) == 1


KINDS: dict[str, Callable[[House, int], Shown]] = {
    "photo": lambda house, ann: house.world.send_photo(ann, caption="look"),
    "document": lambda house, ann: house.world.send_document(ann, caption="look"),
    "voice": lambda house, ann: house.world.send_voice(ann),
    "video": lambda house, ann: house.world.send_video(ann),
    "video_note": lambda house, ann: house.world.send_video_note(ann),
    "sticker": lambda house, ann: house.world.send_sticker(ann),
    "location": lambda house, ann: house.world.send_location(ann),
    "contact": lambda house, ann: house.world.send_contact(ann),
    "poll": lambda house, ann: house.world.send_poll(ann),
    "dice": lambda house, ann: house.world.send_dice(ann),
    "story": lambda house, ann: house.world.send(
        ann, {"story": {"id": 7, "chat": {"id": ann, "type": "private", "first_name": ANN}}}
    ),
    "other": lambda house, ann: house.world.send(ann, {"a_kind_of_tomorrow": {"id": 7}}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_message_opens_a_ticket_and_reaches_the_agent(house: House, kind: str) -> None:
    ann = house.customer()

    house.do(KINDS[kind], house, ann)

    house.answers(ann)
    assert [one.kind for one in house.kept(ann)] == [kind]
    house.notice(holding=house.ticket_of(ann).number)


def test_an_album_of_ten_is_one_message_with_ten_pictures_and_one_answer(house: House) -> None:
    ann = house.customer()

    house.do(house.world.send_album, ann, 10, caption="all of it is broken")

    house.answers(ann)
    house.settle()
    house.until(lambda: _files(house, ann) == 10)
    assert [one.text for one in house.kept(ann)] == ["all of it is broken"]
    assert len(house.answers(ann)) == 1


def _files(house: House, customer: int) -> int:
    counted = select(func.count()).select_from(Attachment).join(Message).where(Message.chat_id == customer)  # type: ignore[arg-type]
    return house.count(lambda session: session.scalar(counted))


def test_a_file_over_20_mb_opens_a_ticket_all_the_same(house: House) -> None:
    ann = house.customer()

    house.do(house.world.send_document, ann, name="film.mov", size=TOO_BIG, caption="see for yourself")

    house.answers(ann)
    with transaction(house.store) as session:
        files = session.scalars(select(Attachment).join(Message).where(Message.chat_id == ann)).all()  # type: ignore[arg-type]
    assert [(one.file_name, one.size, one.too_big) for one in files] == [("film.mov", TOO_BIG, True)]


def test_a_long_answer_and_a_long_caption_arrive_whole(house: House) -> None:
    ann = house.customer()
    house.do(house.world.send_text, ann, "why does it leak?")
    notice = house.notice(holding="why does it leak?")
    long = " ".join(f"word{number:04}" for number in range(466))  # 4193 characters
    caption = " ".join(f"sight{number:03}" for number in range(122))  # 1097 characters

    house.do(house.world.send_text, house.agent, long, reply_to=notice["message_id"])
    house.do(house.world.send_photo, house.agent, caption=caption, reply_to=notice["message_id"])

    def arrived() -> list[str]:
        return " ".join(words(one) for one in house.shown(ann)).split()

    house.until(lambda: "word0465" in arrived() and "sight121" in arrived())
    assert [one for one in arrived() if one.startswith("word0")] == long.split()
    assert [one for one in arrived() if one.startswith("sight")] == caption.split()
    assert [one for one in house.shown(ann) if "photo" in one]


def test_ids_beyond_32_bits_are_people_like_any_other(house: House) -> None:
    ann = 9_007_199_254_740_991 // 2  # Telegram promises no more than 52 bits
    house.do(house.world.user, ann, ANN)

    house.do(house.world.send_text, ann, "my kettle leaks")

    [answer] = house.answers(ann)
    assert house.ticket_of(ann).number in words(answer)


def test_of_a_customer_who_blocked_the_bot_the_agent_hears_and_the_ticket_stays(house: House) -> None:
    ann = house.customer()
    house.do(house.world.send_text, ann, "never mind you")
    notice = house.notice(holding="never mind you")
    house.answers(ann)
    house.do(house.world.block, ann)

    house.do(house.world.send_text, house.agent, "we do mind", reply_to=notice["message_id"])

    number = house.ticket_of(ann).number
    house.until(
        lambda: [one for one in house.shown(house.agent, holding="not delivered") if number in words(one)]
    )
    house.do(house.world.unblock, ann)
    house.do(house.world.send_text, ann, "here again")
    house.until(lambda: len(house.kept(ann)) == 2)
    assert house.ticket_of(ann).number == number


def test_while_every_twentieth_call_is_answered_502_nothing_is_lost(house: House) -> None:
    people = [house.customer() for _ in range(40)]
    house.do(house.running.server.faults.set, errors=0.05)
    try:
        for number in range(5):
            house.do(lambda number=number: [house.world.send_text(one, f"line {number}") for one in people])
        house.settle()
        house.until(lambda: all(len(house.kept(one)) == 5 for one in people))
        for one in people:
            house.answers(one)
    finally:
        house.do(house.running.server.faults.clear)

    for one in people:
        assert [message.text for message in house.kept(one)] == [f"line {number}" for number in range(5)]
        assert len(house.shown(one)) == 1
    assert house.do(house.world.counted)["lost"] == 0


def test_an_edit_after_the_answer_is_a_new_version_the_agent_sees(house: House) -> None:
    ann = house.customer()
    written = house.do(house.world.send_text, ann, "send it to 5 Low Road")
    notice = house.notice(holding="5 Low Road")
    house.do(house.world.send_text, house.agent, "On its way", reply_to=notice["message_id"])
    house.until(lambda: house.shown(ann, holding="On its way"))

    house.do(house.world.edit_text, ann, written, "send it to 7 High Road")

    house.notice(holding="7 High Road")
    assert [one.text for one in house.kept(ann)] == ["send it to 7 High Road"]


def test_a_note_never_reaches_the_customer(house: House) -> None:
    ann = house.customer()
    house.do(house.world.send_text, ann, "is it safe to drink?")
    notice = house.notice(holding="is it safe to drink?")

    house.do(house.world.send_text, house.agent, "//SECRET", reply_to=notice["message_id"])
    house.do(house.world.send_text, house.agent, "It is", reply_to=notice["message_id"])

    house.until(lambda: house.shown(ann, holding="It is"))
    assert house.shown(ann, holding="SECRET") == []
    with transaction(house.store) as session:
        notes = session.scalars(select(Message.text).where(Message.direction == Direction.NOTE)).all()  # type: ignore[arg-type]
    assert any("SECRET" in one for one in notes)


def test_two_hundred_who_press_start_open_nothing_and_others_are_served_meanwhile(house: House) -> None:
    before = house.count(lambda session: session.scalar(select(func.count()).select_from(Ticket)))
    swarm, ann = [house.customer() for _ in range(200)], house.customer()

    house.do(lambda: [house.world.start(one, "from-a-link") for one in swarm])
    house.do(house.world.send_text, ann, "my kettle leaks")

    [answer] = house.answers(ann)
    assert house.ticket_of(ann).number in words(answer)
    for one in swarm:
        house.answers(one)
    assert house.count(lambda session: session.scalar(select(func.count()).select_from(Ticket))) == before + 1
