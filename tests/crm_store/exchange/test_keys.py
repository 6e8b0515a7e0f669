"""API keys: shown once, kept as a hash, gone at once; signatures good once."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from crm_store.engine import transaction
from crm_store.exchange import keys, nonces
from crm_store.exchange.refusals import BadKeyName, NoSuchKey
from crm_store.exchange.tables import ApiNonce
from crm_store.refusals import NotAllowed
from crm_store.staff.roles import Role
from tests.crm_store.people import NOW, staff, trail

MINUTE = timedelta(minutes=1)


def test_a_key_opens_by_its_token_and_the_store_holds_only_its_hash(engine: Engine) -> None:
    with transaction(engine) as session:
        made = keys.make(session, name=" web   shop ", signed=False, by=_owner(session), now=NOW)

    with transaction(engine) as session:
        found = keys.of_token(session, token=made.token)
        assert found is not None
        assert (found.id, found.name, found.signed, made.secret) == (made.key.id, "web shop", False, None)
        assert keys.of_token(session, token=made.token + "x") is None
        row = session.execute(text("SELECT * FROM api_key")).one()
        assert not any(made.token in str(value) for value in row)
        assert made.token.startswith(keys.PREFIX)


def test_what_signs_is_made_of_token_and_salt_and_is_nowhere_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        made = keys.make(session, name="shop", signed=True, by=_owner(session), now=NOW)

    with transaction(engine) as session:
        found = keys.of_token(session, token=made.token)
        assert found is not None
        assert found.salt is not None
        expected = hmac.new(found.salt.encode(), made.token.encode(), hashlib.sha256).hexdigest()
        assert (found.signed, made.secret, keys.secret(found, made.token)) == (True, expected, expected)
        row = session.execute(text("SELECT * FROM api_key")).one()
        assert not any(expected in str(value) for value in row)


def test_a_revoked_key_opens_nothing_from_then_on(engine: Engine) -> None:
    with transaction(engine) as session:
        olga = _owner(session)
        first = keys.make(session, name="shop", signed=False, by=olga, now=NOW)
        second = keys.make(session, name="shop", signed=False, by=olga, now=NOW)

        keys.revoke(session, key_id=first.key.id, by=olga, now=NOW)

        assert keys.of_token(session, token=first.token) is None
        assert [one.id for one in keys.in_use(session)] == [second.key.id]
        for gone in (first.key.id, 0, 2**40):
            with pytest.raises(NoSuchKey):
                keys.revoke(session, key_id=gone, by=olga, now=NOW)
        name = f"staff:{olga.id}"
        assert trail(session, "api_key") == [
            (name, "key_made", None, {"name": "shop", "signed": False}),
            (name, "key_made", None, {"name": "shop", "signed": False}),
            (name, "key_revoked", {"name": "shop"}, None),
        ]


def test_only_owners_make_and_revoke_keys(engine: Engine) -> None:
    with transaction(engine) as session:
        olga, mary = _owner(session), staff(session, "Mary", Role.MANAGER)
        made = keys.make(session, name="shop", signed=False, by=olga, now=NOW)

        with pytest.raises(NotAllowed):
            keys.make(session, name="shop", signed=False, by=mary, now=NOW)
        with pytest.raises(NotAllowed):
            keys.revoke(session, key_id=made.key.id, by=mary, now=NOW)


@pytest.mark.parametrize("name", ["", "   ", "<b>", "-x", "a:b", "n" * 41, "a\u202eb"])
def test_a_name_is_words(sqlite: Engine, name: str) -> None:
    with transaction(sqlite) as session, pytest.raises(BadKeyName):
        keys.make(session, name=name, signed=False, by=_owner(session), now=NOW)


def test_a_name_may_be_chinese(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        made = keys.make(session, name="天猫旗舰店 2", signed=False, by=_owner(session), now=NOW)

    assert made.key.name == "天猫旗舰店 2"


def test_the_last_use_is_noted_to_the_minute(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        key = keys.make(session, name="shop", signed=False, by=_owner(session), now=NOW).key
        seen = []
        for seconds in (0, 59, 60):
            keys.note_use(session, key=key, now=NOW + timedelta(seconds=seconds))
            seen.append(key.last_used_at)

    assert seen == [NOW, NOW, NOW + MINUTE]


def test_a_nonce_is_good_once_and_forgotten_when_it_could_not_be_timely(engine: Engine) -> None:
    with transaction(engine) as session:
        olga = _owner(session)
        one, other = (keys.make(session, name="shop", signed=True, by=olga, now=NOW).key.id for _ in "ab")

        assert nonces.take(session, key_id=one, nonce="n1", now=NOW) is True
        assert nonces.take(session, key_id=one, nonce="n1", now=NOW + 10 * MINUTE) is False
        assert nonces.take(session, key_id=other, nonce="n1", now=NOW) is True
        assert nonces.take(session, key_id=one, nonce="n2", now=NOW + 11 * MINUTE) is True
        assert list(session.scalars(select(ApiNonce.nonce))) == ["n2"]  # type: ignore[call-overload]


def test_a_clock_may_be_five_minutes_off() -> None:
    timely = [nonces.is_timely(NOW + off, now=NOW) for off in (-5 * MINUTE, 5 * MINUTE)]
    late = [nonces.is_timely(NOW + off, now=NOW) for off in (-5.1 * MINUTE, 5.1 * MINUTE)]

    assert (timely, late) == ([True, True], [False, False])


def _owner(session):  # type: ignore[no-untyped-def]
    return staff(session, "Olga", Role.OWNER)
