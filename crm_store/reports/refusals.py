"""What a schedule of reports will not do, each with what a person must be told."""

from crm_store.refusals import Refusal


class NoSuchSchedule(Refusal):
    """facts: number, as it was asked for; schedules (those they have). Also for another manager's."""

    template = "no_such_schedule"


class TooManySchedules(Refusal):
    """facts: most."""

    template = "too_many_schedules"
