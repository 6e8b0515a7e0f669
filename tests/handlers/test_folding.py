"""Notices that wait become one; conversation overtakes them."""

import asyncio
from time import monotonic

from sqlalchemy import Engine, select
from sqlmodel import col
from telegram import Bot

from bot.delivery import Decision, Fate
from bot.demo.server import DemoServer
from bot.dispatcher import Dispatcher
from bot.poller import Poller
from bot.request import AiohttpRequest
from bot.sender import Sender
from bot.writer import Writer
from crm_store.engine import transaction
from crm_store.mailbox import outbox
from crm_store.mailbox.tables import Outbox, OutboxState
from crm_store.service import queue
from crm_store.staff.roles import Role
from tests.bot.post import Post
from tests.bot.telegram import until
from tests.talk import DESK, WORDS, Talk


def shop(talk: Talk, customers: int, messages: int = 1) -> Post:
    """Bob is on duty, and so many customers write so often; nothing of it has reached him yet."""
    talk.staff(1, "Bob")
    talk.deliver()
    for number in range(customers):
        person = talk.person(1000 + number, f"C{number} <3")
        for line in range(messages):
            person.say(f"my kettle leaks, {line}")
    post = Post(talk.engine, talk.now)
    for row in post.take(reserved=[1, 2]):  # the acknowledgements
        post.answer(row)
    return post


def folds(talk: Talk) -> dict[str, str | None]:
    with transaction(talk.engine) as session:
        found = session.execute(select(col(Outbox.key), col(Outbox.folded_into)).where(is_notice())).all()
    return {row.key: row.folded_into for row in found}


def is_notice() -> object:
    return (col(Outbox.priority) == outbox.NOTICE) & (col(Outbox.chat_id) == 1)


def states(talk: Talk) -> list[str]:
    with transaction(talk.engine) as session:
        return list(session.scalars(select(col(Outbox.state)).where(is_notice()).order_by(col(Outbox.id))))


def test_three_notices_arrive_one_by_one(talk: Talk) -> None:
    post = shop(talk, customers=3)

    assert [row.ticket_id for row in post.deliver() if row.chat_id == 1] == [1, 2, 3]


def test_more_than_three_become_one_that_names_each_ticket_and_opens_it(talk: Talk) -> None:
    post = shop(talk, customers=7, messages=2)

    [fold] = [row for row in post.deliver() if row.chat_id == 1]

    assert fold.params["text"] == (
        "🔔 <b>7 tickets waiting</b> · 14 notices\n"
        + "\n".join(f"<b>T{n + 1}</b> C{n} &lt;3 · not sorted yet · 2×" for n in range(7))
    )
    keyboard = fold.params["reply_markup"]["inline_keyboard"]
    assert [[one["text"] for one in line] for line in keyboard] == [
        ["T1", "T2", "T3", "T4"],
        ["T5", "T6", "T7"],
        ["Whole queue"],
    ]
    assert [one["callback_data"] for line in keyboard for one in line] == [
        *(f"t:{n}" for n in range(1, 8)),
        "queue:0",
    ]
    assert states(talk) == [OutboxState.FOLDED] * 14 + [OutboxState.SENT]
    assert {into for key, into in folds(talk).items() if key != fold.key} == {fold.key}


def test_of_many_tickets_eight_are_named_and_the_rest_counted(talk: Talk) -> None:
    post = shop(talk, customers=12)

    [fold] = [row for row in post.deliver() if row.chat_id == 1]

    assert fold.params["text"].splitlines()[-2:] == ["<b>T8</b> C7 &lt;3 · not sorted yet", "…and 4 more"]
    assert len(fold.params["reply_markup"]["inline_keyboard"]) == 3


def test_a_fold_of_one_ticket_can_be_replied_to(talk: Talk) -> None:
    post = shop(talk, customers=1, messages=5)

    [fold] = post.take()
    place = post.answer(fold)

    assert fold.params["text"].splitlines()[0] == "🔔 <b>1 ticket waiting</b> · 5 notices"
    sent = talk.person(1, "Bob").say("on its way", reply_to=place)
    assert any(one.to == 1000 and "on its way" in one.text for one in sent)


