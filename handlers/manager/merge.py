"""/merge, 合并: C1 C2 makes two customers one (managers), T1 T2 two tickets (agents). /unmerge, 撤销合并."""

from dataclasses import dataclass
from typing import Any

from crm_store.customers import customers, merging, pairs
from crm_store.customers.merge_rules import Choice, Why, Wins
from crm_store.customers.merging import Preview
from crm_store.customers.refusals import AlreadyOne
from crm_store.customers.tables import Customer, CustomField
from crm_store.refusals import NoCustomerNamed, NotAllowed
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.agent import merge_tickets
from handlers.agent.records.buttons import OpenCustomer
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.merge_buttons import MergeNow, OpenPairs, PreviewMerge, Unmerge
from handlers.manager.pairs import sides
from handlers.numbers import CUSTOMER, GLUED_CUSTOMER, TICKET, number, numbered
from handlers.taps import MAX_BYTES, Button, Keyboard, button
from handlers.words import shown_address

A_ROW = 3
OTHER_ROWS = "other"
HIDDEN = "•••"


@dataclass(frozen=True)
class Line:
    """One field: its name, the value that wins and why, and the one that does not (empty: there is none)."""

    field: str
    value: str
    why: Why
    other: str


def merge(chat: Chat) -> None:
    """The letters of the numbers say what is merged."""
    first = number(chat.arguments)
    second = number(first[2]) if first is not None else None
    if first is None or second is None or first[0] != second[0] or first[0] not in (CUSTOMER, TICKET):
        chat.say("agent/merge/usage.html.j2", manager=chat.role.includes(Role.MANAGER))
        return None
    if first[0] == TICKET:
        return merge_tickets.preview(chat, kept_id=first[1], gone_id=second[1])
    if not chat.role.includes(Role.MANAGER):
        raise NotAllowed(role=Role.MANAGER)
    one, other = _two(chat, first[1], second[1])
    return _show(chat, *merging.sides(one, other), 0)


def _two(chat: Chat, one_id: int, other_id: int) -> tuple[Customer, Customer]:
    one, other = (customers.get(chat.session, customer_id=id) for id in (one_id, other_id))
    if one.id == other.id:
        raise AlreadyOne(number=f"C{other_id}", into=one.number)
    return one, other


def preview(chat: Chat, tapped: PreviewMerge) -> None:
    kept, gone = _two(chat, tapped.kept, tapped.gone)
    _show(chat, kept, gone, _bits(tapped.flips))


def _show(chat: Chat, kept: Customer, gone: Customer, flipped: int) -> None:
    seen = merging.preview(chat.session, kept=kept, gone=gone, flipped=flipped)
    chat.show(
        "manager/merge/preview.html.j2",
        sides=sides(chat, kept, gone),
        lines=[_line(chat, one, seen.fields) for one in seen.choices],
        moves=_moves(chat, seen),
        withdrawn=seen.withdrawn,
        days=merging.UNDO_WINDOW.days,
        buttons=_buttons(chat, seen, flipped),
    )


def _line(chat: Chat, chosen: Choice, shops: dict[int, CustomField]) -> Line:
    lost = chosen.gone if chosen.wins == Wins.KEPT else chosen.kept
    return Line(
        _name(chat, chosen, shops),
        _text(chat, chosen, chosen.value, shops),
        chosen.why,
        _text(chat, chosen, lost, shops) if lost is not None else "",
    )


def _name(chat: Chat, chosen: Choice, shops: dict[int, CustomField]) -> str:
    if isinstance(chosen.field, int):
        return shops[chosen.field].name if chosen.field in shops else ""
    return chat.words.label(chat.language, "record_fields", chosen.field)


def _text(chat: Chat, chosen: Choice, value: Any, shops: dict[int, CustomField]) -> str:
    if isinstance(chosen.field, int):
        field = shops[chosen.field]
        hidden = not chat.role.includes(field.role)
        return (
            HIDDEN
            if hidden
            else chat.words.own_value(chat.language, field, value, currency=chat.desk.currency)
        )
    if chosen.field == "owner_id":
        return staff_verbs.by_ids(chat.session, ids=[value])[value].name
    if chosen.field == "address":
        return shown_address(*value)
    if chosen.field == "source":
        return str(chat.words.labels(chat.language, "sources").get(value, value))
    return str(value)


