"""/team, /invite, /revoke (团队, 邀请, 移除): who belongs to the desk."""

from dataclasses import dataclass

from crm_store.mailbox import outbox
from crm_store.service import queue
from crm_store.staff import invites
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent import notices
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import Keyboard, Tap, button

JOINING = (Role.AGENT, Role.MANAGER, Role.OWNER)


@dataclass(frozen=True)
class Invite(Tap, verb="invite"):
    role: Role


@dataclass(frozen=True)
class ShowTeam(Tap, verb="team"):
    """Back to the list."""


@dataclass(frozen=True)
class Revoke(Tap, verb="revoke"):
    """Asks whether it is meant."""

    staff: int


@dataclass(frozen=True)
class RevokeSurely(Tap, verb="revoke_yes"):
    staff: int


def show(chat: Chat) -> None:
    team, loads = staff_verbs.team(chat.session), queue.loads(chat.session)
    chat.show(
        "agent/team/team.html.j2",
        team=[(one, loads.get(one.id, 0)) for one in team],
        buttons=_buttons(chat, team),
    )


def show_tapped(chat: Chat, _tapped: ShowTeam) -> None:
    show(chat)


def _buttons(chat: Chat, team: list[Staff]) -> Keyboard:
    """Whom the speaker may revoke, two a row."""
    each = [
        button("revoke", Revoke(one.id), name=one.name)
        for one in team
        if one.id != chat.me.id and chat.me.role.includes(one.role)
    ]
    return [each[at : at + 2] for at in range(0, len(each), 2)]


def invite_named(chat: Chat) -> None:
    """``/invite agent``; without a role, the roles to choose from."""
    role = _role(chat, chat.arguments)
    if role is not None:
        _invite(chat, role)
    else:
        row = [button(f"invite_{one}", Invite(one)) for one in JOINING if chat.me.role.includes(one)]
        chat.say("agent/team/invite_whom.html.j2", buttons=[row])


def invite_tapped(chat: Chat, tapped: Invite) -> None:
    if tapped.role in JOINING:
        _invite(chat, tapped.role)


def _invite(chat: Chat, role: Role) -> None:
    token = invites.invite(chat.session, role=role, by=chat.me, now=chat.now)
    name = chat.desk.bot_username
    chat.say(
        "agent/team/invited.html.j2",
        role=role,
        link=f"https://t.me/{name}?start={token}" if name else f"/start {token}",
        is_link=bool(name),
        lifetime=invites.LIFETIME,
    )


def _role(chat: Chat, text: str) -> Role | None:
    typed = text.casefold().strip()
    for role in JOINING:
        if typed == role.value or typed in chat.words.listed("role_words", role.value):
            return role
    return None


def revoke_named(chat: Chat) -> None:
    """``/revoke @bob``"""
    if chat.arguments:
        _revoke(chat, staff_verbs.find(chat.session, name=chat.arguments))
    else:
        chat.say("agent/team/revoke_usage.html.j2")


def ask(chat: Chat, tapped: Revoke) -> None:
    staff = staff_verbs.get(chat.session, staff_id=tapped.staff)
    chat.edit(
        "agent/team/sure.html.j2",
        staff=staff,
        open_tickets=queue.count_of_assignee(chat.session, staff=staff),
        buttons=[[button("revoke_yes", RevokeSurely(staff.id)), button("revoke_no", ShowTeam())]],
    )


def revoke_tapped(chat: Chat, tapped: RevokeSurely) -> None:
    _revoke(chat, staff_verbs.get(chat.session, staff_id=tapped.staff))


def _revoke(chat: Chat, staff: Staff) -> None:
    """At once: what waits for them is not sent any more, and their buttons are nobody's."""
    returned = staff_verbs.revoke(chat.session, staff=staff, by=chat.me, now=chat.now)
    outbox.cancel_waiting(chat.session, chat_id=staff.chat_id, why="revoked")
    if staff.id != chat.me.id:
        chat.say("agent/team/your_access_ended.html.j2", to=staff)
    chat.show("agent/team/revoked.html.j2", staff=staff, returned=returned)
    notices.returned(chat, tickets=returned, who=staff)
    commands = {"scope": {"type": "chat", "chat_id": staff.chat_id}}
    chat.queue("deleteMyCommands", commands, chat_id=staff.chat_id)


HANDLERS = [
    command("team", "团队", role=Role.MANAGER, run=show, glued=None),
    command("invite", "邀请", role=Role.MANAGER, run=invite_named),
    command("revoke", "移除", "吊销", role=Role.MANAGER, run=revoke_named),
    tap(ShowTeam, role=Role.MANAGER, run=show_tapped),
    tap(Invite, role=Role.MANAGER, run=invite_tapped),
    tap(Revoke, role=Role.MANAGER, run=ask),
    tap(RevokeSurely, role=Role.MANAGER, run=revoke_tapped),
]
