"""/import in the chat: the file, the dry run, the columns, the import and the way back, with the real job."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.jobs import Jobs
from bot.settings import Settings
from bot.writer import Writer
from crm_store.customers.tables import Customer
from crm_store.engine import open_engine, transaction
from crm_store.exchange.tables import Import, ImportState
from crm_store.mailbox.tables import Job, JobState, OutboxFile
from crm_store.sales.tables import Order
from crm_store.staff.roles import Role
from crm_store.tables import metadata
from handlers.voice import Voice
from tests.talk import DESK, WORDS, Person, Sent, Talk

pytestmark = pytest.mark.usefixtures("warm")

PEOPLE = "姓名,手机,城市,鞋码\n张三,13800000000,北京,42\n李四,1390,上海,41\n王五,13700000000,广州,40\n"


class TelegramFile:
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def download_as_bytearray(self) -> bytearray:
        return bytearray(self._data)


class Telegram:
    """The part of Telegram that hands out files."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def get_file(self, file_id: str) -> TelegramFile:
        return TelegramFile(self.files[file_id])


class Shop:
    """Somebody who sends files, and the job beside the conversation."""

    def __init__(self, talk: Talk, boss: Person) -> None:
        self.talk, self.boss = talk, boss
        self.telegram = Telegram()

    def document(self, data: bytes | str, name: str = "people.csv", **more: Any) -> dict[str, Any]:
        file_id = f"file{len(self.telegram.files)}"
        self.telegram.files[file_id] = data.encode() if isinstance(data, str) else data
        about = {"file_id": file_id, "file_unique_id": file_id, "file_name": name, "file_size": 10}
        return {"document": about | more}

    def send(self, data: bytes | str, caption: str = "/import", name: str = "people.csv") -> list[Sent]:
        """A file with the command under it; what the job has to say about it."""
        self.boss.say(None, caption=caption, **self.document(data, name))
        return self.work()

    def tap(self, data: str) -> list[Sent]:
        """Tap, and let the job do what that asked for."""
        told = self.boss.tap(data)
        return self.work() or told

    def work(self) -> list[Sent]:
        """What the job says: its last words, and the files it sends."""
        newest = self.talk.outbox()[-1].row.id
        self.talk.deliver()
        asyncio.run(self._work())
        return [one for one in self.talk.outbox(after=newest) if one.to == self.boss.id]

    async def _work(self) -> None:
        writer = Writer(self.talk.engine)
        settings = Settings(store={"url": str(self.talk.engine.url)})  # type: ignore[arg-type]
        jobs = Jobs(
            writer,
            bot=self.telegram,  # type: ignore[arg-type]
            settings=settings,
            voice=Voice(DESK, WORDS),
            queued=lambda: None,
        )
        try:
            while await jobs.step():
                pass
        finally:
            writer.close()

    def button(self, sent: list[Sent], label: str) -> str:
        """The data of the button that begins like this."""
        return next(
            data
            for one in sent
            for text, data in zip(one.buttons, one.data, strict=True)
            if text.startswith(label)
        )

    def names(self) -> list[str]:
        with transaction(self.talk.engine) as session:
            return list(session.scalars(select(Customer.name).order_by(Customer.id)))  # type: ignore[arg-type]

    def files(self) -> dict[str, str]:
        with transaction(self.talk.engine) as session:
            return {one.name: one.data.decode("utf-8-sig") for one in session.scalars(select(OutboxFile))}

    def state(self) -> ImportState:
        with transaction(self.talk.engine) as session:
            return list(session.scalars(select(Import).order_by(Import.id)))[-1].state  # type: ignore[arg-type]


@pytest.fixture
def shop(talk: Talk) -> Shop:
    return Shop(talk, talk.staff(500, "Robin", Role.MANAGER))


