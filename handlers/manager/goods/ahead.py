"""/forecast, 预测: what the next four weeks may bring, by which rule, and by how much it was off before."""

from crm_store.analysis.tables import AnalysisKind
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command
from handlers.manager.goods.kept import again, latest


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


HANDLERS = [command("forecast", "预测", "销售预测", role=Role.MANAGER, run=named)]
