"""Groups: who may be heard there, how they become supergroups, their topics"""

from collections.abc import Sequence

from bot.demo.chats import Chat, Json, Message, Person, Topic
from bot.demo.core import Core


def make_group(
    core: Core,
    chat_id: int,
    title: str,
    members: Sequence[Person],
    *,
    supergroup: bool = False,
    forum: bool = False,
    admin: bool = False,
) -> Chat:
    """A group with the bot in it, without any history; ``forum`` implies a supergroup."""
    if chat_id >= 0:
        raise ValueError("a group's id is negative")
    chat = Chat(chat_id, "supergroup" if supergroup or forum else "group", title=title, is_forum=forum)
    chat.members = {person.id: person for person in members}
    chat.bot_status = "administrator" if admin else "member"
    core.chats[chat_id] = chat
    return chat


def may_read(me: Json, chat: Chat, message: Message) -> bool:
    """Privacy mode: a bot hears commands, mentions and replies to itself, unless it is an administrator."""
    if chat.bot_status == "administrator":
        return True
    if chat.bot_status != "member":
        return False
    replied = message.body.get("reply_to_message", {}).get("from", {}).get("id") == me["id"]
    entities = message.body.get("entities", ())
    first = message.text.partition(" ")[0]
    addressed = "@" not in first or first.endswith(f"@{me['username']}")
    command = addressed and any(e["type"] == "bot_command" and e["offset"] == 0 for e in entities)
    return replied or command or f"@{me['username']}" in message.text


def adds_bot(core: Core, person: Person, chat: Chat) -> None:
    """The bot is told twice: as a change of its membership and as a message in the group."""
    user = {key: core.me[key] for key in ("id", "is_bot", "first_name", "username")}
    old, chat.bot_status = chat.bot_status, "member"
    change = {
        "chat": chat.brief(),
        "from": person.user(),
        "date": core.now(),
        "old_chat_member": {"user": user, "status": "left" if old == "member" else old},
        "new_chat_member": {"user": user, "status": "member"},
    }
    core.updates.push("my_chat_member", change, lane=chat.id)
    service = {"from": person.user(), "new_chat_members": [user]}
    message = core.add_message(chat, service, by_bot=False)
    core.updates.push("message", message.body, lane=chat.id)


def migrates(core: Core, chat: Chat) -> Chat:
    """Both chats say where the other one is; sends to the old id are refused with the new one."""
    sender = {"from": next(iter(chat.members.values())).user()}
    new_id = -1_000_000_000_000 + chat.id
    heir = make_group(core, new_id, chat.title, list(chat.members.values()), supergroup=True)
    heir.bot_status = chat.bot_status
    chat.migrated_to = new_id
    goodbye = core.add_message(chat, sender | {"migrate_to_chat_id": new_id}, by_bot=False)
    core.updates.push("message", goodbye.body, lane=chat.id)
    hello = core.add_message(heir, sender | {"migrate_from_chat_id": chat.id}, by_bot=False)
    core.updates.push("message", hello.body, lane=new_id)
    return heir


def opens_topic(core: Core, chat: Chat, name: str) -> Topic:
    if not chat.is_forum:
        raise ValueError("only a forum has topics")
    creator = next(iter(chat.members.values())).user()
    service = {"from": creator, "forum_topic_created": {"name": name, "icon_color": 7322096}}
    message = core.add_message(chat, service, by_bot=False)
    message.body |= {"message_thread_id": message.message_id, "is_topic_message": True}
    topic = Topic(message.message_id, name)
    chat.topics[topic.id] = topic
    if chat.bot_status == "administrator":
        core.updates.push("message", message.body, lane=chat.id)
    return topic
