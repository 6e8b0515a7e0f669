"""Answers to taps and inline queries"""

from typing import Any

from bot.demo.core import Query
from bot.demo.markup import read_inline
from bot.demo.methods.call import Call
from bot.demo.refusal import Refusal, bad_request
from bot.demo.texts import read_text

# Telegram names no number; the app stops waiting after about this long
ANSWER_SECONDS = {"callback_query": 60, "inline_query": 30}
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def answer_callback_query(call: Call) -> bool:
    text = call.params.get("text", "")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query = _take(call, call.params["callback_query_id"], "callback_query")
    query.answered = {"text": text, "show_alert": call.params.get("show_alert", False)}
    if call.world.is_watched and query.person.is_shown:
        alert = query.answered["show_alert"]
        call.world.tell({"type": "toast", "person": query.person.id, "text": text, "alert": alert})
    return True


def answer_inline_query(call: Call) -> bool:
    results = call.params["results"]
    if len(results) > 50:
        raise bad_request("RESULTS_TOO_MUCH")
    ids = [result["id"] for result in results]
    if len(set(ids)) != len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    if not all(1 <= len(each.encode()) <= 64 for each in ids):
        raise bad_request("RESULT_ID_INVALID")
    posts = {result["id"]: _post(result) for result in results}
    query = _take(call, call.params["inline_query_id"], "inline_query")
    query.answered = {"results": results, "posts": posts}
    if call.world.is_watched:
        shown = [{name: one.get(name, "") for name in ("id", "title", "description")} for one in results]
        query_id = call.params["inline_query_id"]
        call.world.tell({"type": "inline", "person": query.person.id, "query_id": query_id, "results": shown})
    return True


def _post(result: dict[str, Any]) -> dict[str, Any]:
    """The message a result becomes when it is chosen; only texts are offered here."""
    content = result.get("input_message_content")
    if content is None or "message_text" not in content:
        raise Refusal(501, f"Not Implemented by this stand-in: an inline result of type {result['type']}")
    body = read_text(content | {"text": content["message_text"]})
    markup = read_inline(result.get("reply_markup"))
    return body | ({"reply_markup": markup} if markup else {})


def _take(call: Call, query_id: str, kind: str) -> Query:
    query = call.world.queries.get(query_id)
    if query is None or query.kind != kind or query.answered is not None:
        raise bad_request(_TOO_OLD)
    if call.world.clock() - query.asked_at > ANSWER_SECONDS[kind]:
        raise bad_request(_TOO_OLD)
    return query
