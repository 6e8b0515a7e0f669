"""What the variables of the templates for changing customers can hold."""

from datetime import date
from typing import Any

from crm_store.customers.duplicates import Likely
from crm_store.customers.freshness import Stale
from crm_store.customers.needs import Demand
from crm_store.customers.tables import (
    ContactKind,
    CustomField,
    FieldKind,
    Need,
    NeedState,
    Preference,
    PreferenceSource,
)
from crm_store.staff.roles import Role
from handlers.agent.records.history import Entry
from handlers.agent.records.lines import Line
from tests.samples.rows import ANN, BOB, CUSTOMERS, MESSAGES, STAFF, TICKETS, WORDS, ago

LINES = [Line("Phone", "138****0000", "139 0000 0000"), Line(WORDS, "", WORDS), Line("Tier", "VIP", "")]

FIELDS = [
    CustomField(
        id=place,
        name=f"{WORDS} {place}",
        kind=kind,
        choices=["<gold>", "张"] if kind == FieldKind.CHOICE else None,
        role=role,
        created_at=ago(days=1),
    )
    for place, (kind, role) in enumerate(
        [(one, role) for one in FieldKind for role in (Role.AGENT, Role.MANAGER)], start=1
    )
]

NEEDS = [
    Need(id=1, customer_id=1, category=WORDS, text=WORDS, author_id=1, at=ago(days=1)),
    Need(
        id=2,
        customer_id=1,
        category="tea",
        text="two pounds",
        budget=50000,
        wanted_by=date(2026, 12, 1),
        state=NeedState.MET,
        author_id=1,
        at=ago(days=2),
    ),
]

PREFERENCES = [
    Preference(
        id=1, customer_id=1, topic="channel", value=WORDS, source=PreferenceSource.STATED, at=ago(days=1)
    ),
    Preference(
        id=2,
        customer_id=1,
        topic="colour",
        value="blue",
        source=PreferenceSource.INFERRED,
        confidence=0.7,
        at=ago(days=1),
    ),
    Preference(
        id=3,
        customer_id=1,
        topic="green tea",
        value="Green tea",
        source=PreferenceSource.STATED,
        at=ago(days=1),
    ),
]

TRAIL = [
    Entry(at=ago(hours=1), who=BOB, action="changed", lines=LINES),
    Entry(at=ago(days=3), who=ANN, action="张", lines=[]),
]

LIKELY = [
    (Likely(CUSTOMERS[0], 90.0, ["same_phone"]), [WORDS, "same name"], "138****0000"),
    (Likely(CUSTOMERS[-1], 60.0, []), [], ""),
]

VALUES: dict[str, list[Any]] = {}
"""By name, where no template asks for something else."""

_OF = [{"customer": one} for one in CUSTOMERS]
_NAMED = [{"name": WORDS}]
_NUMBERED = [{"number": "C12"}]

