"""What the bot understands: one ordered list, the first match answers.

Order matters: membership and edits before commands, commands before forms (a command interrupts a form),
forms before free text, and the last entry takes whatever is left.
"""

from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers import cancel, help, language, membership, refused
from handlers.agent import (
    answer,
    card,
    claim,
    duty,
    files,
    merge_tickets,
    note,
    notices,
    pick,
    receipts,
    resolve,
    sort,
    todo,
)
from handlers.agent import edit as staff_edit
from handlers.agent import queue as staff_queue
from handlers.agent.orders import (
    asking,
    cancelling,
    confirm,
    draft,
    draft_line,
    give_back,
    pay,
    receipt,
    refund,
    shelf,
    ship,
)
from handlers.agent.orders import card as order_card
from handlers.agent.records import card as customer_card
from handlers.agent.records import duplicates, editing, find, inline, log, need, new, pref, rec, timeline
from handlers.agent.records import history as record_history
from handlers.agent.records import owner as record_owner
from handlers.agent.records import set as record_set
from handlers.chat import Aside, Chat, speaking
from handlers.commands import Answered, Command, Matcher, Tapped
from handlers.customer import (
    ask,
    bind,
    edit,
    kind,
    message,
    parcel,
    profile,
    rating,
    refer,
    start,
    subscription,
    tickets,
)
from handlers.customer import orders as own_orders
from handlers.manager import (
    alerts,
    brief,
    exports,
    fields,
    imports,
    merge,
    needs,
    pairs,
    plays,
    products,
    sales,
    stale,
    stats,
    talks,
    targets,
    team,
    today,
    touches,
)
from handlers.manager.campaigns import approval as campaign_approval
from handlers.manager.campaigns import card as campaign_card
from handlers.manager.campaigns import course as campaign_course
from handlers.manager.campaigns import report as campaign_report
from handlers.manager.campaigns import sources as campaign_sources
from handlers.manager.campaigns import together as campaign_together
from handlers.manager.campaigns import trial as campaign_trial
from handlers.manager.campaigns import wizard as campaign_wizard
from handlers.manager.goods import ahead, behaviour, cohorts, potential, together
from handlers.manager.goods import demand as goods_demand
from handlers.manager.reports import asked, scheduled
from handlers.manager.segments import analysed, tiers
from handlers.manager.segments import listed as segments_listed
from handlers.manager.segments import new as segment_new
from handlers.manager.segments import why as segment_why
from handlers.manager.worth import risk as worth_risk
from handlers.manager.worth import value as worth_value
from handlers.owner import apikey, join