def _moves(chat: Chat, seen: Preview) -> list[tuple[str, int]]:
    """How much of what moves, most first; tables that have no name of their own together."""
    names = chat.words.labels(chat.language, "moves")
    found: dict[str, int] = {}
    for table, count in seen.moves.items():
        key = table if table in names else OTHER_ROWS
        found[key] = found.get(key, 0) + count
    return sorted(((names[key], count) for key, count in found.items()), key=lambda one: -one[1])


def _buttons(chat: Chat, seen: Preview, flipped: int) -> Keyboard:
    kept, gone = seen.kept, seen.gone
    flips = [
        button("flip_field", flip, field=_name(chat, one, seen.fields))
        for one in seen.choices
        if one.may_flip and _fits(flip := PreviewMerge(kept.id, gone.id, _hex(flipped ^ 1 << one.bit)))
    ]
    return [
        *(flips[at : at + A_ROW] for at in range(0, len(flips), A_ROW)),
        [button("merge_now", MergeNow(kept.id, gone.id, seen.version, _hex(flipped)))],
        [button("keep_other", PreviewMerge(gone.id, kept.id, ""), number=gone.number)],
    ]


def _fits(flip: PreviewMerge) -> bool:
    """A shop with very many fields of its own: those that a button cannot name keep to the rule."""
    return len(f"{MergeNow.verb}:{flip.kept}:{flip.gone}:0000000000:{flip.flips}") <= MAX_BYTES


def _hex(bits: int) -> str:
    return f"{bits:x}" if bits else ""


def _bits(flips: str) -> int:
    try:
        return int(flips, 16) if flips else 0
    except ValueError:  # forged
        return 0


def merge_now(chat: Chat, tapped: MergeNow) -> None:
    kept, gone = _two(chat, tapped.kept, tapped.gone)
    flipped = _bits(tapped.flips)
    if kept.version + gone.version != tapped.version:
        chat.toast("merge_changed")
        return _show(chat, kept, gone, flipped)
    merging.merge(chat.session, kept=kept, gone=gone, by=chat.me, now=chat.now, flipped=flipped)
    chat.toast("merged_now", gone=gone.number, kept=kept.number)
    left = pairs.count_waiting(chat.session)
    rest: list[Button] = [button("next_pair", OpenPairs())] if left else []
    chat.edit(
        "manager/merge/merged.html.j2",
        kept=kept,
        gone=gone,
        days=merging.UNDO_WINDOW.days,
        buttons=[
            [button("open_customer", OpenCustomer(kept.id), number=kept.number), *rest],
            [button("unmerge", Unmerge(gone.id), number=gone.number)],
        ],
    )
    return None


def unmerge_named(chat: Chat) -> None:
    found = numbered(chat.arguments, CUSTOMER)
    if found is None:
        raise NoCustomerNamed(command="unmerge")
    _unmerge(chat, found[0])


def unmerge_tapped(chat: Chat, tapped: Unmerge) -> None:
    _unmerge(chat, tapped.customer)
    chat.toast("unmerged_now", number=f"C{tapped.customer}")


def _unmerge(chat: Chat, customer_id: int) -> None:
    row = merging.unmerge(chat.session, number=customer_id, by=chat.me, now=chat.now)
    kept, gone = (customers.get(chat.session, customer_id=id) for id in (row.kept_id, row.gone_id))
    shown = [button("open_customer", OpenCustomer(one.id), number=one.number) for one in (kept, gone)]
    chat.show("manager/merge/unmerged.html.j2", kept=kept, gone=gone, buttons=[shown])


HANDLERS = [
    command("merge", "合并", role=Role.AGENT, run=merge, glued=r"\s*[#＃]?[CTct]\d"),
    command("unmerge", "撤销合并", role=Role.MANAGER, run=unmerge_named, glued=GLUED_CUSTOMER),
    tap(PreviewMerge, role=Role.MANAGER, run=preview),
    tap(MergeNow, role=Role.MANAGER, run=merge_now),
    tap(Unmerge, role=Role.MANAGER, run=unmerge_tapped),
]
