"""/api/v1: orders, customers and events in, and back what became of them. One unit of work a request."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from bot.api import signing, views
from bot.api.errors import Problem, WrongField, busy, not_found, of_rejected, of_validation, unauthorized
from bot.api.kinds import Id
from bot.api.limits import Limits
from bot.api.models import CustomerTold, EventsTold, EventTold, OrderTold
from bot.api.openapi import document
from bot.writer import Writer
from crm_store.customers import customers
from crm_store.exchange import events, keys, refs, turns
from crm_store.mailbox.wake import OUTBOX, wake
from crm_store.refusals import NoSuchCustomer
from crm_store.sales.tables import Order
from crm_store.secrets import token_hash
from handlers.intake import happenings, people, purchases
from handlers.intake.teller import Teller
from handlers.intake.told import Outcome, Rejected
from handlers.voice import Voice

PREFIX = "/api/v1"
ATTEMPTS = 3
"""When another process changed the same rows meanwhile (PostgreSQL)."""

STRANGERS_PER_SECOND = 5.0
"""Requests with tokens that opened nothing before, all together: guessing costs the store nothing."""

MOST_KNOWN = 1000

READ_SECONDS = 30.0
"""For a body to arrive: who dribbles it in holds memory here."""

_BEARER = re.compile(r"^Bearer +([A-Za-z0-9._~+/=-]{1,200})$", re.ASCII)
_ID = TypeAdapter(Id)

M = TypeVar("M", bound=BaseModel)
Answer = tuple[int, BaseModel]
Work = Callable[[Session, Teller], Answer]

log = structlog.get_logger()


class Api:
    """``per_second`` is how many requests each key may make, 0 any number; ``queued`` is called after a
    commit that may have brought messages to send."""

    def __init__(
        self, writer: Writer, *, voice: Voice, queued: Callable[[], None], per_second: float
    ) -> None:
        self._writer = writer
        self._voice = voice
        self._queued = queued
        self._limits = Limits(per_second)
        self._strangers = Limits(STRANGERS_PER_SECOND if per_second else 0)
        self._known: set[str] = set()
        self._turn = asyncio.Semaphore(1)
        self._document = document()

    def application(self) -> web.Application:
        """To be mounted at ``PREFIX``."""
        app = web.Application(middlewares=[_as_json])
        app.router.add_get("/openapi.json", self.openapi, allow_head=False)
        for path, post, get in (
            ("customers", self.post_customer, self.get_customer),
            ("orders", self.post_order, self.get_order),
            ("events", self.post_event, self.get_event),
        ):
            app.router.add_post(f"/{path}", post)
            app.router.add_get(f"/{path}", get, allow_head=False)
            app.router.add_get(f"/{path}/{{number}}", get, allow_head=False)
        return app

    async def openapi(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._document, content_type="application/json")

    async def post_customer(self, request: web.Request) -> web.Response:
        body = await self._enter(request)

        def keep(session: Session, teller: Teller) -> Answer:
            told = _read(CustomerTold, body)
            customer, outcome = people.keep(session, teller, told.telling())
            shown = views.customer(session, customer, system=teller.system)
            return _status(outcome), views.CustomerKept(outcome=outcome, customer=shown)

        return await self._answer(request, body, keep)

    async def post_order(self, request: web.Request) -> web.Response:
        body = await self._enter(request)

        def keep(session: Session, teller: Teller) -> Answer:
            told = _read(OrderTold, body).telling(currency=teller.voice.desk.currency)
            order, outcome = purchases.keep(session, teller, told)
            wake(session, OUTBOX)
            shown = views.order(session, order, system=teller.system)
            return _status(outcome), views.OrderKept(outcome=outcome, order=shown)

        return await self._answer(request, body, keep)

    async def post_event(self, request: web.Request) -> web.Response:
        """One, or a batch."""
        body = await self._enter(request)

        def keep(session: Session, teller: Teller) -> Answer:
            kept = happenings.keep(session, teller, [one.telling() for one in _read_events(body)])
            answer = views.events(kept)
            return 201 if answer.new else 200, answer

        return await self._answer(request, body, keep)

    async def get_customer(self, request: web.Request) -> web.Response:
        body = await self._enter(request)

        def look(session: Session, teller: Teller) -> Answer:
            found = _find(session, teller, request, refs.CUSTOMER, "C")
            customer = customers.get(session, customer_id=found)
            return 200, views.customer(session, customer, system=teller.system)

        return await self._answer(request, body, look)

    async def get_order(self, request: web.Request) -> web.Response:
        body = await self._enter(request)

        def look(session: Session, teller: Teller) -> Answer:
            order = session.get(Order, _find(session, teller, request, refs.ORDER, "O"))
            assert order is not None
            return 200, views.order(session, order, system=teller.system)

        return await self._answer(request, body, look)

    async def get_event(self, request: web.Request) -> web.Response:
        body = await self._enter(request)

        def look(session: Session, teller: Teller) -> Answer:
            number = request.match_info.get("number")
            if number is None:
                theirs = _asked_for(request)
                event = events.by_external_id(session, source=teller.system, external_id=theirs)
            else:
                id = int(number) if re.fullmatch("[0-9]{1,18}", number, re.ASCII) else 0
                event = events.get(session, source=teller.system, event_id=id)
            if event is None:
                raise not_found("event")
            return 200, views.event(event)

        return await self._answer(request, body, look)

    async def _enter(self, request: web.Request) -> bytes:
        """The body, read only of who has something like a key and does not ask too often. Raises Problem
        (401, 408, 415, 429), HTTPRequestEntityTooLarge."""
        self._limit(request)
        if request.method != "POST":
            return b""
        if request.content_type != "application/json" or request.headers.get("Content-Encoding"):
            raise Problem(415, "not_json_type", "Send Content-Type: application/json, not encoded.")
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await request.read()
        except TimeoutError:
            raise Problem(
                408, "too_slow", f"The body did not come within {READ_SECONDS:.0f} seconds."
            ) from None

    async def _answer(self, request: web.Request, body: bytes, work: Work) -> web.Response:
        """Let the key in, do the work in one commit, say what came of it. Raises Problem."""
        token = _token(request)
        signed = signing.Request(request.method, request.raw_path, request.headers, body)
        status, answer = await self._run(token, signed, work)
        self._queued()
        return web.Response(
            body=answer.model_dump_json().encode(), status=status, content_type="application/json"
        )

    def _limit(self, request: web.Request) -> None:
        """Raises Problem (401, 429). Tokens are kept as their hashes, here as in the store."""
        now = time.monotonic()
        try:
            hashed = token_hash(_token(request))
        except Problem:
            _wait(self._strangers.take("without a key", now))  # each is logged: not so many that logs fill
            raise
        is_known = hashed in self._known
        _wait(self._limits.take(hashed, now) if is_known else self._strangers.take("all", now))

    async def _run(self, token: str, request: signing.Request, work: Work) -> Answer:
        """One request at a time goes to the writer: between two of them a conversation has its turn."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._turn:
                    answer = await self._writer.run(
                        self._unit, token=token, request=request, work=work, now=datetime.now(UTC)
                    )
            except (IntegrityError, StaleDataError):
                if attempt == ATTEMPTS:
                    raise busy() from None
            except (SQLAlchemyError, DBAPIError):
                log.exception("the store took no request", action="api_store_failed")
                raise busy() from None
            else:
                break
        if not isinstance(answer, Problem) or answer.status != 401:
            self._know(token)
        if isinstance(answer, Problem):
            raise answer
        return answer

    def _know(self, token: str) -> None:
        """This one opens something: it has a limit of its own."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known.add(token_hash(token))

    def _unit(
        self, session: Session, *, token: str, request: signing.Request, work: Work, now: datetime
    ) -> Answer | Problem:
        """A request that is refused leaves no trace but that its signature was used."""
        key = keys.of_token(session, token=token)
        if key is None:
            return unauthorized("This key opens nothing: it was revoked, or never was.")
        try:
            if key.signed:
                signing.check(session, key=key, token=token, request=request, now=now)
            keys.note_use(session, key=key, now=now)
            with session.begin_nested():
                if request.method == "POST":
                    turns.take(session)
                return work(session, Teller(key, self._voice, now))
        except Rejected as rejected:
            return of_rejected(rejected)
        except Problem as problem:
            return problem


@web.middleware
async def _as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every answer is JSON, also of what is refused before a handler sees it."""
    try:
        return await handler(request)
    except Problem as problem:
        if problem.status == 401:
            place = request.match_info.route.resource
            log.warning(
                "a request was not let in",
                action="api_unauthorized",
                reason=problem.answer.error.message,
                method=request.method,
                path=place.canonical if place else "",
            )
        return _response(problem)
    except web.HTTPRequestEntityTooLarge:
        return _response(Problem(413, "too_large", "The body is over a megabyte: send less at once."))
    except web.HTTPMethodNotAllowed as refused:
        allowed = ", ".join(sorted(refused.allowed_methods))
        return _response(Problem(405, "no_such_method", f"Here it is {allowed}.", headers={"Allow": allowed}))
    except web.HTTPNotFound:
        return _response(Problem(404, "not_found", f"There is nothing here: see {PREFIX}/openapi.json."))
    except web.HTTPException:
        raise
    except Exception:
        log.exception("a request failed", action="api_failed")
        return _response(Problem(500, "failed", "Something went wrong here; nothing was kept."))


