"""What people do besides writing: join, edit, tap, react, block; and the one object tests hold"""

from collections.abc import Callable, Sequence
from typing import Any

from bot.demo.chats import Chat, Json, Message, Person, Topic
from bot.demo.core import Query, Refused
from bot.demo.detect import find_entities
from bot.demo.groups import adds_bot, make_group, migrates, opens_topic
from bot.demo.updates import TAP_LANE
from bot.demo.writing import Which, Who, Writing


class World(Writing):
    """The programmatic interface of the demo: ``Writing`` for all kinds of messages, the rest here.

    What a person's own app would not let them do raises ``Refused``.
    """

    def user(
        self,
        id: int,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "en",
        role: str = "customer",
        started: bool = False,
        hears: Callable[[Message], None] | None = None,
    ) -> Person:
        """Add somebody. The bot cannot write to them before they wrote, unless ``started``."""
        person = Person(
            id, first_name, last_name, username, language_code, role, started=started, hears=hears
        )
        person.phone_number = f"+86139{id % 10**8:08d}"
        self.people[id] = person
        self.chats[id] = Chat(id, "private", person)
        self.tell_person(person)
        return person

    def start(self, user: Who, payload: str = "") -> Message:
        """Press Start, or follow a link ``t.me/<bot>?start=<payload>``; unblocks the bot if need be."""
        person = self.person_of(user)
        if person.blocked:
            self.unblock(person)
        return self.send_text(person, f"/start {payload}".strip())

    def edit_text(self, user: Who, message: Which, text: str) -> Message:
        """Change one's own text or caption."""
        person = self.person_of(user)
        edited = self.message_of(self.chats[person.id], message)
        if edited.by_bot or edited.deleted or edited.body["from"]["id"] != person.id:
            raise Refused("only one's own messages can be edited")
        kind = "text" if "text" in edited.body else "caption"
        entities = "entities" if kind == "text" else "caption_entities"
        edited.body[kind] = text
        edited.body.pop(entities, None)
        if found := find_entities(text):
            edited.body[entities] = found
        edited.body["edit_date"] = self.now()
        self.updates.push("edited_message", edited.body, lane=edited.chat.id)
        self.tell_message("edit", edited)
        return edited

    def tap(
        self,
        user: Who,
        message: Which,
        data: str | None = None,
        *,
        row: int = 0,
        col: int = 0,
        chat: Chat | None = None,
        forged: bool = False,
    ) -> str:
        """Press an inline button by its data, or by its place; returns the query's id.

        ``forged`` sends data that no button carries, as a modified app can.
        """
        person = self.person_of(user)
        tapped = self.message_of(chat or self.chats[person.id], message)
        buttons = [button for line in tapped.buttons() for button in line]
        if data is None:
            data = tapped.buttons()[row][col].get("callback_data")
        if data is None or (not forged and data not in [button.get("callback_data") for button in buttons]):
            raise Refused("the message has no such button")
        query_id = self.next_id()
        self.queries[query_id] = Query("callback_query", person, self.clock())
        payload = {
            "id": query_id,
            "from": person.user(),
            "message": tapped.quoted(),
            "chat_instance": str(tapped.chat.id * 7 + 1),
            "data": data,
        }
        self.updates.push("callback_query", payload, lane=person.id + TAP_LANE)
        return query_id

    def ask_inline(self, user: Who, query: str) -> str:
        """Type ``@bot query`` in any chat; returns the query's id."""
        person = self.person_of(user)
        query_id = self.next_id()
        self.queries[query_id] = Query("inline_query", person, self.clock())
        payload = {"id": query_id, "from": person.user(), "query": query, "offset": ""}
        self.updates.push("inline_query", payload, lane=person.id + TAP_LANE)
        return query_id

    def choose_inline(self, user: Who, query_id: str, result_id: str) -> Message:
        """Post one of the results the bot offered to an inline query into the private chat with it."""
        person, query = self.person_of(user), self.queries.get(query_id)
        posts = query.answered["posts"] if query is not None and query.answered is not None else {}
        if query is None or query.person is not person or result_id not in posts:
            raise Refused("no such result")
        return self.send(person, posts[result_id] | {"via_bot": self.me_user()})

    def react(self, user: Who, message: Which, emoji: str | None) -> None:
        """Put a reaction on a message, or take it back (None)."""
        person = self.person_of(user)
        target = self.message_of(self.chats[person.id], message)
        old, target.reactions = target.reactions, [emoji] if emoji else []
        payload = {
            "chat": target.chat.brief(),
            "message_id": target.message_id,
            "user": person.user(),
            "date": self.now(),
            "old_reaction": [{"type": "emoji", "emoji": each} for each in old],
            "new_reaction": [{"type": "emoji", "emoji": each} for each in target.reactions],
        }
        self.updates.push("message_reaction", payload, lane=target.chat.id)
        self.tell_message("edit", target)

    def relabel(self, user: Who, role: str) -> None:
        """Another role on the page, after somebody joined the staff; the bot does not see it."""
        person = self.person_of(user)
        person.role = role
        self.tell_person(person)

    # blocking

    def block(self, user: Who) -> None:
        """Block the bot: it is told, and every send is refused until ``unblock``."""
        self._change_membership(self.person_of(user), blocked=True)

    def unblock(self, user: Who) -> None:
        self._change_membership(self.person_of(user), blocked=False)

    def _change_membership(self, person: Person, *, blocked: bool) -> None:
        if person.blocked == blocked:
            return
        person.blocked = blocked
        member: Json = {"user": self.me_user(), "status": "member"}
        banned: Json = {"user": self.me_user(), "status": "kicked", "until_date": 0}
        payload = {
            "chat": self.chats[person.id].brief(),
            "from": person.user(),
            "date": self.now(),
            "old_chat_member": member if blocked else banned,
            "new_chat_member": banned if blocked else member,
        }
        self.updates.push("my_chat_member", payload, lane=person.id)
        self.tell_person(person)

    # groups

    def group(self, id: int, title: str, members: Sequence[Who] = (), **kind: Any) -> Chat:
        """A group (negative id) the bot is in; with ``supergroup``, ``forum``, ``admin`` as wanted."""
        return make_group(self, id, title, [self.person_of(member) for member in members], **kind)

    def add_bot(self, user: Who, chat: Chat) -> None:
        """Somebody brings the bot into a group where it was not."""
        adds_bot(self, self.person_of(user), chat)

    def migrate(self, chat: Chat) -> Chat:
        """A small group becomes a supergroup with another id; the old one refuses messages."""
        return migrates(self, chat)

    def topic(self, chat: Chat, name: str) -> Topic:
        return opens_topic(self, chat, name)

    # raw

    def inject_raw(self, update: Json, *, lane: int = 0) -> int:
        """Queue an update as it is, however malformed; counted as received if it is a message."""
        counted = "message" in update
        self.counters.received += counted
        return self.updates.push_raw(update, lane=lane, counted=counted)

    def me_user(self) -> Json:
        return {key: self.me[key] for key in ("id", "is_bot", "first_name", "username")}
