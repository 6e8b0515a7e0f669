"""/rec C12, 推荐: what to offer a customer next, each with its reason."""

from typing import Any

from crm_store.analysis import snapshots, standing, suggesting
from crm_store.analysis.tables import AnalysisKind
from crm_store.staff.roles import Role
from handlers.agent.records import whom
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command
from handlers.numbers import GLUED_CUSTOMER
from handlers.taps import Keyboard, button


def named(chat: Chat) -> None:
    customer = whom.whom(chat, "rec").customer
    buttons: Keyboard = [[button("open_customer", OpenCustomer(customer.id), number=customer.number)]]
    if standing.is_refused(chat.session, customer=customer):
        chat.say("agent/rec/refused.html.j2", customer=customer, buttons=buttons)
        return
    found = suggesting.suggest(chat.session, customer=customer, now=chat.now, zone=chat.desk.timezone)
    kept = snapshots.latest(chat.session, kind=AnalysisKind.DEMAND)
    following: dict[str, Any] = kept.result["next"] if kept is not None else {"tests": [], "rule": "", "n": 0}
    tests = {one["name"]: one for one in following["tests"]}
    chat.say(
        "agent/rec/suggested.html.j2",
        customer=customer,
        suggestions=found,
        kept=kept,
        record=tests.get(following["rule"]),
        popular=tests.get("popular"),
        judged=following["n"],
        buttons=buttons,
    )


HANDLERS = [command("rec", "推荐", role=Role.AGENT, run=named, glued=GLUED_CUSTOMER)]
