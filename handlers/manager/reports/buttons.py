"""The buttons of reports and of their schedules."""

from dataclasses import dataclass

from handlers.taps import Tap

FORMATS = ("csv", "xlsx", "pdf")


@dataclass(frozen=True)
class ReportFile(Tap, verb="report_file"):
    """The figures of a report as a file."""

    run: int
    format: str


@dataclass(frozen=True)
class ReportAgain(Tap, verb="report_again"):
    """One that failed, once more."""

    run: int


@dataclass(frozen=True)
class ReportBefore(Tap, verb="report_before"):
    """The same report of the period before."""

    run: int


@dataclass(frozen=True)
class OpenSchedule(Tap, verb="sched"):
    schedule: int


@dataclass(frozen=True)
class ChangeSchedule(Tap, verb="sched_do"):
    """``what`` is a key of CHANGES of ``handlers.manager.reports.schedules``."""

    schedule: int
    what: str


@dataclass(frozen=True)
class NewSchedule(Tap, verb="sched_new"):
    """A usual one, by its name."""

    usual: str


@dataclass(frozen=True)
class TakeOverSchedule(Tap, verb="sched_take"):
    """From a colleague who has left."""

    schedule: int
