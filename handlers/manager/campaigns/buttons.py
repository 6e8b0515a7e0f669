"""The buttons about campaigns. A place is a step of the draft, packed (``places``)."""

from dataclasses import dataclass

from handlers.taps import Tap


@dataclass(frozen=True)
class OpenCampaign(Tap, verb="camp"):
    campaign: int


@dataclass(frozen=True)
class ShowCampaigns(Tap, verb="camps"):
    page: int


@dataclass(frozen=True)
class NewCampaign(Tap, verb="camp_new"):
    pass


@dataclass(frozen=True)
class EditCampaign(Tap, verb="camp_ed"):
    """What of it is to be changed."""

    campaign: int


@dataclass(frozen=True)
class EditPlace(Tap, verb="camp_at"):
    campaign: int
    place: str


@dataclass(frozen=True)
class Pick(Tap, verb="camp_pick"):
    """An answer that need not be typed."""

    campaign: int
    place: str
    value: str


@dataclass(frozen=True)
class StepBack(Tap, verb="camp_back"):
    campaign: int
    place: str


@dataclass(frozen=True)
class StepOver(Tap, verb="camp_skip"):
    """It stays as it is."""

    campaign: int
    place: str


@dataclass(frozen=True)
class TakeRest(Tap, verb="camp_rest"):
    """All that was not asked yet stays as it is."""

    campaign: int
    place: str


@dataclass(frozen=True)
class LeaveDraft(Tap, verb="camp_leave"):
    campaign: int


@dataclass(frozen=True)
class DropVersion(Tap, verb="camp_drop"):
    campaign: int
    arm: str


@dataclass(frozen=True)
class TestCampaign(Tap, verb="camp_test"):
    campaign: int


@dataclass(frozen=True)
class SubmitCampaign(Tap, verb="camp_sub"):
    campaign: int


@dataclass(frozen=True)
class ShowMessages(Tap, verb="camp_msg"):
    campaign: int


@dataclass(frozen=True)
class ApproveCampaign(Tap, verb="camp_ok"):
    """``seen`` is the version of it that the reader sees, ``reach`` how many it could be sent to: nothing
    else is approved, nor for many more."""

    campaign: int
    seen: int
    reach: int


@dataclass(frozen=True)
class RejectCampaign(Tap, verb="camp_no"):
    campaign: int


@dataclass(frozen=True)
class RejectSilently(Tap, verb="camp_no0"):
    """Without a reason."""

    campaign: int


@dataclass(frozen=True)
class AskStart(Tap, verb="camp_go"):
    campaign: int


@dataclass(frozen=True)
class StartCampaign(Tap, verb="camp_go1"):
    campaign: int


@dataclass(frozen=True)
class PauseCampaign(Tap, verb="camp_hold"):
    campaign: int


@dataclass(frozen=True)
class ResumeCampaign(Tap, verb="camp_on"):
    campaign: int


@dataclass(frozen=True)
class CopyCampaign(Tap, verb="camp_like"):
    """Another one that says the same."""

    campaign: int


@dataclass(frozen=True)
class AskStop(Tap, verb="camp_end"):
    campaign: int


@dataclass(frozen=True)
class StopCampaign(Tap, verb="camp_end1"):
    campaign: int


@dataclass(frozen=True)
class ReportCampaign(Tap, verb="camp_rep"):
    """What came of it so far."""

    campaign: int


@dataclass(frozen=True)
class ShowUnknown(Tap, verb="camp_unk"):
    """Those of whom nobody knows whether they got it, behind a customer."""

    campaign: int
    after: int
