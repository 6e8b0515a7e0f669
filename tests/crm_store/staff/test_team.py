"""Staff on both databases: joining, being found, leaving."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from crm_store.engine import transaction
from crm_store.mailbox import forms
from crm_store.refusals import InviteInvalid, LastOwner, NoSuchStaff, NotAllowed
from crm_store.service import tickets
from crm_store.staff import invites
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Invite
from tests.crm_store.people import NOW, customer, join, staff, ticket, trail


def invited(session: Session, role: Role = Role.AGENT) -> str:
    return invites.invite(session, role=role, by=None, now=NOW)


def test_a_token_fits_a_deep_link_and_only_its_hash_is_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        token = invited(session)

        [row] = session.exec(select(Invite)).all()
        assert len(token) <= 64
        assert token.startswith(invites.PREFIX)
        assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
        assert token not in str(row.model_dump())


def test_an_invite_works_once(engine: Engine) -> None:
    with transaction(engine) as session:
        token = invited(session)
        bob = join(session, token, user_id=1)

        with pytest.raises(InviteInvalid):
            join(session, token, user_id=2)

        assert (bob.role, bob.on_duty) == (Role.AGENT, True)
        assert trail(session, "staff") == [
            (f"staff:{bob.id}", "joined", None, {"role": "agent", "invite": 1})
        ]


@pytest.mark.parametrize("token", ["", "join-", "join-guess"])
def test_a_guess_is_no_invite(engine: Engine, token: str) -> None:
    with transaction(engine) as session:
        invited(session)

        with pytest.raises(InviteInvalid):
            join(session, token, user_id=1)


@pytest.mark.parametrize(
    ("after", "valid"), [(timedelta(hours=72, seconds=-1), True), (timedelta(hours=72), False)]
)
def test_an_invite_ends_after_72_hours(engine: Engine, after: timedelta, valid: bool) -> None:
    with transaction(engine) as session:
        token = invited(session)
        if valid:
            join(session, token, user_id=1, now=NOW + after)
        else:
            with pytest.raises(InviteInvalid):
                join(session, token, user_id=1, now=NOW + after)


def test_an_invite_ends_with_its_inviters_access(engine: Engine) -> None:
    with transaction(engine) as session:
        mia, max_ = staff(session, "Mia", Role.OWNER), staff(session, "Max", Role.MANAGER)
        token = invites.invite(session, role=Role.AGENT, by=max_, now=NOW)
        staff_verbs.revoke(session, staff=max_, by=mia, now=NOW)

        with pytest.raises(InviteInvalid):
            join(session, token, user_id=77)


def test_who_has_the_role_already_does_not_use_the_invite_up(engine: Engine) -> None:
    with transaction(engine) as session:
        mia = staff(session, "Mia", Role.OWNER, id=1)
        token = invited(session, Role.AGENT)

        again = join(session, token, user_id=1, name="Mia")
        bob = join(session, token, user_id=2)

        assert (again is mia, mia.role, bob.role) == (True, Role.OWNER, Role.AGENT)


def test_an_agent_is_promoted_by_an_invite_and_somebody_who_left_comes_back(engine: Engine) -> None:
    with transaction(engine) as session:
        mia, bob = staff(session, "Mia", Role.OWNER), staff(session, id=2)
        join(session, invited(session, Role.MANAGER), user_id=2)
        promoted = bob.role
        staff_verbs.revoke(session, staff=bob, by=mia, now=NOW)

        join(session, invited(session, Role.AGENT), user_id=2)

        assert (promoted, bob.role, bob.revoked_at, bob.on_duty) == (Role.MANAGER, Role.AGENT, None, True)


@pytest.mark.parametrize("by", [Role.AGENT, Role.MANAGER, Role.OWNER])
@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.OWNER])
def test_managers_and_owners_invite_up_to_their_own_role(engine: Engine, by: Role, role: Role) -> None:
    with transaction(engine) as session:
        inviter = staff(session, "Max", by)
        if by.includes(Role.MANAGER) and by.includes(role):
            invites.invite(session, role=role, by=inviter, now=NOW)
        else:
            with pytest.raises(NotAllowed) as refused:
                invites.invite(session, role=role, by=inviter, now=NOW)
            assert refused.value.facts == {"role": role if role == Role.OWNER else Role.MANAGER}


def test_a_colleague_is_found_by_username_name_or_number(engine: Engine) -> None:
    with transaction(engine) as session:
        bob = staff(session, "Bob Li", username="bobli")
        carol = staff(session, "张三")

        found = [staff_verbs.find(session, name=name) for name in ("@BobLi", "bob li", str(bob.id), "张三")]

        assert found == [bob, bob, bob, carol]


def test_of_two_with_one_name_the_username_decides_else_both_are_named(engine: Engine) -> None:
    with transaction(engine) as session:
        one, two = staff(session, "Bob", username="bob"), staff(session, "Bob")

        assert staff_verbs.find(session, name="@bob") is one
        with pytest.raises(NoSuchStaff) as refused:
            staff_verbs.find(session, name="Bob")
        assert refused.value.facts == {"name": "Bob", "staff": [one, two]}


def test_who_left_is_not_found(engine: Engine) -> None:
    with transaction(engine) as session:
        mia, bob = staff(session, "Mia", Role.OWNER), staff(session)
        staff_verbs.revoke(session, staff=bob, by=mia, now=NOW)

        for lookup in (
            lambda: staff_verbs.find(session, name="Bob"),
            lambda: staff_verbs.get(session, staff_id=bob.id),
            lambda: staff_verbs.get(session, staff_id=10**30),
        ):
            with pytest.raises(NoSuchStaff):
                lookup()
        assert staff_verbs.by_ids(session, ids=[bob.id, None]) == {
            bob.id: bob
        }  # what they wrote keeps its name


def test_the_team_is_listed_owners_first_and_those_on_duty_hear(engine: Engine) -> None:
    with transaction(engine) as session:
        bob, max_, mia = (
            staff(session),
            staff(session, "Max", Role.MANAGER),
            staff(session, "Mia", Role.OWNER),
        )

        changed = [staff_verbs.set_duty(session, staff=bob, on_duty=False, now=NOW) for _ in range(2)]

        assert staff_verbs.team(session) == [mia, max_, bob]
        assert staff_verbs.on_duty(session) == [max_, mia]
        assert (changed, [one[1] for one in trail(session, "staff")].count("off_duty")) == ([True, False], 1)


def test_leaving_ends_forms_and_returns_what_goes_on(engine: Engine) -> None:
    with transaction(engine) as session:
        mia, bob, ann = staff(session, "Mia", Role.OWNER), staff(session), customer(session)
        active, resolved, closed = (ticket(session, ann) for _ in range(3))
        for one in (active, resolved, closed):
            tickets.claim(session, ticket=one, by=bob, now=NOW)
        for one in (resolved, closed):
            tickets.resolve(session, ticket=one, by=bob, reason="", now=NOW)
        tickets.close(session, ticket=closed, actor=bob, now=NOW)
        forms.ask(
            session, chat_id=bob.chat_id, user_id=bob.user_id, form="answer", step="text", answers={}, now=NOW
        )

        returned = staff_verbs.revoke(session, staff=bob, by=mia, now=NOW)

        assert returned == [active]
        assert [one.assignee_id for one in (active, resolved, closed)] == [None, None, bob.id]
        assert forms.of_users(session, user_ids=[bob.user_id]) == []
        assert staff_verbs.by_user_id(session, user_id=bob.user_id) is None


@pytest.mark.parametrize("by", [Role.AGENT, Role.MANAGER])
def test_an_owner_is_removed_only_by_an_owner(engine: Engine, by: Role) -> None:
    with transaction(engine) as session:
        mia, other = staff(session, "Mia", Role.OWNER), staff(session, "Max", by)

        with pytest.raises(NotAllowed) as refused:
            staff_verbs.revoke(session, staff=mia, by=other, now=NOW)

        assert (refused.value.facts, mia.revoked_at) == ({"role": Role.OWNER}, None)


def test_the_last_owner_stays(engine: Engine) -> None:
    with transaction(engine) as session:
        mia, other = staff(session, "Mia", Role.OWNER), staff(session, "Moe", Role.OWNER)
        staff_verbs.revoke(session, staff=other, by=mia, now=NOW)

        with pytest.raises(LastOwner):
            staff_verbs.revoke(session, staff=mia, by=mia, now=NOW)

        assert mia.revoked_at is None