def test_a_file_is_tried_first_then_taken_in_then_undone(shop: Shop) -> None:
    [tried] = shop.send(PEOPLE)

    assert tried.text == (
        "📋 <b>people.csv</b>, read as <b>customers</b>. Nothing is imported yet.\n\n"
        "姓名 → Name\n手机 → Phone\n城市 → City\nLeft out: 鞋码\n\n"
        "• new: 2\n• not taken: 1\n\n"
        "Line 3: unreadable phone: 1390"
    )
    assert shop.names() == []

    done = shop.tap(shop.button([tried], "✅ Import 2 rows"))

    assert done[0].text == ("✅ <b>people.csv</b> (customers) is imported.\n• new: 2\n• not taken: 1")
    assert [one.method for one in done] == ["editMessageText", "sendDocument", "sendDocument"]
    assert shop.names() == ["张三", "王五"]
    files = shop.files()
    assert files["people-result.csv"].splitlines()[1:] == [
        '2,"new","","C1","张三","\t13800000000","北京","\t42"',
        '3,"not taken","unreadable phone: 1390","","李四","\t1390","上海","\t41"',
        '4,"new","","C2","王五","\t13700000000","广州","\t40"',
    ]
    assert files["people-problems.csv"].splitlines() == [
        '"姓名","手机","城市","鞋码","Line","Result","Reason"',
        '"李四","\t1390","上海","\t41",3,"not taken","unreadable phone: 1390"',
    ]

    [undone] = shop.tap(shop.button(done, "↩️ Undo"))

    assert undone.text == "↩️ The import of <b>people.csv</b> is undone: 2 rows."
    assert shop.names() == []


def test_in_chinese_everything_is_in_chinese(talk: Talk) -> None:
    shop = Shop(talk, talk.staff(500, "罗宾", Role.MANAGER, language_code="zh"))

    [tried] = shop.send(PEOPLE, caption="导入")
    [done, *_] = shop.tap(shop.button([tried], "✅ 导入 2 行"))

    assert tried.text.splitlines()[-1] == "第 3 行：电话看不懂：1390"
    assert done.text == "✅ <b>people.csv</b>（客户）导入完成。\n• 新增：2\n• 未导入：1"
    assert shop.files().keys() == {"people-结果.csv", "people-未导入.csv"}


def test_the_problems_mended_and_sent_back_are_taken_in(shop: Shop) -> None:
    tried = shop.send(PEOPLE)
    shop.tap(shop.button(tried, "✅ Import"))
    mended = shop.files()["people-problems.csv"].replace("1390", "13900000000")

    again = shop.send(mended, name="mended.csv")
    shop.tap(shop.button(again, "✅ Import 1 rows"))

    assert shop.names() == ["张三", "王五", "李四"]


def test_the_file_is_asked_for_and_may_be_replied_to(shop: Shop, talk: Talk) -> None:
    [asked] = shop.boss.say("/import")
    [still] = shop.boss.say("here it comes")
    shop.boss.say(None, **shop.document(PEOPLE))
    [tried] = shop.work()
    replied = shop.boss.message("/import") | {
        "reply_to_message": shop.boss.message(None, **shop.document(PEOPLE))
    }
    shop.boss.send(replied)
    [tried_again] = shop.work()

    assert asked.text == still.text == talk.render("manager/import/ask.html.j2", most=20)
    assert tried.text == tried_again.text


def test_a_column_is_given_another_meaning_and_the_file_tried_again(shop: Shop) -> None:
    tried = shop.send("甲,乙\n张三,13800000000\n茶叶店,13900000000\n")
    columns = shop.boss.tap(shop.button(tried, "🔧 Columns"))
    fields = shop.boss.tap(shop.button(columns, "甲 → "))
    columns = shop.boss.tap(shop.button(fields, "Company"))

    assert columns[0].buttons[:2] == ("甲 → Company", "乙 → Phone")

    again = shop.tap(shop.button(columns, "🔍 Check again"))
    shop.tap(shop.button(again, "✅ Import 2 rows"))
    with transaction(shop.talk.engine) as session:
        assert list(session.scalars(select(Customer.company).order_by(Customer.id))) == ["张三", "茶叶店"]  # type: ignore[arg-type]


def test_columns_that_say_nothing_are_asked_about(shop: Shop, talk: Talk) -> None:
    [told] = shop.send("城市,等级\n北京,A\n")

    assert told.text == talk.render("manager/import/unclear.html.j2", name="people.csv", subject="customers")
    assert shop.button([told], "🔧 Columns")


def test_what_to_do_with_duplicates_is_one_tap(shop: Shop) -> None:
    tried = shop.send("姓名,手机\n张三,13800000000\n")
    shop.tap(shop.button(tried, "✅ Import"))
    tried = shop.send("姓名,手机\n张三妈妈,13800000000\n")
    assert "has the contact of C1, but another name" in tried[0].text

    tried = shop.tap(shop.button(tried, "Duplicates: create them all"))
    shop.tap(shop.button(tried, "✅ Import 1 rows"))

    assert shop.names() == ["张三", "张三妈妈"]


