"""/forecast, 预测: what the next four weeks may bring, by which rule, and by how much it was off before; a
picture of it follows."""

from crm_store.analysis.tables import AnalysisKind
from crm_store.mailbox import jobs
from crm_store.staff.roles import Role
from crm_store.staff.tables import Staff
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.goods.kept import again, latest

PICTURE_JOB = "forecast_picture"


def named(chat: Chat) -> None:
    kept = latest(chat, AnalysisKind.FORECAST)
    if kept is None:
        return
    errors = {name: (mase, wape, total) for name, mase, wape, total in kept.result.get("errors", [])}
    chat.show(
        "manager/goods/ahead.html.j2",
        kept=kept,
        forecast=kept.result,
        errors=errors,
        used=errors.get(kept.result.get("rule", "")),
        buttons=again(),
    )

    if not kept.result["too_little"]:
        jobs.ask(
            chat.session,
            kind=PICTURE_JOB,
            arguments={"snapshot": kept.id},
            asked_by=chat.me,
            chat_id=chat.chat_id,
            now=chat.now,
        )


def may(who: Staff) -> bool:
    return who.role.includes(Role.MANAGER)


HANDLERS = [command("forecast", "预测", "销售预测", role=Role.MANAGER, run=named)]
