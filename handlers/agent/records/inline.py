"""@bot 张三, in any chat: staff find a customer without leaving it. What they post there says a number and a
name and leads into the bot; it never holds a contact. Nobody else learns anything."""

from typing import Any

from crm_store.customers import customers, filters, search
from crm_store.customers.filter_terms import Field, Sort, Term
from crm_store.customers.tables import Customer
from crm_store.refusals import Refusal
from crm_store.staff.roles import Role
from handlers import filtering, numbers
from handlers.chat import Aside, Chat
from handlers.commands import said
from handlers.words import excerpt, shown_day

PAGE = 20
LONGEST_NAME = 64
LONGEST_OFFSET = 64


def answer(chat: Chat) -> None:
    """Nothing hangs on its arrival: who types on asks again."""
    query = chat.update.inline_query
    assert query is not None
    people, following = _found(chat, query.query, query.offset) if chat.staff is not None else ([], "")
    chat.asides.append(
        Aside(
            "answerInlineQuery",
            {
                "inline_query_id": query.id,
                "results": [_result(chat, one) for one in people],
                "cache_time": 0,
                "is_personal": True,
                "next_offset": following,
            },
        )
    )


def _found(chat: Chat, text: str, offset: str) -> tuple[list[Customer], str]:
    """A page of customers, and where the next begins; an empty query shows who changed last."""
    number = numbers.alone(text, numbers.CUSTOMER)
    try:
        if number is not None:
            return [customers.get(chat.session, customer_id=number)], ""
        filtered = filtering.read(chat, text)
    except Refusal:  # half a word of a filter: they are still typing
        return [], ""
    if filtered.words and not filtered.asks:
        people, following = _searched(chat, filtered.words, offset)
        tag = filters.tagged(chat.session, filtered.words)
        if people or tag is None:
            return people, following
        filtered = filters.Filtered(terms=(Term(Field.TAG, ":", (tag,)),))
    if not filtered.asks:
        filtered = filters.Filtered(sort=Sort(Field.CHANGED))
    if not filters.is_light(chat.session, filtered=filtered):
        return [], ""  # for each letter that they type; /find looks through it elsewhere
    after = filters.Cursor.unpacked(offset[:LONGEST_OFFSET])
    page = filters.page(chat.session, filtered=filtered, by=chat.me, limit=PAGE, after=after)
    return page.customers, page.after.packed() if page.after is not None else ""


def _searched(chat: Chat, words: str, offset: str) -> tuple[list[Customer], str]:
    start = min(int(offset), 1000) if offset.isdecimal() and len(offset) < 6 else 0
    found = search.customers(chat.session, text=words, limit=PAGE + 1, offset=start)
    following = str(start + PAGE) if len(found) > PAGE else ""
    return [hit.customer for hit in found[:PAGE]], following


def _result(chat: Chat, customer: Customer) -> dict[str, Any]:
    """Only the person who asks sees title and description; what is posted is ``C12 name`` and a button."""
    name = excerpt(customer.name, LONGEST_NAME)
    ordered = customer.last_order_at
    day = shown_day(chat.language, chat.desk.local(ordered)) if ordered else None
    facts = [customer.company, customer.city, day]
    return {
        "type": "article",
        "id": customer.number,
        "title": f"{customer.number} {name}",
        "description": excerpt(" · ".join(filter(None, facts)), LONGEST_NAME),
        "input_message_content": {"message_text": f"{customer.number} {name}"},
        "reply_markup": {
            "inline_keyboard": [
                [
                    {
                        "text": chat.words.label(chat.language, "buttons", "open_in_bot"),
                        "url": f"https://t.me/{chat.desk.bot_username}?start={customer.number}",
                    }
                ]
            ]
        },
    }


def asks_inline(chat: Chat) -> bool:
    return chat.update.inline_query is not None


HANDLERS = [said(asks_inline, role=Role.CUSTOMER, run=answer)]
