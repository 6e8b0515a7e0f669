"""Who belongs to the desk: invited, listed, removed."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from crm_store.engine import transaction
from crm_store.mailbox.tables import OutboxState
from crm_store.staff import invites
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from tests.handlers.desk import notice, to
from tests.talk import DESK, Person, Talk, texts

UNKNOWN = "I do not know this command. /help shows what you can do here."
INVALID = (
    "This invitation cannot be used: it has been used, has expired or was withdrawn. "
    "Please ask for a new one."
)


def team(talk: Talk) -> dict[str, Role]:
    with transaction(talk.engine) as session:
        present = session.exec(select(Staff).where(Staff.revoked_at == None)).all()  # noqa: E711
        return {one.name: one.role for one in present}


def link(text: str) -> str:
    found = re.search(r"https://t\.me/tea_desk_bot\?start=([A-Za-z0-9_-]{1,64})$", text)
    assert found is not None
    return found[1]


# joining


def test_who_joins_is_welcomed_with_role_and_what_they_can_do_and_gets_the_menu(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        token = invites.invite(session, role=Role.AGENT, by=None, now=talk.now)
    ann = talk.customer()

    welcome, menu = ann.say(f"/start {token}")

    assert welcome.text == (
        "👋 Welcome to <b>Tea &amp; &lt;Co&gt;</b>, Ann &lt;3 &amp; &#34;张&#34;! Your role: agent. "
        "You are on duty: you will be told of new tickets.\n\n"
        '<b>Answer</b>: reply to any message of a ticket, or tap "Answer" and write.\n'
        "<b>Internal note</b>: start with <code>//</code>. The customer never sees it.\n"
        "/queue shows unclaimed tickets, /next what to do now, /off ends your shift, /help shows everything."
    )
    assert (menu.method, menu.row.params["scope"]) == ("setMyCommands", {"type": "chat", "chat_id": ann.id})
    assert "queue" in [one["command"] for one in menu.row.params["commands"]]


def test_an_owner_is_told_how_to_bring_in_colleagues(talk: Talk) -> None:
    with transaction(talk.engine) as session:
        token = invites.invite(session, role=Role.OWNER, by=None, now=talk.now)

    [welcome] = texts(talk.person(1, "Mia", "zh-hans").say(f"/start {token}")[:1], talk.person(1, "Mia"))

    assert welcome.endswith("/invite 邀请同事，/team 看团队成员。")


@pytest.mark.parametrize("token", ["join-", "join-forged", "join-" + "x" * 59])
def test_a_forged_link_lets_nobody_in(talk: Talk, token: str) -> None:
    ann = talk.customer()

    assert texts(ann.say(f"/start {token}"), ann) == [INVALID]
    assert team(talk) == {}


def test_a_link_works_once(talk: Talk) -> None:
    mia, ann, eve = talk.staff(1, "Mia", Role.OWNER), talk.customer(), talk.person(5, "Eve")
    token = link(mia.say("/invite agent")[0].text)

    ann.say(f"/start {token}")
    second = eve.say(f"/start {token}")

    assert texts(second, eve) == [INVALID]
    assert team(talk) == {"Mia": Role.OWNER, 'Ann <3 & "张"': Role.AGENT}


def test_an_inviter_who_tries_the_link_does_not_use_it_up(talk: Talk) -> None:
    mia, eve = talk.staff(1, "Mia", Role.OWNER), talk.person(5, "Eve")
    token = link(mia.say("/invite agent")[0].text)

    mia.say(f"/start {token}")
    eve.say(f"/start {token}")

    assert team(talk) == {"Mia": Role.OWNER, "Eve": Role.AGENT}


def test_a_link_ends_after_three_days_and_with_its_inviters_access(talk: Talk) -> None:
    mia, max_ = talk.staff(1, "Mia", Role.OWNER), talk.staff(2, "Max", Role.MANAGER)
    eve = talk.person(5, "Eve")
    late, withdrawn = link(mia.say("/invite agent")[0].text), link(max_.say("/invite agent")[0].text)
    mia.say("/revoke Max")

    of_gone = eve.say(f"/start {withdrawn}")
    talk.now += timedelta(hours=72)
    too_late = eve.say(f"/start {late}")

    assert texts([*of_gone, *too_late], eve) == [INVALID, INVALID]


def test_a_customers_deep_link_is_no_invite(talk: Talk) -> None:
    ann = talk.customer()

    sent = ann.say("/start spring-sale")

    assert INVALID not in texts(sent, ann)
    assert team(talk) == {}


# inviting


@pytest.mark.parametrize(
    ("who", "text", "role"),
    [
        (Role.MANAGER, "/invite agent", Role.AGENT),
        (Role.MANAGER, "邀请 客服", Role.AGENT),
        (Role.MANAGER, "邀请主管", Role.MANAGER),
        (Role.OWNER, "/invite Manager", Role.MANAGER),
        (Role.OWNER, "/invite owner", Role.OWNER),
    ],
)
def test_owners_and_managers_invite_up_to_their_own_role(
    talk: Talk, who: Role, text: str, role: Role
) -> None:
    mia, eve = talk.staff(1, "Mia", who), talk.person(5, "Eve")

    [invited] = mia.say(text)
    eve.say(f"/start {link(invited.text)}")

    assert team(talk)["Eve"] == role


def test_a_manager_invites_no_owner(talk: Talk) -> None:
    max_ = talk.staff(1, "Max", Role.MANAGER)

    assert (
        texts([*max_.say("/invite owner"), *max_.tap("invite:owner")], max_)
        == ['This needs the role "owner". Please ask somebody who has it; /help shows what you can do.'] * 2
    )


def test_without_a_role_the_roles_one_may_invite_are_offered(talk: Talk) -> None:
    max_, mia = talk.staff(1, "Max", Role.MANAGER), talk.staff(2, "Mia", Role.OWNER)

    assert max_.say("/invite")[0].data == ("invite:agent", "invite:manager")
    assert mia.say("/invite somebody")[0].data == ("invite:agent", "invite:manager", "invite:owner")


def test_where_the_bots_name_is_not_known_the_line_to_send_is_shown(sqlite: Engine) -> None:
    talk = Talk(sqlite, desk=replace(DESK, bot_username=""))
    mia, eve = talk.staff(1, "Mia", Role.OWNER), talk.person(5, "Eve")

    text = mia.say("/invite agent")[0].text
    found = re.search(r"<code>(/start join-[\w-]+)</code>$", text)
    assert found is not None
    eve.say(found[1])

    assert text.startswith(
        "✉️ An invitation for one agent. It works once, within 3 days. "
        "Pass it on only to the person it is for; they send this line to the bot:\n"
    )
    assert team(talk)["Eve"] == Role.AGENT


# the list


def test_the_team_is_listed_with_duty_and_open_tickets(talk: Talk) -> None:
    mia, bob = talk.staff(1, "Mia", Role.OWNER), talk.staff(2, "Bob <b>", username="bob")
    notice(talk, talk.customer(), bob)
    bob.say("/claim T1")
    bob.say("/off")

    [listed] = mia.say("/team")

    assert listed.text == (
        "👥 <b>The team</b>\n"
        "🟢 <b>Mia</b> · owner · 0 open\n"
        "🌙 <b>Bob &lt;b&gt;</b> (@bob) · agent · 1 open\n\n"
        "🟢 on duty, 🌙 off duty. /invite adds a colleague."
    )
    assert (listed.buttons, listed.data) == (("Remove Bob <b>",), ("revoke:2",))


def test_a_manager_is_not_offered_to_remove_an_owner(talk: Talk) -> None:
    talk.staff(1, "Mia", Role.OWNER)
    max_ = talk.staff(2, "Max", Role.MANAGER)
    talk.staff(3, "Bob")

    assert max_.say("团队")[0].data == ("revoke:3",)


# removing


def removed(talk: Talk) -> tuple[Person, Person, Person, Person]:
    """Mia owns, Bob and Carol answer; Bob has T1."""
    mia, bob, carol = (
        talk.staff(1, "Mia", Role.OWNER),
        talk.staff(2, "Bob", username="bob"),
        talk.staff(3, "Carol"),
    )
    ann = talk.customer()
    notice(talk, ann, bob)
    bob.say("/claim T1")
    talk.deliver()
    return mia, bob, carol, ann


@pytest.mark.parametrize("text", ["/revoke @bob", "/revoke Bob", "吊销 @bob", "revoke_yes:2"])
def test_removing_ends_access_returns_the_tickets_and_tells_those_on_duty(talk: Talk, text: str) -> None:
    mia, bob, carol, _ = removed(talk)

    sent = mia.tap(text) if ":" in text else mia.say(text)

    assert "🚪 <b>Bob</b> has been removed from the team. Back in the queue: T1." in texts(sent, mia)
    assert texts(sent, carol) == [
        "↩️ <b>T1</b> is back in the queue (was with Bob) · Ann &lt;3 &amp; &#34;张&#34; · not sorted yet\n"
        "my kettle leaks"
    ]
    assert texts(sent, bob)[0].startswith("Your access to the Tea &amp; &lt;Co&gt; desk has ended.")
    assert [one.method for one in to(sent, bob)] == ["sendMessage", "deleteMyCommands"]
    assert "Bob" not in team(talk)
    assert carol.say("/queue")[0].data == ("t:1",)


def test_what_waits_for_somebody_who_was_removed_is_not_sent_any_more(talk: Talk) -> None:
    mia, bob, _, ann = removed(talk)
    [pending] = to(ann.say("my number is 138"), bob)

    mia.say("/revoke Bob")

    [row] = [one.row for one in talk.outbox() if one.row.id == pending.row.id]
    assert row.state == OutboxState.CANCELLED


def test_open_keyboards_and_commands_of_somebody_removed_do_nothing(talk: Talk) -> None:
    mia, bob, carol, ann = removed(talk)
    mia.say("/revoke Bob")

    sent = [*bob.tap("release:1"), *bob.tap("claim:1"), *bob.tap("resolve_now:1"), *bob.say("/t T1")]

    assert (texts(sent, bob), texts(sent, ann), texts(sent, carol)) == ([UNKNOWN], [], [])


def test_removing_by_button_asks_first(talk: Talk) -> None:
    mia, _, _, _ = removed(talk)

    [asked] = mia.tap("revoke:2", on=7)
    [back] = mia.tap("team", on=7)

    assert (asked.text, asked.data) == (
        "Remove <b>Bob</b> from the team? 1 open ticket goes back to the queue.",
        ("revoke_yes:2", "team"),
    )
    assert back.text.startswith("👥 <b>The team</b>")
    assert "Bob" in team(talk)


def test_removing_twice_is_answered_sensibly(talk: Talk) -> None:
    mia, bob, _, _ = removed(talk)
    mia.tap("revoke_yes:2")

    sent = mia.tap("revoke_yes:2")

    assert texts(sent, mia)[0].startswith('I am not sure who you mean by "2".')
    assert texts(sent, bob) == []


def test_nobody_removes_an_owner_but_an_owner_and_nobody_the_last(talk: Talk) -> None:
    mia, max_ = talk.staff(1, "Mia", Role.OWNER), talk.staff(2, "Max", Role.MANAGER)

    assert texts(max_.say("/revoke Mia"), max_) == [
        'This needs the role "owner". Please ask somebody who has it; /help shows what you can do.'
    ]
    assert texts(mia.say("/revoke Mia"), mia) == [
        "The last owner cannot be removed: nobody could invite another. "
        "Invite a second owner first (/invite owner)."
    ]
    assert sorted(team(talk)) == ["Max", "Mia"]


def test_a_resolved_ticket_does_not_come_back_to_somebody_who_is_gone(talk: Talk) -> None:
    mia, bob, carol, ann = removed(talk)
    bob.say("/resolve T1")
    mia.say("/revoke Bob")

    sent = ann.say("it still leaks")

    assert (texts(sent, bob), len(texts(sent, carol))) == ([], 1)


def test_without_a_name_the_command_says_how(talk: Talk) -> None:
    mia = talk.staff(1, "Mia", Role.OWNER)

    assert texts(mia.say("/revoke"), mia) == [
        "Who should be removed? Send <code>/revoke @name</code>, or tap a name in /team."
    ]