def test_orders_are_recognised_and_can_be_read_as_customers(shop: Shop) -> None:
    sales = "姓名,日期,城市,金额\n张三,2021-01-01,北京市,1000\n李四,2021-01-02,上海市,2000\n"
    [tried] = shop.send(sales)
    assert "read as <b>orders</b>" in tried.text
    [other] = shop.tap(shop.button([tried], "It is a list of customers"))
    assert "read as <b>customers</b>" in other.text

    [back] = shop.tap(shop.button([other], "It is a list of orders"))
    shop.tap(shop.button([back], "✅ Import 2 rows"))

    with transaction(shop.talk.engine) as session:
        assert [one.total for one in session.scalars(select(Order))] == [100_000, 200_000]


def test_a_second_tap_does_nothing_twice(shop: Shop, talk: Talk) -> None:
    tried = shop.send(PEOPLE)
    data = shop.button(tried, "✅ Import")
    shop.tap(data)

    [refused] = shop.boss.tap(data)

    assert refused.text == talk.render("refused/import_over.html.j2", state="done")
    assert shop.names() == ["张三", "王五"]


def test_a_cancelled_import_takes_nothing_in(shop: Shop, talk: Talk) -> None:
    tried = shop.send(PEOPLE)
    [dropped] = shop.boss.tap(shop.button(tried, "Cancel"))

    [refused] = shop.boss.tap(shop.button(tried, "✅ Import"))

    assert dropped.text == talk.render("manager/import/dropped.html.j2", name="people.csv")
    assert refused.text == talk.render("refused/import_over.html.j2", state="dropped")
    assert (shop.state(), shop.names()) == (ImportState.DROPPED, [])


def test_a_file_over_20_mb_is_refused_with_the_way_out(shop: Shop) -> None:
    [told] = shop.boss.say(None, caption="/import", **shop.document("x", file_size=21 << 20))

    assert "at most 20 MB" in told.text
    assert "python -m bot import" in told.text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"name,phone\n", "headings and no rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "not a table"),
        ("name\nJosé\n".encode("latin-1"), "encoding"),
        (b"name\n" + b"x," * 1000 + b"x\n", "Line 2 has too many columns"),
        (b'name\n"Ann\nBob\n', "On line 2 a quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_clear_sentence(shop: Shop, content: bytes, says: str) -> None:
    [told] = shop.send(content)

    assert says in told.text
    assert told.buttons == ()
    assert shop.state() == ImportState.DROPPED
    with transaction(shop.talk.engine) as session:
        assert [one.state for one in session.scalars(select(Job))] == [JobState.FAILED]


def test_import_undo_asks_first_and_takes_back_the_last_one(shop: Shop, talk: Talk) -> None:
    [nothing] = shop.boss.say("/import_undo")
    tried = shop.send(PEOPLE)
    shop.tap(shop.button(tried, "✅ Import"))
    asked = shop.boss.say("撤销导入")
    [kept] = shop.boss.tap(shop.button(asked, "No, keep it"))
    assert shop.names() == ["张三", "王五"]

    [undone] = shop.tap(shop.button(asked, "Yes, undo it"))

    assert nothing.text == talk.render("refused/nothing_imported.html.j2")
    assert kept.text == talk.render("manager/import/kept.html.j2", name="people.csv")
    assert undone.text.startswith("↩️ The import of <b>people.csv</b> is undone: 2 rows.")
    assert shop.names() == []


def test_an_agent_may_not(talk: Talk) -> None:
    shop = Shop(talk, talk.staff(501, "Bob", Role.AGENT))

    [told] = shop.boss.say(None, caption="/import", **shop.document(PEOPLE))

    assert told.text == talk.render("refused/not_allowed.html.j2", role=Role.MANAGER)


def test_the_same_in_an_encrypted_store(tmp_path: Path) -> None:
    """The process that reads gets the store's key on its stdin."""
    engine: Engine = open_engine(f"sqlite:///{tmp_path}/secret.db", key="k" * 16)
    metadata.create_all(engine)
    try:
        talk = Talk(engine)
        shop = Shop(talk, talk.staff(500, "Robin", Role.MANAGER))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ZHANGGUI_STORE__KEY", "k" * 16)
            [tried] = shop.send(PEOPLE)
    finally:
        engine.dispose()

    assert "• new: 2" in tried.text