def _response(problem: Problem) -> web.Response:
    return web.Response(
        body=problem.answer.model_dump_json().encode(),
        status=problem.status,
        headers=problem.headers,
        content_type="application/json",
    )


def _wait(seconds: int) -> None:
    """Raises Problem (429), unless it is 0."""
    if seconds:
        headers = {"Retry-After": str(seconds)}
        raise Problem(429, "too_many", "Too many requests: wait a little.", headers=headers)


def _token(request: web.Request) -> str:
    found = _BEARER.match(request.headers.get("Authorization", ""))
    if found is None:
        raise unauthorized("Authorization: Bearer KEY is missing.")
    return found[1]


def _read(model: type[M], body: bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise of_validation(error) from None


def _read_events(body: bytes) -> list[EventTold]:
    """Which of both it is is told by ``events``, so that what is wrong is told of that one."""
    try:
        is_batch = "events" in from_json(body)
    except (ValueError, TypeError):
        is_batch = False
    return _read(EventsTold, body).events if is_batch else [_read(EventTold, body)]


def _find(session: Session, teller: Teller, request: web.Request, entity: str, letter: str) -> int:
    """Our id of what is asked for, if this system told of it. Raises Problem (404, 422)."""
    number = request.match_info.get("number")
    if number is None:
        theirs = _asked_for(request)
        found = refs.find(session, system=teller.system, entity=entity, external_id=theirs)
    else:
        numbered = re.fullmatch(f"{letter}([0-9]{{1,9}})", number, re.ASCII)
        id = _present(session, entity, int(numbered[1])) if numbered else 0
        known = refs.of(session, entity=entity, entity_id=id)
        found = id if any(one.system == teller.system for one in known) else None
    if found is None:
        raise not_found(entity)
    return found


def _present(session: Session, entity: str, id: int) -> int:
    """Of a customer who was merged, the one who took them in."""
    try:
        return customers.get(session, customer_id=id).id if entity == refs.CUSTOMER else id
    except NoSuchCustomer:
        return 0


def _asked_for(request: web.Request) -> str:
    """The query's ``external_id``. Raises Problem (422)."""
    given = request.query.get("external_id")
    try:
        return _ID.validate_python(given)
    except ValidationError:
        wrong = "is missing" if given is None else "cannot be this"
        field = WrongField(path="external_id", wrong=wrong, expected="your number of it, as you told it")
        raise Problem(
            422, "invalid", "Ask by ?external_id=, or by our number in the path.", [field]
        ) from None


def _status(outcome: Outcome) -> int:
    return 201 if outcome == Outcome.CREATED else 200
