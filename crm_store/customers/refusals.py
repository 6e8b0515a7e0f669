"""What is not written into a customer's record, each with what a person must be told."""

from crm_store.refusals import Refusal


class BadContact(Refusal):
    """facts: kind (ContactKind), value as it was typed."""

    template = "bad_contact"


class BadValue(Refusal):
    """facts: field (a key of ``records.change``), value as it was typed, most (characters, or None)."""

    template = "bad_value"


class NoName(Refusal):
    """A customer has a name. No facts."""

    template = "no_name"


class TooManyTags(Refusal):
    """facts: most (how many a customer may have), longest (characters of one)."""

    template = "too_many_tags"


class BadFieldValue(Refusal):
    """facts: field (CustomField), value as it was typed."""

    template = "bad_field_value"


class NoSuchField(Refusal):
    """facts: name, fields (those there are)."""

    template = "no_such_field"


class FieldExists(Refusal):
    """facts: name."""

    template = "field_exists"


class BadField(Refusal):
    """facts: reason ("name", "taken", "choices", "many"). A field that cannot be defined like that."""

    template = "bad_field"


class NothingToUndo(Refusal):
    """facts: number."""

    template = "nothing_to_undo"


class NotUndone(Refusal):
    """facts: number, action (that of the last change, which has its own way back or none)."""

    template = "not_undone"


class ChangedSince(Refusal):
    """facts: number. Somebody changed the customer after the button was shown."""

    template = "changed_since"


class OwnedBySomebody(Refusal):
    """facts: number, owner (Staff). Only a manager takes a customer from a colleague."""

    template = "owned_by_somebody"


class BadNeed(Refusal):
    """facts: none. A need says what is wanted."""

    template = "bad_need"


class BadPreference(Refusal):
    """facts: none. A preference says what about."""

    template = "bad_preference"


class BadFilter(Refusal):
    """facts: name (the field as it was typed), fields (keys of labels ``[filters]`` there are), own (names of
    the shop's own fields)."""

    template = "bad_filter"


class BadFilterValue(Refusal):
    """facts: name (the field as it was typed), value as it was typed, wants (a key of ``[filter_wants]``)."""

    template = "bad_filter_value"