HANDLERS: list[Matcher] = [
    *membership.HANDLERS,
    *edit.HANDLERS,
    *staff_edit.HANDLERS,
    *join.HANDLERS,
    *inline.HANDLERS,
    # Commands and buttons: they interrupt a form. The order is that of the menu.
    *ask.HANDLERS,
    *tickets.HANDLERS,
    *profile.HANDLERS,
    *bind.HANDLERS,
    *own_orders.HANDLERS,
    *subscription.HANDLERS,
    *refer.HANDLERS,
    *staff_queue.HANDLERS,
    *todo.HANDLERS,
    *duplicates.HANDLERS,
    *find.HANDLERS,
    *customer_card.HANDLERS,
    *timeline.HANDLERS,
    *new.HANDLERS,
    *record_set.HANDLERS,
    *editing.HANDLERS,
    *record_owner.HANDLERS,
    *need.HANDLERS,
    *pref.HANDLERS,
    *rec.HANDLERS,
    *record_history.HANDLERS,
    *order_card.HANDLERS,
    *draft.HANDLERS,
    *draft_line.HANDLERS,
    *confirm.HANDLERS,
    *pay.HANDLERS,
    *ship.HANDLERS,
    *refund.HANDLERS,
    *give_back.HANDLERS,
    *cancelling.HANDLERS,
    *shelf.HANDLERS,
    *card.HANDLERS,
    *claim.HANDLERS,
    *answer.HANDLERS,
    *note.HANDLERS,
    *log.HANDLERS,
    *resolve.HANDLERS,
    *sort.HANDLERS,
    *files.HANDLERS,
    *pick.HANDLERS,
    *duty.HANDLERS,
    *receipt.HANDLERS,
    *products.HANDLERS,
    *imports.HANDLERS,
    *exports.HANDLERS,
    *pairs.HANDLERS,
    *merge.HANDLERS,
    *merge_tickets.HANDLERS,
    *needs.HANDLERS,
    *stale.HANDLERS,
    *tiers.HANDLERS,
    *segments_listed.HANDLERS,
    *segment_new.HANDLERS,
    *segment_why.HANDLERS,
    *analysed.HANDLERS,
    *worth_value.HANDLERS,
    *worth_risk.HANDLERS,
    *fields.HANDLERS,
    *campaign_card.HANDLERS,
    *campaign_wizard.HANDLERS,
    *campaign_trial.HANDLERS,
    *campaign_approval.HANDLERS,
    *campaign_course.HANDLERS,
    *campaign_sources.HANDLERS,
    *campaign_report.HANDLERS,
    *campaign_together.HANDLERS,
    *plays.HANDLERS,
    *touches.HANDLERS,
    *today.HANDLERS,
    *brief.HANDLERS,
    *stats.HANDLERS,
    *alerts.HANDLERS,
    *sales.HANDLERS,
    *targets.HANDLERS,
    *together.HANDLERS,
    *goods_demand.HANDLERS,
    *cohorts.HANDLERS,
    *ahead.HANDLERS,
    *potential.HANDLERS,
    *behaviour.HANDLERS,
    *asked.HANDLERS,
    *scheduled.HANDLERS,
    *talks.HANDLERS,
    *team.HANDLERS,
    *apikey.HANDLERS,
    *help.HANDLERS,
    *language.HANDLERS,
    *cancel.HANDLERS,
    *start.HANDLERS,
    *kind.HANDLERS,
    *rating.HANDLERS,
    *receipts.HANDLERS,
    *refused.HANDLERS,
    # Staff's replies say which ticket they are for, whatever was asked.
    *note.MARKED,
    *answer.REPLIES,
    # Answers to what was asked.
    *ask.FORMS,
    *rating.FORMS,
    *profile.FORMS,
    *bind.FORMS,
    *own_orders.FORMS,
    *draft.FORMS,
    *draft_line.FORMS,
    *pay.FORMS,
    *ship.FORMS,
    *refund.FORMS,
    *give_back.FORMS,
    *cancelling.FORMS,
    *answer.FORMS,
    *note.FORMS,
    *imports.FORMS,
    *exports.FORMS,
    *log.FORMS,
    *new.FORMS,
    *editing.FORMS,
    *need.FORMS,
    *resolve.FORMS,
    *products.FORMS,
    *scheduled.FORMS,
    *campaign_wizard.FORMS,
    *campaign_approval.FORMS,
    *pick.FORMS,
    # Whatever is left.
    *parcel.REST,
    *message.HANDLERS,
    *pick.REST,
]


# Every message asks them one by one, so those that cannot be meant are left out beforehand: most are.
_TAPPED = [one for one in HANDLERS if not isinstance(one, Command | Answered)]
_SAID = [one for one in HANDLERS if not isinstance(one, Tapped)]
_OF_A_CUSTOMER = [
    one
    for one in _SAID
    if not isinstance(one, Answered) and not (isinstance(one, Command) and one.role != Role.CUSTOMER)
]


def handle(chat: Chat) -> None:
    """Answer one update with the first handler whose ``check_update`` matches."""
    token = speaking.set(chat)
    try:
        if chat.regained and chat.update.my_chat_member is None:
            notices.reachable_again(chat)
        for handler in _asked(chat):
            if handler.check_update(chat.update):
                if not chat.role.includes(handler.role):
                    return refused.role(chat, handler)
                handler.run(chat)
                if isinstance(handler, Command):
                    asking.turn_away(chat)
                return None
    except Refusal as refusal:
        refused.say(chat, refusal)
    finally:
        speaking.reset(token)
        if chat.update.callback_query is not None and not chat.asides:  # the button must stop spinning
            chat.asides.append(Aside("answerCallbackQuery", {"callback_query_id": chat.query.id}))


def _asked(chat: Chat) -> list[Matcher]:
    """Those of HANDLERS that may be meant, in their order."""
    if chat.update.callback_query is not None:
        return _TAPPED
    message = chat.update.message
    is_plain = message is None or not (message.text or "").startswith("/")
    return _OF_A_CUSTOMER if chat.staff is None and chat.form is None and is_plain else _SAID
