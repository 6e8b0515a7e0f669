"""/ask, /complain, /feedback (咨询, 投诉, 反馈): a new ticket whose kind the customer states."""

from crm_store.service.conversation import Manner
from crm_store.service.states import Kind
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import Run, answered, command
from handlers.customer.message import receive
from handlers.incoming import manner_of, read

FORM, TEXT = "new_ticket", "text"


def of_kind(kind: Kind) -> Run:
    """The command that opens a ticket of ``kind``, or asks what it is about."""

    def start(chat: Chat) -> None:
        chat.leave_form()
        if chat.arguments:
            return receive(chat, new_of_kind=kind, text=chat.arguments)
        chat.ask(FORM, TEXT, kind=kind)
        chat.say("customer/ask/about.html.j2", kind=kind)

    return start


def described(chat: Chat) -> None:
    """What the new ticket is about. A greeting or thanks says nothing yet: the question stands."""
    assert chat.form is not None
    kind = Kind(chat.form.answers["kind"])
    if manner_of(read(chat.message), chat.words) != Manner.PLAIN:
        chat.say("customer/ask/about.html.j2", kind=kind)
    else:
        chat.leave_form()
        receive(chat, new_of_kind=kind)


HANDLERS = [
    command("ask", "咨询", role=Role.CUSTOMER, run=of_kind(Kind.INQUIRY), customers_only=True),
    command("complain", "投诉", role=Role.CUSTOMER, run=of_kind(Kind.COMPLAINT), customers_only=True),
    command("feedback", "反馈", "建议", role=Role.CUSTOMER, run=of_kind(Kind.FEEDBACK), customers_only=True),
]
FORMS = [answered(FORM, TEXT, role=Role.CUSTOMER, run=described)]
