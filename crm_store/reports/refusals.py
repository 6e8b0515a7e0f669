"""What a schedule of reports will not do, each with what a person must be told."""

from crm_store.refusals import Refusal


class NoSuchSchedule(Refusal):
    """facts: number, as it was asked for; schedules (those they have). Also for another manager's."""

    template = "no_such_schedule"


class TooManySchedules(Refusal):
    """facts: most."""

    template = "too_many_schedules"


class NoSuchAlert(Refusal):
    """facts: number, as it was asked for; alerts (those they have). Also for another manager's."""

    template = "no_such_alert"


class TooManyAlerts(Refusal):
    """facts: most."""

    template = "too_many_alerts"


class NotByDay(Refusal):
    """facts: metric, metrics (those of a day). What is of this moment has no day to be compared with."""

    template = "not_by_day"
