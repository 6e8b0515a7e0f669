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


class NoSuchTag(Refusal):
    """facts: tag. No customer has it."""

    template = "no_such_tag"


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


class AlreadyOne(Refusal):
    """facts: number, into (the number it is part of; its own, where one was to be merged with itself)."""

    template = "already_one"


class TwoTelegrams(Refusal):
    """facts: kept, gone (Customer). Both read what is sent to their own account: the answers to one would be
    read by the other, should they be two people after all."""

    template = "two_telegrams"


class NotMerged(Refusal):
    """facts: number, taken (the numbers of those that it took in itself)."""

    template = "not_merged"


class MergedLongAgo(Refusal):
    """facts: number, at, days (how long a merge can be undone)."""

    template = "merged_long_ago"


class MergedLater(Refusal):
    """facts: number, first (the number of the merge that must be undone before this one)."""

    template = "merged_later"
