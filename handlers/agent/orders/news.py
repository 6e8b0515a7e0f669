"""What the customer hears of what staff did to their order."""

from typing import Any

from crm_store.sales.tables import Order
from handlers.chat import Chat
from handlers.customer import order_news
from handlers.customer.order_news import News
from handlers.voice import Voice


def tell(chat: Chat, order: Order, news: News, **facts: Any) -> bool:
    """Tell the order's customer in the same commit. False when no message can reach them."""
    return order_news.tell(
        Voice(chat.desk, chat.words),
        chat.session,
        order=order,
        news=news,
        key=chat.next_key(),
        now=chat.now,
        by=chat.me,
        **facts,
    )