FITTING: dict[str, list[dict[str, Any]]] = {
    "agent/records/changed": [
        {"customer": one, "lines": LINES, "others": others}
        for one in CUSTOMERS
        for others in ([], CUSTOMERS[:1], CUSTOMERS)
    ],
    "agent/records/undone": [{"customer": one, "lines": LINES} for one in CUSTOMERS],
    "agent/records/unchanged": _OF,
    "agent/records/edit": _OF,
    "agent/records/kept_theirs": _OF,
    "agent/records/new_created": _OF,
    "agent/records/set_usage": [
        {"customer": CUSTOMERS[0], "stray": stray, "names": ["Name", WORDS], "fields": fields}
        for stray in ("", WORDS)
        for fields in ([], FIELDS)
    ],
    "agent/records/ask_value": [
        {"customer": CUSTOMERS[0], "name": WORDS, "value": value, "choices": choices}
        for value in ("", WORDS)
        for choices in (True, False)
    ],
    "agent/records/words_only": _NAMED,
    "agent/records/new_field": _NAMED,
    "agent/records/conflict": [{"customer": CUSTOMERS[0], "lines": lines} for lines in (LINES, LINES[1:2])],
    "agent/records/owner": [
        {"customer": customer, "owner": owner} for customer in CUSTOMERS for owner in (None, STAFF[0])
    ],
    "agent/records/yours_now": [{"customer": one, "by": STAFF[0]} for one in CUSTOMERS],
    "agent/records/tags": [{"customer": CUSTOMERS[0], "tags": tags} for tags in ([], ["vip", "<gift>"])],
    "agent/records/history": [
        {"number": "C12", "name": name, "trail": trail} for name in ("", ANN) for trail in ([], TRAIL)
    ],
    "agent/records/undo": [
        {"customer": one, "lines": LINES, "who": BOB, "at": ago(hours=2)} for one in CUSTOMERS
    ],
    "agent/records/not_undone": [
        {"customer": one, "number": "O7", "is_order": is_order}
        for one in CUSTOMERS
        for is_order in (True, False)
    ],
    "agent/records/needs": [{"customer": CUSTOMERS[0], "needs": needs} for needs in ([], NEEDS)],
    "agent/records/ask_need": [{"ticket": TICKETS[0], "message": MESSAGES[0]}],
    "agent/records/need_kept": [{"customer": CUSTOMERS[0], "need": one} for one in NEEDS],
    "agent/records/preferences": [
        {"customer": CUSTOMERS[0], "preferences": preferences} for preferences in ([], PREFERENCES)
    ],
    "agent/records/new_draft": [
        {
            "fields": [("Name", ANN), (WORDS, WORDS)],
            "note": note,
            "rest": rest,
            "has_name": named,
            "likely": likely,
        }
        for note, rest in (("", ""), (WORDS, ""), ("", WORDS))
        for named in (True, False)
        for likely in ([], LIKELY)
    ],
    "manager/needs/needs": [
        {"demands": demands}
        for demands in ([], [Demand(WORDS, 1, 1, 0)], [Demand("tea", 3, 5, 120000), Demand("pots", 1, 2, 1)])
    ],
    "manager/fields/list": [{"fields": fields} for fields in ([], FIELDS)],
    "manager/fields/usage": [{"name": WORDS, "kinds": list(FieldKind)}],
    "manager/fields/added": [{"field": one} for one in FIELDS],
    "manager/fields/dropped": [{"field": one} for one in FIELDS],
    "manager/stale/stale": [
        {"days": days, "stale": stale}
        for days in (1, 180)
        for stale in ([], [Stale(one, ago(days=200)) for one in CUSTOMERS])
    ],
    "customer/bind/bound": [{"phone": "138 0000 0000"}],
    "customer/bind/is_it_you": [{"name": "张**", "orders": orders} for orders in (0, 1, 3)],
    "customer/profile/profile": [
        {"customer": customer, "phones": phones, "emails": emails, "wishes": wishes, "due": due}
        for customer in CUSTOMERS
        for phones, emails, wishes in (([], [], []), (["138 0000 0000"], ["ann@example.com"], [WORDS, "tea"]))
        for due in (True, False)
    ],
    "customer/profile/ask": [{"field": field, "name": WORDS} for field in ("name", "address", "preference")],
    "refused/bad_contact": [{"kind": kind, "value": WORDS} for kind in ContactKind],
    "refused/bad_value": [
        {"field": "name", "value": WORDS, "most": 200},
        {"field": "tier", "value": WORDS, "most": None},
    ],
    "refused/bad_field_value": [{"field": one, "value": WORDS} for one in FIELDS],
    "refused/no_such_field": [{"name": WORDS, "fields": fields} for fields in ([], FIELDS)],
    "refused/field_exists": _NAMED,
    "refused/bad_field": [{"reason": reason} for reason in ("name", "taken", "choices", "many")],
    "refused/nothing_to_undo": _NUMBERED,
    "refused/changed_since": _NUMBERED,
    "refused/not_undone": [
        {"number": "C12", "action": action} for action in ("merged", "imported", "created")
    ],
    "refused/no_such_tag": [{"tag": WORDS}],
    "agent/records/tag_renamed": [{"was": "<gift>", "name": WORDS, "count": count} for count in (1, 1200)],
    "refused/owned_by_somebody": [{"number": "C12", "owner": STAFF[0]}],
    "refused/too_many_tags": [{"most": 30, "longest": 30}],
}
"""By template, where a name means something else or several go together."""
