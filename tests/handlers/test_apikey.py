"""An owner lets another system in, and shuts it out."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text

from crm_store.engine import transaction
from crm_store.exchange import keys
from crm_store.exchange.tables import ApiKey
from crm_store.mailbox import sent as outbox_sent
from crm_store.staff.roles import Role
from tests.talk import Person, Sent, Talk


@pytest.fixture
def olga(talk: Talk) -> Person:
    return talk.staff(1, "Olga", Role.OWNER)


def token(sent: Sent) -> str:
    found = re.search(r"<code>(zgk-[\w-]{43})</code>", sent.text)
    assert found is not None
    return found[1]


def opens(talk: Talk, token: str) -> str | None:
    """The system that this token lets in."""
    with transaction(talk.engine) as session:
        key = keys.of_token(session, token=token)
        return key.name if key else None


def test_an_owner_makes_a_key_whose_token_is_shown_once(talk: Talk, olga: Person) -> None:
    [made] = olga.say("/apikey web shop")

    assert made.text == (
        "🔑 The key of <b>web shop</b> is ready. It is shown this once: put it into that system now.\n\n"
        f"<code>{token(made)}</code>\n\n"
        "Each request carries <code>Authorization: Bearer KEY</code>. "
        "Once it is saved, tap the button: that wipes it from this chat."
    )
    assert (made.buttons, made.data) == (("✅ Saved, wipe it",), ("keys",))
    assert opens(talk, token(made)) == "web shop"


def test_saving_it_turns_the_message_into_the_list(talk: Talk, olga: Person) -> None:
    [made] = olga.say("/apikey web shop")

    [list_] = olga.tap(made.data[0])

    assert list_.method == "editMessageText"
    assert list_.text.startswith(
        "🔑 <b>API keys</b>\n• <b>web shop</b> (no. 1): made on 20 Nov 2026 by Olga, not used yet\n\nNew:"
    )
    assert (list_.buttons, list_.data) == (("Revoke web shop (no. 1)",), ("key_revoke:1",))


@pytest.mark.parametrize("said", ["/apikey web shop signed", "密钥 web shop 签名", "密钥：web shop Signed"])
def test_a_signed_key_comes_with_a_secret(talk: Talk, olga: Person, said: str) -> None:
    [made] = olga.say(said)

    with transaction(talk.engine) as session:
        key = keys.of_token(session, token=token(made))
        assert key is not None
        assert (key.name, key.signed) == ("web shop", True)
        assert f"<code>{keys.secret(key, token(made))}</code>" in made.text


def test_the_chinese_word_alone_lists_the_keys(talk: Talk) -> None:
    olga = talk.staff(1, "Olga", Role.OWNER, "zh-hans")

    [list_] = olga.say("密钥")

    assert "还没有密钥" in list_.text


def test_a_key_is_revoked_after_a_question_and_at_once(talk: Talk, olga: Person) -> None:
    first, second = (token(olga.say(f"/apikey {name}")[0]) for name in ("web shop", "till"))

    [question] = olga.tap("key_revoke:1")
    assert question.data == ("key_revoke_yes:1", "keys")
    assert opens(talk, first) == "web shop"
    [list_] = olga.tap(question.data[0])

    assert (opens(talk, first), opens(talk, second)) == (None, "till")
    assert "web shop" not in list_.text.replace("/apikey web shop", "")
    assert [one.params["text"] for one in talk.group.asides] == ["The key of web shop is revoked"]
    [gone] = olga.tap("key_revoke_yes:1")
    assert gone.text == "That key is gone already. /apikey lists those in use."


def test_a_name_that_is_none_is_refused_with_how_to_write_it(talk: Talk, olga: Person) -> None:
    [refused] = olga.say("/apikey <b>")

    assert refused.text == (
        '"&lt;b&gt;" cannot be a key\'s name. Start with a letter or digit; spaces, dots and dashes may '
        "follow, 40 characters at most: <code>/apikey web shop</code>."
    )
    with transaction(talk.engine) as session:
        assert session.scalars(select(ApiKey)).all() == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER])
def test_it_is_an_owners_command(talk: Talk, role: Role) -> None:
    bob = talk.staff(1, "Bob", role)

    [refused] = bob.say("/apikey web shop")

    assert refused.text == talk.render("refused/not_allowed.html.j2", role=Role.OWNER)


def test_a_sent_token_is_not_kept_in_the_outbox(engine: Engine) -> None:
    talk = Talk(engine)
    olga = talk.staff(1, "Olga", Role.OWNER)
    [made] = olga.say("/apikey web shop signed")
    told = token(made)

    with transaction(engine) as session:
        outbox_sent.mark_sent(session, sent=[(made.row.id, 5, datetime(2026, 11, 20, tzinfo=UTC))])

    with transaction(engine) as session:
        for table in ("outbox", "inbox", "audit", "api_key"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows
            assert not any(told in str(value) for row in rows for value in row), table