def test_what_an_unsent_fold_held_is_in_the_next(talk: Talk) -> None:
    post = shop(talk, customers=5)
    [first] = post.take()
    post.answer(first, Decision(Fate.AGAIN, "unreachable", after=1, down=True))
    for number in range(3):
        talk.person(2000 + number, "Late").say("me too")

    post.later(seconds=2)
    [second] = [row for row in post.deliver() if row.chat_id == 1]

    assert second.params["text"].splitlines()[0] == "🔔 <b>8 tickets waiting</b> · 8 notices"
    assert folds(talk)[first.key] == second.key
    assert {into for key, into in folds(talk).items() if key != second.key} == {second.key}


def test_a_message_that_could_not_be_processed_is_never_folded_away(talk: Talk) -> None:
    post = shop(talk, customers=5)
    with transaction(talk.engine) as session:
        outbox.put(
            session,
            key="dead:9",
            chat_id=1,
            method="sendMessage",
            params={"text": "⚠️ could not be processed"},
            priority=outbox.NOTICE,
            now=talk.now,
        )

    texts = [row.params["text"] for row in post.deliver() if row.chat_id == 1]

    assert texts[0] == "⚠️ could not be processed"
    assert texts[1].startswith("🔔 <b>5 tickets waiting</b>")


def test_an_answer_to_a_command_is_not_folded_and_goes_first(talk: Talk) -> None:
    post = shop(talk, customers=6)
    talk.person(1, "Bob").say("/queue")

    mine = [row for row in post.deliver() if row.chat_id == 1]

    assert [row.priority for row in mine] == [outbox.CONVERSATION, outbox.NOTICE]


def test_each_person_reads_a_fold_in_their_own_language(talk: Talk) -> None:
    talk.staff(2, "小美", Role.MANAGER, language_code="zh-hans")
    post = shop(talk, customers=4)

    texts = {
        row.chat_id: row.params["text"].splitlines()[0] for row in post.deliver() if row.chat_id in (1, 2)
    }

    assert texts == {
        1: "🔔 <b>4 tickets waiting</b> · 4 notices",
        2: "🔔 <b>4 个工单待处理</b> · 共 4 条通知",
    }


def test_three_hundred_messages_at_once_and_one_agent_whose_queue_comes_within_three_seconds(
    sqlite: Engine,
) -> None:
    """Harder than 300 in a minute: all are there at once, and Telegram's limits hold on both sides."""

    async def scenario() -> None:
        async with DemoServer(limits=True) as server:
            world = server.world
            bot = Bot(
                server.token,
                base_url=server.base_url,
                request=AiohttpRequest(),
                get_updates_request=AiohttpRequest(),
            )
            await bot.initialize()
            talk = Talk(sqlite)
            talk.staff(1, "Bob")
            talk.deliver()
            bob = world.user(1, "Bob", started=True)
            for number in range(300):
                world.send_text(
                    world.user(1000 + number, f"C{number} <3", started=True), f"kettle {number} leaks"
                )
            writer = Writer(sqlite)
            sender = Sender(bot, writer, desk=DESK, words=WORDS, messages_per_second=27)
            dispatcher = Dispatcher(sqlite, bot=bot, desk=DESK, words=WORDS, classifier=None)
            arrived = asyncio.Event()
            tasks = [
                asyncio.create_task(Poller(bot, writer, arrived=arrived.set).run()),
                asyncio.create_task(
                    dispatcher.run(writer, wake=arrived, committed=sender.wake, aside=lambda _: None)
                ),
                asyncio.create_task(sender.run()),
            ]
            try:
                await until(lambda: _tickets(sqlite) == 300, seconds=30)
                waits = []
                for _ in range(3):
                    before = len(_queues(world))
                    asked = monotonic()
                    world.send_text(bob, "/queue")
                    await until(lambda before=before: len(_queues(world)) > before, seconds=10)
                    waits.append(monotonic() - asked)
                    await asyncio.sleep(0.5)
                assert max(waits) < 3.0
                assert world.counters.refused == {}
                told = [one for one in world.sends or [] if one.chat_id == 1]
                assert len(told) < 15
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await bot.shutdown()
                await asyncio.to_thread(writer.close)

    asyncio.run(scenario())


def _tickets(engine: Engine) -> int:
    with transaction(engine) as session:
        return queue.count_unassigned(session)


def _queues(world: object) -> list[str]:
    texts = [message.text for message in world.chats[1].messages.values() if message.by_bot]  # type: ignore[attr-defined]
    return [text for text in texts if "300" in text and "🔔" not in text]
