"""Answers to taps and inline queries"""

from bot.demo.core import Query
from bot.demo.methods.call import Call
from bot.demo.refusal import bad_request

# Telegram names no number; the app stops waiting after about this long
ANSWER_SECONDS = {"callback_query": 60, "inline_query": 30}
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def answer_callback_query(call: Call) -> bool:
    text = call.params.get("text", "")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query = _take(call, call.params["callback_query_id"], "callback_query")
    query.answered = {"text": text, "show_alert": call.params.get("show_alert", False)}
    if call.world.is_watched:
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
    query = _take(call, call.params["inline_query_id"], "inline_query")
    query.answered = {"results": results}
    return True


def _take(call: Call, query_id: str, kind: str) -> Query:
    query = call.world.queries.get(query_id)
    if query is None or query.kind != kind or query.answered is not None:
        raise bad_request(_TOO_OLD)
    if call.world.clock() - query.asked_at > ANSWER_SECONDS[kind]:
        raise bad_request(_TOO_OLD)
    return query
