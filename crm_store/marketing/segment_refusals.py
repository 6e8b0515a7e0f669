"""What is not done with segments, each with what a person must be told."""

from crm_store.refusals import Refusal


class NoSuchSegment(Refusal):
    """facts: number or name as it was asked for."""

    template = "no_such_segment"


class BadSegment(Refusal):
    """facts: problem ("words", "empty", "me", "taken", "name"), name."""

    template = "bad_segment"


class SegmentInUse(Refusal):
    """facts: segment, others (segments whose filter names it)."""

    template = "segment_in_use"
