"""/todo, 待办: customers who have to be called, because the bot cannot reach them."""

from crm_store.customers.tables import InteractionKind
from crm_store.service import tasks
from crm_store.service.tables import Ticket
from crm_store.staff.roles import Role
from handlers.agent.records import log
from handlers.agent.todo_buttons import Called, DropTask, FinishTask, SayUnsaid, ShowTodo, TakeTask
from handlers.agent.todo_lines import todo, under
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.taps import button

PAGE = 3


def show_named(chat: Chat) -> None:
    _show(chat, page=0)


def turn(chat: Chat, tapped: ShowTodo) -> None:
    _show(chat, page=tapped.page)


def _show(chat: Chat, *, page: int) -> None:
    count = tasks.count_open(chat.session, staff=chat.me)
    page = max(0, min(page, (count - 1) // PAGE))
    found = tasks.open_for(chat.session, staff=chat.me, limit=PAGE, offset=page * PAGE)
    shown = [todo(chat.session, one, to=chat.me) for one in found]
    turns = [button("previous", ShowTodo(page - 1))] if page else []
    turns += [button("following", ShowTodo(page + 1))] if (page + 1) * PAGE < count else []
    rows = [row for one in shown for row in under(one, to=chat.me)]
    chat.show(
        "agent/todo/list.html.j2", todos=shown, count=count, buttons=[*rows, *([turns] if turns else [])]
    )


def called(chat: Chat, tapped: Called) -> None:
    task = tasks.get(chat.session, task_id=tapped.task, seen_by=chat.me)
    log.ask(chat, todo(chat.session, task, to=chat.me).customer, InteractionKind.CALL, task=task.id)


def finish(chat: Chat, tapped: FinishTask) -> None:
    task = tasks.get(chat.session, task_id=tapped.task, seen_by=chat.me)
    tasks.done(chat.session, task=task, by=chat.me, now=chat.now)
    chat.toast("task_done")
    _show(chat, page=0)


def drop(chat: Chat, tapped: DropTask) -> None:
    task = tasks.get(chat.session, task_id=tapped.task, seen_by=chat.me)
    tasks.drop(chat.session, task=task, by=chat.me, now=chat.now)
    chat.toast("task_dropped")
    _show(chat, page=0)


def take(chat: Chat, tapped: TakeTask) -> None:
    task = tasks.get(chat.session, task_id=tapped.task, seen_by=chat.me)
    tasks.take(chat.session, task=task, by=chat.me, now=chat.now)
    chat.toast("task_taken")
    _show(chat, page=0)


def say(chat: Chat, tapped: SayUnsaid) -> None:
    """What they missed goes to them after all; should it fail again, it is a task again."""
    task = tasks.get(chat.session, task_id=tapped.task, seen_by=chat.me)
    one = todo(chat.session, task, to=chat.me)
    if not one.is_back or not task.text:
        return chat.toast("not_reached", alert=True)
    tasks.done(chat.session, task=task, by=chat.me, now=chat.now)
    chat.say(
        "customer/unsaid.html.j2",
        to=one.customer,
        ticket=chat.session.get(Ticket, task.ticket_id) if task.ticket_id is not None else None,
        order_id=task.order_id,
        text=task.text,
    )
    chat.toast("unsaid_sent")
    return _show(chat, page=0)


HANDLERS = [
    command("todo", "待办", role=Role.AGENT, run=show_named, glued=None),
    tap(ShowTodo, role=Role.AGENT, run=turn),
    tap(Called, role=Role.AGENT, run=called),
    tap(FinishTask, role=Role.AGENT, run=finish),
    tap(DropTask, role=Role.AGENT, run=drop),
    tap(TakeTask, role=Role.AGENT, run=take),
    tap(SayUnsaid, role=Role.AGENT, run=say),
]
