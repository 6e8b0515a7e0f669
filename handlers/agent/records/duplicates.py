"""/dup, 查重: is this person a customer already, and whose? Contacts are never shown in full here."""

from dataclasses import dataclass

from crm_store.customers import duplicates
from crm_store.customers.duplicates import Likely
from crm_store.customers.tables import ContactKind
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.agent.records import one_line
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command
from handlers.taps import button

SHOWN = 6
A_ROW = 3


@dataclass(frozen=True)
class Line:
    """``owner`` is whose customer it is; None is nobody's."""

    likely: Likely
    owner: Staff | None


def ask(chat: Chat) -> None:
    """``/dup 张三 138…``, in any order."""
    read = one_line.read(chat.arguments)
    ways = [(kind, value) for kind in ContactKind for value in read.found.get(kind.value, ())]
    name = read.found.get("name") or " ".join(read.rest)
    if not name and not ways:
        chat.say("agent/dup/usage.html.j2")
        return
    found = duplicates.likely(
        chat.session, name=name, contacts=ways, company=read.found.get("company"), limit=SHOWN
    )
    owners = staff_verbs.by_ids(chat.session, ids=[one.customer.owner_id for one in found])
    lines = [Line(one, owners.get(one.customer.owner_id or 0)) for one in found]
    shown = [
        button("open_customer", OpenCustomer(one.customer.id), number=one.customer.number) for one in found
    ]
    chat.say(
        "agent/dup/answer.html.j2",
        lines=lines,
        buttons=[shown[at : at + A_ROW] for at in range(0, len(shown), A_ROW)],
    )


HANDLERS = [command("dup", "查重", role=Role.AGENT, run=ask)]
