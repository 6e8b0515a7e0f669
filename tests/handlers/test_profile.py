"""/profile and /stale: what is known of a customer, corrected and confirmed by themself."""

from datetime import timedelta

from sqlmodel import select

from crm_store.customers import contacts, customers, records
from crm_store.customers.tables import ContactKind, ContactMethod
from crm_store.engine import transaction
from crm_store.staff.roles import Role
from handlers.clockwork import Clockwork
from handlers.voice import Voice
from tests.crm_store.people import trail
from tests.handlers.test_matrix import toasts
from tests.handlers.test_new import tapped
from tests.talk import START, WORDS, Person, Talk, texts


def met(talk: Talk) -> Person:
    """A customer C1 who wrote once, with a phone that staff entered."""
    ann = talk.customer(language_code="zh-hans")
    ann.say("你好，我想问一下茶叶")
    with transaction(talk.engine) as session:
        customer = customers.get(session, customer_id=1)
        contacts.add(
            session, customer=customer, kind=ContactKind.PHONE, value="13800000000", actor="cli", now=talk.now
        )
        records.change(
            session, customer=customer, changes={"address": "北京朝阳区建国路1号"}, actor="cli", now=talk.now
        )
    return ann


def test_a_customer_sees_what_is_known_of_them_in_full(talk: Talk) -> None:
    ann = met(talk)

    [shown] = ann.say("我的资料")

    assert shown.text == (
        "👤 <b>您的资料</b>\n\n"
        "姓名：Ann &lt;3 &amp; &#34;张&#34;\n"
        "手机：138 0000 0000\n"
        "邮箱：未填写\n"
        "地址：北京市朝阳区建国路1号\n"
        "偏好：未填写\n"
        "语言：发 /lang 更改"
    )
    assert shown.buttons == ("✅ 都对", "✏️ 姓名", "✏️ 地址", "✏️ 邮箱", "✏️ 偏好", "📱 绑定手机")


def test_they_correct_their_own_name_address_and_wishes(talk: Talk) -> None:
    ann = met(talk)
    [shown] = ann.say("/profile")

    for label, said in (
        ("✏️ 姓名", "张小芳"),
        ("✏️ 地址", "上海浦东新区世纪大道1号"),
        ("✏️ 偏好", "不要打电话"),
    ):
        ann.tap(tapped(shown, label))
        [shown] = ann.say(said)

    assert "姓名：张小芳" in shown.text
    assert "地址：上海市浦东新区世纪大道1号" in shown.text
    assert "偏好：不要打电话" in shown.text
    ann.say("再问一句")  # Telegram's name does not come back over it
    with transaction(talk.engine) as session:
        assert customers.get(session, customer_id=1).name == "张小芳"
        actors = {actor for actor, action, *_ in trail(session, "customer") if action == "changed"}
        assert actors == {"cli", "customer:1"}


def test_a_wrong_value_is_refused_and_can_be_written_again(talk: Talk) -> None:
    ann = met(talk)
    ann.tap("mefix:email")

    [refused] = ann.say("ann at example")
    [shown] = ann.say("Ann@Example.com")

    assert refused.text.startswith("“ann at example”不是有效的邮箱。")
    assert "邮箱：ann@example.com" in shown.text


def test_nobody_corrects_what_is_not_theirs_to_say(talk: Talk) -> None:
    ann = met(talk)

    for key in ("tier", "owner_id", "tags", "phone", "remark", "field:1"):
        assert ann.tap(f"mefix:{key}") == []

    assert toasts(talk) != []


def test_a_contact_of_180_days_is_listed_and_a_customers_word_clears_it(talk: Talk) -> None:
    ann, mary = met(talk), talk.staff(1, "Mary", Role.MANAGER)
    talk.later(days=179)
    [early] = mary.say("/stale 180")
    talk.later(days=1)

    [listed] = mary.say("待核实 180")
    asked = mary.tap(tapped(listed, '📨 Ask Ann <3 & "张"'))
    [to_ann] = [one for one in asked if one.to == ann.id]
    ann.tap(tapped(to_ann, "✅ 都对"))
    [cleared] = mary.say("/stale 180")

    assert "Nobody: all are fresh." in early.text
    assert "• <b>C1</b> Ann &lt;3 &amp; &#34;张&#34; · 20 Nov 2026" in listed.text
    assert to_ann.text.startswith("您好！为了不耽误联系")
    assert "Nobody: all are fresh." in cleared.text
    with transaction(talk.engine) as session:
        confirmed = session.exec(select(ContactMethod)).one()
        assert (confirmed.confirmed_at, confirmed.verified_at) == (START + timedelta(days=180), None)
        assert ("customer:1", "contacts_confirmed") in [one[:2] for one in trail(session, "customer")]


def test_a_customer_is_asked_once_a_week_at_most(talk: Talk) -> None:
    ann, mary = met(talk), talk.staff(1, "Mary", Role.MANAGER)

    first = texts(mary.tap("staleask:1"), ann)
    second = texts(mary.tap("staleask:1"), ann)
    talk.later(days=8)
    third = texts(mary.tap("staleask:1"), ann)

    assert [len(one) for one in (first, second, third)] == [1, 0, 1]


def test_a_customers_word_proves_no_phone_and_no_e_mail(talk: Talk) -> None:
    """Only a contact shared in Telegram is proved theirs: orders from elsewhere are told to whom it is."""
    ann = met(talk)
    ann.tap("mefix:email")
    ann.say("somebody.else@example.com")

    ann.tap("meok")

    with transaction(talk.engine) as session:
        kept = [(one.verified_at, one.confirmed_at) for one in session.exec(select(ContactMethod))]
    assert kept == [(None, START), (None, START)]


def test_a_phone_confirmed_a_year_ago_is_asked_about_again(talk: Talk) -> None:
    ann = met(talk)
    ann.tap("meok")
    talk.later(days=365)

    [shown] = ann.say("我的资料")

    assert "您的手机号确认已满一年" in shown.text


def test_after_a_year_the_clock_asks_once_and_by_day(talk: Talk) -> None:
    ann = met(talk)
    ann.tap("meok")
    clock = Clockwork(Voice(talk.desk, WORDS))

    def asked() -> int:
        with transaction(talk.engine) as session:
            before = len(talk.outbox())
            clock.ask_to_confirm(session, now=talk.now, limit=10)
        return len(talk.outbox()) - before

    talk.later(days=364)
    early = asked()
    talk.later(days=1, hours=13)  # 23:00 in the shop
    night = asked()
    talk.later(hours=12)
    first, second = asked(), asked()
    talk.later(days=20)
    third = asked()

    assert [early, night, first, second, third] == [0, 0, 1, 0, 0]
    assert [one.to for one in talk.outbox()][-1] == ann.id


def test_a_refusal_names_no_command_of_staff(talk: Talk) -> None:
    ann = met(talk)

    told = []
    for key, said in (("name", "\u200b"), ("name", "长" * 300), ("preference", "长" * 300), ("email", "x")):
        ann.tap(f"mefix:{key}")
        told += texts(ann.say(said), ann)

    assert len(told) == 4
    assert [one for one in told if "/" in one] == []
