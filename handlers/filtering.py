"""A filter as somebody of the staff types it: in their desk's zone and money, by what they may see."""

from crm_store.customers import filters
from crm_store.customers.filters import Filtered
from handlers.chat import Chat


def read(chat: Chat, text: str) -> Filtered:
    """Raises BadFilter and BadFilterValue."""
    desk = chat.desk
    return filters.read(
        chat.session, text, by=chat.me, zone=desk.timezone, currency=desk.currency, now=chat.now
    )
