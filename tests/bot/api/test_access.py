"""Who is let in: keys, signatures, limits; and what everybody else is told."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from bot.api import routes, signing
from bot.api.limits import BURST_SECONDS, Limits
from bot.api.routes import STRANGERS_PER_SECOND
from bot.web import MAX_BODY_BYTES
from crm_store.customers.tables import Customer, Event
from crm_store.engine import transaction
from crm_store.exchange import keys
from crm_store.exchange.tables import ApiNonce
from tests.bot.api.shop import Answer, Call, Shop, owner

TOLD = {"external_id": "u-1", "name": 'Ann <3 & "张"'}
EVENT = {"external_id": "e-1", "kind": "view", "at": "2026-11-18T23:59:59+08:00"}
NONCE = "n0nce-of-sixteen-or-more"


@pytest.fixture
def shop(sqlite: Engine) -> Shop:
    return Shop(sqlite)


@pytest.fixture
def signer(sqlite: Engine) -> Shop:
    return Shop(sqlite, signed=True)


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["error"]["code"]


# keys


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer zgk-of-nobody", "Basic eDp5", "Bearer a b", "Bearer " + "x" * 300, "zgk"]
)
@pytest.mark.parametrize(
    "path", ["/customers", "/orders", "/events", "/orders/O1", "/customers?external_id=1"]
)
def test_nobody_comes_in_without_a_key(shop: Shop, path: str, header: str) -> None:
    is_post = "/" not in path[1:] and "?" not in path
    call = Call("POST" if is_post else "GET", path, TOLD if is_post else None, {"Authorization": header})

    [answer] = shop.calls(call)

    assert refused(answer) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert shop.count(Customer) == [0]


def test_a_revoked_key_is_shut_out_at_once(shop: Shop) -> None:
    assert shop.post("/customers", TOLD).status == 201
    with transaction(shop.engine) as session:
        keys.revoke(session, key_id=shop.made.key.id, by=owner(session), now=datetime.now(UTC))

    assert refused(shop.get("/customers/C1")) == (401, "unauthorized")


def test_when_a_key_was_used_last_is_noted(shop: Shop) -> None:
    shop.get("/customers/C1")

    with transaction(shop.engine) as session:
        [key] = keys.in_use(session)
        assert key.last_used_at is not None


def test_who_is_not_let_in_is_logged_without_what_they_sent(shop: Shop) -> None:
    with capture_logs() as logged:
        shop.post("/customers", TOLD | {"name": "a secret name"}, Authorization="Bearer zgk-of-nobody")

    assert logged == [
        {
            "event": "a request was not let in",
            "action": "api_unauthorized",
            "reason": "This key opens nothing: it was revoked, or never was.",
            "method": "POST",
            "path": "/api/v1/customers",
            "log_level": "warning",
        }
    ]


def test_a_request_without_a_key_is_logged_too_but_does_not_fill_the_log(sqlite: Engine) -> None:
    busy = Shop(sqlite, per_second=1)
    scan = Call("POST", "/orders", TOLD, {"Authorization": ""})

    with capture_logs() as logged:
        answers = busy.calls(*[scan] * 60)

    statuses = [one.status for one in answers]
    assert statuses.count(401) == len(logged) < 40
    assert {one["reason"] for one in logged} == {"Authorization: Bearer KEY is missing."}
    assert statuses[-1] == 429


def test_a_body_that_is_dribbled_in_is_not_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "READ_SECONDS", 0.2)

    async def dribble() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    began = time.monotonic()
    answer = shop.post("/customers", dribble())

    assert refused(answer) == (408, "too_slow")
    assert time.monotonic() - began < 4


# signatures


def test_a_signed_request_is_taken(signer: Shop) -> None:
    headers = signer.signature("POST", "/customers", TOLD, nonce=NONCE)

    assert signer.post("/customers", TOLD, **headers).status == 201


def test_a_request_for_something_is_signed_with_its_query(signer: Shop) -> None:
    path = "/customers?external_id=u%201"

    assert signer.get(path, **signer.signature("GET", path, nonce=NONCE)).status == 404
    assert refused(signer.get(path, **signer.signature("GET", "/customers", nonce=NONCE + "2"))) == (
        401,
        "unauthorized",
    )


def test_a_replayed_request_is_refused_and_writes_nothing(signer: Shop) -> None:
    headers = signer.signature("POST", "/events", EVENT, nonce=NONCE)
    assert signer.post("/events", EVENT, **headers).status == 201
    assert signer.count(Event, ApiNonce) == [1, 1]

    replayed = signer.post("/events", EVENT, **headers)

    assert refused(replayed) == (401, "unauthorized")
    assert signer.count(Event, ApiNonce) == [1, 1]


def test_a_replay_of_what_was_refused_for_its_content_is_refused_too(signer: Shop) -> None:
    wrong = TOLD | {"phone": "1"}
    headers = signer.signature("POST", "/customers", wrong, nonce=NONCE)

    answers = [signer.post("/customers", wrong, **headers).status for _ in range(2)]

    assert answers == [422, 401]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"body": TOLD | {"name": "Eve"}}, id="another body"),
        pytest.param({"path": "/events"}, id="another path"),
        pytest.param({"late": 301}, id="six minutes old"),
        pytest.param({"late": -301}, id="from the future"),
        pytest.param({"headers": {signing.SIGNATURE: ""}}, id="unsigned"),
        pytest.param({"headers": {signing.SIGNATURE: "0" * 64}}, id="another signature"),
        pytest.param({"headers": {signing.SIGNATURE: "é"}}, id="no signature"),
        pytest.param({"headers": {signing.TIMESTAMP: "soon"}}, id="no time"),
        pytest.param({"headers": {signing.TIMESTAMP: "99999999999"}}, id="far future"),
        pytest.param({"headers": {signing.NONCE: "short"}}, id="short nonce"),
        pytest.param({"headers": {signing.NONCE: NONCE + "x"}}, id="another nonce"),
    ],
)
def test_a_request_that_was_changed_or_is_late_is_refused_and_writes_nothing(
    signer: Shop, change: dict[str, Any]
) -> None:
    headers = signer.signature("POST", "/customers", TOLD, nonce=NONCE, late=change.get("late", 0))

    answer = signer.post(
        change.get("path", "/customers"), change.get("body", TOLD), **headers | change.get("headers", {})
    )

    assert refused(answer) == (401, "unauthorized")
    assert signer.count(Customer, Event, ApiNonce) == [0, 0, 0]


def test_the_signature_of_one_key_opens_nothing_with_another(signer: Shop) -> None:
    other = Shop(signer.engine, name="till", signed=True)

    answer = other.post("/customers", TOLD, **signer.signature("POST", "/customers", TOLD, nonce=NONCE))

    assert refused(answer) == (401, "unauthorized")


def test_the_signature_is_that_of_any_hmac_tool() -> None:
    made = signing.signature(
        "0a1b", method="POST", target="/api/v1/events", timestamp="1700000000", nonce=NONCE, body=b"{}"
    )

    # printf 'POST\n/api/v1/events\n1700000000\nn0nce-of-sixteen-or-more\n%s' \
    #   "$(printf '{}' | sha256sum | cut -d' ' -f1)" | openssl dgst -sha256 -hmac 0a1b
    assert made == "59be2f994cc9eb78e97bed03ce2109118cbe3777ea7810007434cb0646ba3703"


# shapes


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"no JSON", {}, (400, "not_json")),
        (b"", {}, (400, "not_json")),
        (b"\xff\xfe", {}, (400, "not_json")),
        (b"[" * 10_000, {}, (400, "not_json")),
        (b'{"name": "\\ud800"}', {}, (400, "not_json")),
        (b"[]", {}, (422, "invalid")),
        (b'"text"', {}, (422, "invalid")),
        (b"null", {}, (422, "invalid")),
        (b"{}", {"Content-Type": "text/plain"}, (415, "not_json_type")),
        (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, (415, "not_json_type")),
        (b"{" + b" " * MAX_BODY_BYTES + b"}", {}, (413, "too_large")),
    ],
    ids=[
        "text",
        "nothing",
        "bytes",
        "deep",
        "half a letter",
        "list",
        "string",
        "null",
        "plain",
        "form",
        "large",
    ],
)
@pytest.mark.parametrize("path", ["/customers", "/orders", "/events"])
def test_a_body_that_is_not_what_it_should_be_is_refused_in_json(
    shop: Shop, path: str, body: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    [answer] = shop.calls(Call("POST", path, body, headers))

    assert refused(answer) == expected


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/orders", 405),
        ("PUT", "/customers/C1", 405),
        ("POST", "/openapi.json", 405),
        ("GET", "/invoices", 404),
        ("GET", "/orders/7", 404),
        ("GET", "/orders/O99999999999999999999", 404),
        ("GET", "/events/99999999999999999999", 404),
        ("GET", "/orders/O%00", 404),
        ("GET", "/orders", 422),
        ("GET", "/orders?external_id=", 422),
        ("GET", "/orders?external_id=%00", 422),
        ("GET", "/events?external_id=" + "x" * 129, 422),
    ],
)
def test_every_refusal_is_json(shop: Shop, method: str, path: str, status: int) -> None:
    [answer] = shop.calls(Call(method, path))

    assert answer.status == status
    assert answer.body["error"]["message"]


def test_what_is_wrong_with_two_hundred_fields_is_told_of_twenty(shop: Shop) -> None:
    answer = shop.post("/customers", TOLD | {f"x{n}": n for n in range(200)})

    assert (answer.status, len(answer.fields)) == (422, 20)


# events


def test_a_batch_is_kept_once_and_counted(shop: Shop) -> None:
    batch = {"events": [EVENT | {"external_id": f"e-{n}"} for n in range(500)]}

    first = shop.post("/events", batch)
    again = shop.post("/events", {"events": [*batch["events"][1:], EVENT | {"external_id": "new"}]})

    assert (first.status, first.body["new"], first.body["known"]) == (201, 500, 0)
    assert (again.status, again.body["new"], again.body["known"]) == (201, 1, 499)
    assert first.body["events"][0] == {"id": 1, "external_id": "e-0", "new": True, "customer": None}
    assert shop.count(Event) == [501]


def test_a_batch_with_one_that_is_wrong_is_refused_whole(shop: Shop) -> None:
    events = [EVENT, EVENT | {"external_id": "e-2", "at": "yesterday"}]

    answer = shop.post("/events", {"events": events})
    many = shop.post("/events", {"events": [EVENT] * 501})

    assert (answer.status, list(answer.fields)) == (422, ["events[1].at"])
    assert (many.status, many.fields["events"][0]) == (422, "has 501 entries")
    assert shop.count(Event) == [0]


def test_an_event_is_read_again_by_both_numbers_as_it_was_told(shop: Shop) -> None:
    data = {"page": 'Ann <3 & "张"', "seconds": 12.5, "paid": False, "none": None}
    told = EVENT | {"data": data, "subject": "K-1", "session": "s 1", "customer_external_id": "u-1"}
    shop.post("/events", told)

    by_theirs, by_ours = shop.get("/events?external_id=e-1").body, shop.get("/events/1").body

    assert by_theirs == by_ours
    assert by_ours["at"] == "2026-11-18T15:59:59Z"
    assert {name: by_ours[name] for name in ("external_id", "kind", "subject", "session", "data")} == {
        name: told[name] for name in ("external_id", "kind", "subject", "session", "data")
    }
    assert (by_ours["customer"], by_ours["customer_external_id"]) == (None, "u-1")


@pytest.mark.parametrize("raw", ["NaN", "Infinity", "1e999", "-1e300", "9007199254740993", "[1]", '{"a":1}'])
def test_what_no_store_keeps_exactly_is_refused(shop: Shop, raw: str) -> None:
    body = json.dumps(EVENT)[:-1] + ', "data": {"x": ' + raw + "}}"

    [answer] = shop.calls(Call("POST", "/events", body.encode()))

    assert (answer.status, list(answer.fields)) == (422, ["data.x"])


# limits


def test_a_key_that_asks_too_often_is_told_to_wait_and_others_are_not(sqlite: Engine) -> None:
    mad = Shop(sqlite, per_second=1)

    answers = mad.calls(*[Call("GET", "/customers/C1")] * 12)

    statuses = [one.status for one in answers]
    assert statuses.count(404) == 1 + BURST_SECONDS  # one as a stranger, then a burst
    assert set(statuses) == {404, 429}
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 1 + 1
    assert refused(answers[-1]) == (429, "too_many")


def test_guessing_keys_is_slow_and_shuts_out_nobody_who_has_one(sqlite: Engine) -> None:
    shop = Shop(sqlite, per_second=10)
    guesses = [Call("GET", "/orders/O1", headers={"Authorization": f"Bearer zgk-{n}"}) for n in range(40)]

    answers = shop.calls(Call("GET", "/orders/O1"), *guesses, Call("GET", "/orders/O1"))

    statuses = [one.status for one in answers]
    assert statuses[1:-1].count(401) <= STRANGERS_PER_SECOND * (BURST_SECONDS + 1)
    assert 429 in statuses
    assert (statuses[0], statuses[-1]) == (404, 404)


def test_a_bucket_fills_again_with_time() -> None:
    limits = Limits(2)
    burst = int(2 * BURST_SECONDS)

    taken = [limits.take("a", 0.0) for _ in range(burst + 1)]

    assert taken == [0] * burst + [1]
    assert [limits.take(who, at) for who, at in (("b", 0.0), ("a", 0.4), ("a", 0.6), ("a", 0.7))] == [
        0,
        1,
        0,
        1,
    ]
    assert Limits(0).take("a", 0.0) == 0


def test_who_asks_too_often_is_not_even_read(sqlite: Engine) -> None:
    mad = Shop(sqlite, per_second=1)
    large = Call("POST", "/events", b"[" + b" " * MAX_BODY_BYTES)

    answers = mad.calls(Call("GET", "/orders/O1"), *[large] * 7)

    statuses = [one.status for one in answers]
    assert statuses == [404] + [413] * int(BURST_SECONDS) + [429] * 2


# the store


def test_while_the_store_is_down_nothing_is_lost_and_nobody_is_lied_to(shop: Shop) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("ALTER TABLE customer RENAME TO elsewhere"))

    answer = shop.post("/customers", TOLD)

    assert refused(answer) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    with shop.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO customer"))
    assert shop.post("/customers", TOLD).status == 201


def test_a_crowd_of_requests_leaves_the_writer_to_the_chat_between_two(shop: Shop) -> None:
    began = time.monotonic()

    answers = shop.calls(*[Call("POST", "/events", EVENT)] * 100, at_once=True)

    assert {one.status for one in answers} == {200, 201}
    assert shop.count(Event) == [1]
    assert time.monotonic() - began < 30
