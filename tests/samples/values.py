"""What each variable of the templates can hold, and ``samples``: whole sets of values for one template."""

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

from crm_store.service.conversation import Outcome
from crm_store.service.states import STAFF_EVENTS, Event, Kind, allowed
from crm_store.staff import invites
from crm_store.staff.roles import Role
from handlers.agent import folding, queue
from handlers.agent.receipts import Lost
from handlers.help import available, grouped, line_of
from tests.samples import (
    campaigns,
    cards,
    doubles,
    exchange,
    goods,
    models,
    outcomes,
    records,
    reports,
    sales,
    segments,
    targets,
    turnover,
    warnings,
)
from tests.samples.numbers import BACKLOGS, BEFORE, DAY, SUMMARIES, TALKS
from tests.samples.rows import (
    ANN,
    BARE_MESSAGES,
    BOB,
    CUSTOMERS,
    ENTRIES,
    FILES,
    MESSAGES,
    PHOTO,
    STAFF,
    TICKETS,
    WORDS,
    ago,
)
from tests.talk import WORDS as TEXTS

Values = dict[str, Any]
MOST = 300
"""Sets of values for one template; of more, so many are picked at random, always the same."""

EITHER = [True, False]
COUNTS = [0, 1, 2, 30]

VALUES: dict[str, list[Any]] = {
    "allowed": [[]],
    "amended": EITHER,
    "asked": EITHER,
    "assignee": [None, *STAFF],
    "backlog": BACKLOGS,
    "before": ["", WORDS],
    "by": STAFF,
    "by_chance": EITHER,
    "closed": EITHER,
    "command": ["claim"],
    "comment": [WORDS],
    "count": COUNTS,
    "customer": CUSTOMERS,
    "entries": [[], ENTRIES],
    "entry": ENTRIES,
    "event": list(STAFF_EVENTS),
    "brought": [0, 1, 1200],
    "files": [[]],
    "fresh": EITHER,
    "html": ["It is <b>on its way</b>, 张 &amp; co"],
    "in_hours": EITHER,
    "is_open": EITHER,
    "kind": list(Kind),
    "left": [[], [BOB], [BOB, "Carol", "Dan"]],
    "lifetime": [invites.LIFETIME],
    "lines": [[], [queue.Line(one, CUSTOMERS[0], WORDS if one.id % 2 else "") for one in TICKETS]],
    "longest": [20],
    "me": STAFF,
    "message": MESSAGES,
    "messages": [MESSAGES],
    "most": [10],
    "name": [ANN],
    "number": ["T12"],
    "offered": EITHER,
    "older": EITHER,
    "on_duty": EITHER,
    "open_tickets": COUNTS,
    "opens_at": [None, ago(days=-2)],
    "outcome": list(Outcome),
    "own": COUNTS,
    "planned": [None, ago(hours=5)],
    "reason": list(TEXTS.labels("en", "undelivered")),
    "replies": EITHER,
    "returned": [[], TICKETS[:1], TICKETS[:3]],
    "role": [role for role in Role if role != Role.CUSTOMER],
    "said": ["", "Forbidden: <reason>"],
    "score": [1, 5],
    "shortened": EITHER,
    "so_far": EITHER,
    "staff": STAFF,
    "summary": SUMMARIES,
    "tags": [[], ["vip"], ["vip", "<gift>"]],
    "team": [[(one, load) for load, one in enumerate(STAFF)]],
    "text": ["", WORDS],
    "ticket": TICKETS,
    "tickets": [[], TICKETS],
    "typed": [WORDS],
    "waiting": COUNTS,
    "who": STAFF,
    "words": [WORDS],
    **records.VALUES,
    **sales.VALUES,
    **exchange.VALUES,
    **reports.VALUES,
    **campaigns.VALUES,
    **goods.VALUES,
    **models.VALUES,
    **segments.VALUES,
}
"""By name, where no template asks for something else."""


def _help(role: Role) -> Values:
    found = available(role)
    return {"lines": [line_of(one) for one in found], "groups": grouped(found)}


_FOLDED = [folding.Line(one, CUSTOMERS[0], one.id) for one in TICKETS]
_LOST = [Lost(ANN, WORDS), Lost(BOB, "")]

FITTING: dict[str, list[Values]] = {
    "agent/dead/notice": [
        {"name": name, "text": text, "number": 7} for name in ("", ANN) for text in ("", WORDS)
    ],
    "agent/help/group": [{"group": group, "lines": lines} for group, lines in _help(Role.OWNER)["groups"]],
    "agent/help/help": [_help(Role.AGENT), _help(Role.OWNER)],
    "agent/notice/customer_wrote": [
        {"message": message, "files": files, "ticket": ticket}
        for ticket in TICKETS
        for message, files in ((MESSAGES[0], []), *((one, []) for one in BARE_MESSAGES), (PHOTO, FILES))
    ],
    "agent/notice/taken_over": [{"assignee": one} for one in STAFF],
    "agent/notice/folded": [
        {"lines": _FOLDED[:1], "tickets": 1, "count": 4},
        {"lines": _FOLDED, "tickets": 8, "count": 36},
        {"lines": _FOLDED, "tickets": 12, "count": 40},
    ],
    "agent/pick/which": [{"waiting": [WORDS]}, {"waiting": [WORDS, ""]}],
    "cancel/left": [{"staff": None}, {"staff": STAFF[0]}],
    "agent/receipt/trouble": [{"lost": one} for one in _LOST],
    "agent/receipt/unsure": [
        {"lost": _LOST[:1], "count": 1},
        {"lost": _LOST, "count": 2},
        {"lost": _LOST, "count": 9},
    ],
    "agent/team/invited": [
        {"link": "https://t.me/tea_desk_bot?start=join-x_1", "is_link": True},
        {"link": "/start join-x_1", "is_link": False},
    ],
    "customer/help/help": [_help(Role.CUSTOMER)],
    "customer/refer/invitation": [{"link": "https://t.me/tea_desk_bot?start=r_12-AbCdEfGh_-123456"}],
    "manager/summary/service": [
        {"summary": summary, "before": before} for summary in SUMMARIES for before in BEFORE
    ],
    "manager/talks/counting": [{"window": DAY}],
    "manager/talks/talks": TALKS,
    "refused/already_claimed": [{"assignee": STAFF[0]}],
    "refused/illegal_transition": [
        {"ticket": one, "event": event, "allowed": allowed(one.state)}
        for one in TICKETS
        for event in Event
        if event not in allowed(one.state)
    ],
    "refused/no_such_staff": [{"staff": []}, {"staff": STAFF}],
    **cards.FITTING,
    **doubles.FITTING,
    **records.FITTING,
    **sales.FITTING,
    **exchange.FITTING,
    **reports.FITTING,
    **campaigns.FITTING,
    **models.FITTING,
    **outcomes.FITTING,
    **segments.FITTING,
    **targets.FITTING,
    **goods.FITTING,
    **turnover.FITTING,
    **warnings.FITTING,
}
"""Where a template's name means something else, or several go together."""


def samples(name: str, variables: set[str]) -> Iterator[Values]:
    """Sets of values for a template. Raises KeyError naming a variable that has no sample yet."""
    together = FITTING.get(name.removesuffix(".html.j2"), [{}])
    alone = sorted(variables - together[0].keys())
    choices = [range(len(together)), *(range(len(VALUES[one])) for one in alone)]
    sets = list(product(*choices))
    for first, *rest in sets if len(sets) <= MOST else Random(name).sample(sets, MOST):
        yield {**together[first], **{one: VALUES[one][at] for one, at in zip(alone, rest, strict=True)}}
