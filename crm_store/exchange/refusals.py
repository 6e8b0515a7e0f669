"""What the exchange of data with other systems will not do, each with what a person must be told."""

from crm_store.refusals import Refusal


class BadKeyName(Refusal):
    """facts: name (as asked for), longest (characters)."""

    template = "bad_key_name"


class NoSuchKey(Refusal):
    """The key was revoked already, or never was. No facts."""

    template = "no_such_key"


class BadSelection(Refusal):
    """facts: word (as it was typed), subject (what was to be exported), states (values there are)."""

    template = "bad_selection"
