"""Invites: single-use links by which staff join. Only a hash of the token is kept."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from crm_store.refusals import InviteInvalid, NotAllowed
from crm_store.secrets import token_hash
from crm_store.staff import audit
from crm_store.staff.roles import Role
from crm_store.staff.tables import Invite, Staff

LIFETIME = timedelta(hours=72)
PREFIX = "join-"
"""Tells an invite from a customer's deep link; Telegram allows A-Z a-z 0-9 _ - and 64 characters."""


def invite(session: Session, *, role: Role, by: Staff | None, now: datetime) -> str:
    """A fresh token for one person to join as ``role``; ``by`` is None on the command line.

    Raises NotAllowed: only managers and owners invite, and nobody invites above their own role.
    """
    if role == Role.CUSTOMER:
        raise ValueError("customers need no invite")
    if by is not None and not (by.role.includes(Role.MANAGER) and by.role.includes(role)):
        raise NotAllowed(role=max(Role.MANAGER, role, key=list(Role).index))
    token = PREFIX + secrets.token_urlsafe(24)
    row = Invite(
        token_hash=token_hash(token),
        role=role,
        invited_by=by.id if by else None,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=by or "cli",
        action="invited",
        entity="invite",
        entity_id=row.id,
        now=now,
        after={"role": role},
    )
    return token


def accept(
    session: Session,
    *,
    token: str,
    user_id: int,
    chat_id: int,
    name: str,
    username: str | None,
    language: str,
    now: datetime,
) -> Staff:
    """Join with a token, once. Whoever was staff before keeps the higher of both roles.

    Somebody who has the role already (an inviter who tries the link) leaves it for whom it is meant.
    Raises InviteInvalid: used, expired, withdrawn with its inviter's access, or never made.
    """
    row = session.scalars(
        select(Invite).where(col(Invite.token_hash) == token_hash(token)).with_for_update()
    ).first()
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise InviteInvalid
    inviter = session.get(Staff, row.invited_by) if row.invited_by else None
    if inviter is not None and inviter.revoked_at is not None:
        raise InviteInvalid
    staff = session.scalars(select(Staff).where(col(Staff.user_id) == user_id)).first()
    if staff is not None and staff.revoked_at is None and staff.role.includes(row.role):
        return staff
    if staff is None:
        staff = Staff(
            user_id=user_id,
            chat_id=chat_id,
            name=name,
            username=username,
            role=row.role,
            language=language,
            joined_at=now,
        )
    else:
        staff.role, staff.revoked_at, staff.on_duty, staff.chat_id = row.role, None, True, chat_id
    session.add(staff)
    session.flush()
    row.used_at, row.used_by = now, staff.id
    session.add(row)
    audit.record(
        session,
        actor=staff,
        action="joined",
        entity="staff",
        entity_id=staff.id,
        now=now,
        after={"role": staff.role, "invite": row.id},
    )
    return staff
