"""What campaigns did, at work: a process counts and draws; one commit tells it, or keeps it with the campaign
when its window is over."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot import child
from bot.exporting import MIME
from bot.work import Work, send_picture
from crm_store.exchange import exports
from crm_store.mailbox import jobs
from crm_store.mailbox.wake import OUTBOX, wake
from crm_store.marketing import campaigns
from crm_store.marketing.tables import Campaign
from handlers.manager.campaigns import report
from handlers.manager.campaigns import together as whole
from handlers.manager.reports.telling import PICTURED
from handlers.pictured import tongues

LIMIT_SECONDS = 600.0
AGAIN = timedelta(hours=1)
"""After so long an outcome that could not be counted is tried again."""

COLUMNS = (
    "customer", "name", "arm", "state", "reason", "sent_at", "clicked_at", "replied_at", "opted_out_at",
    "orders", "net",
)  # fmt: skip
"""Keys of ``[fate_columns]``."""


async def tell(work: Work) -> None:
    """The job "camp_report": one that is kept is told already, and only drawn."""
    order = await work.writer.run(_order, work=work)
    if order is None:
        return
    told = await child.run("bot.measurer", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _tell(session, work, told))


async def file(work: Work) -> None:
    """The job "camp_file": every member's fate, in the ``format`` that was asked for."""
    order = await work.writer.run(_file_order, work=work)
    if order is None:
        return
    told = await child.run("bot.measurer", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _send(session, work, told))


async def keep(work: Work) -> None:
    """The job "camp_measure": the window of a campaign is over, and what came of it stays."""
    order = await work.writer.run(_keep_order, work=work)
    if order is None:
        return
    told = await child.run("bot.measurer", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: _keep(session, work, told["outcome"]))


async def together(work: Work) -> None:
    """The job "camp_together": all campaigns, by the shop's own hold-out."""
    desk, told = work.voice.desk, work.arguments
    order = {
        "url": work.settings.store.whole_url,
        "key": work.settings.store.key,
        "do": "together",
        "thousandths": int(told["share"]),
        "start": told["start"],
        "end": told["end"],
        "currency": desk.currency,
    }
    found = await child.run("bot.measurer", order, limit_seconds=LIMIT_SECONDS)
    await work.finish(lambda session: whole.show(session, work=work, found=found))


def ask(session: Session, now: datetime) -> int:
    """Ask that what came of campaigns be kept, once their window is over; once an hour until it is."""
    asked = 0
    for campaign in campaigns.measured(session, now=now):
        assert campaign.measured_until is not None
        tries = (now - campaign.measured_until) // AGAIN
        slot, arguments = f"{campaign.number}:{tries}", {"campaign": campaign.id}
        asked += jobs.ask_once(session, kind=report.KEEP_JOB, slot=slot, arguments=arguments, now=now)
    return asked


def _basics(work: Work, campaign: Campaign) -> dict[str, Any]:
    return {
        "url": work.settings.store.whole_url,
        "key": work.settings.store.key,
        "campaign": campaign.id,
        "tracked": bool(work.voice.desk.public_url),
        "now": work.now().isoformat(),
        "zone": work.voice.desk.timezone.key,
        "outcome": campaign.outcome,
        "tongues": None,
    }


def _campaign(session: Session, work: Work) -> Campaign:
    return campaigns.get(session, number=int(work.arguments["campaign"]))


def _order(session: Session, *, work: Work) -> dict[str, Any] | None:
    by = work.asker(session)
    if by is None or not report.may(by):
        return None
    campaign = _campaign(session, work)
    spoken = tongues(
        work.voice.words,
        by.language,
        sections=PICTURED,
        currency=campaign.currency,
        about=lambda language: _about(work, campaign, language),
    )
    return _basics(work, campaign) | {"do": "tell", "language": by.language, "tongues": spoken}


def _about(work: Work, campaign: Campaign, language: str) -> str:
    """Which campaign and zone it is about."""
    about = {"campaign": campaign, "desk": work.voice.desk, "now": work.now()}
    return work.voice.words.render(language, "manager/campaign/about.html.j2", **about)


def _tell(session: Session, work: Work, told: Mapping[str, Any]) -> None:
    campaign, by = _campaign(session, work), work.asker(session)
    if by is None or not report.may(by):
        return
    if work.job.progress_key is not None:
        report.show(session, work=work, campaign=campaign, outcome=told["outcome"])
    picture = told["picture"]
    if picture is None:
        return
    send_picture(
        session,
        key=f"job:{work.job.id}:picture",
        chat_id=by.chat_id,
        name=campaign.number,
        picture=picture,
        now=work.now(),
    )


def _file_order(session: Session, *, work: Work) -> dict[str, Any] | None:
    by = work.asker(session)
    if by is None or not report.may(by):
        return None
    words = work.voice.words
    headings = words.labels(by.language, "fate_columns")
    return _basics(work, _campaign(session, work)) | {
        "do": "file",
        "format": work.arguments["format"],
        "headings": [headings[one] for one in COLUMNS],
        "labels": {one: words.labels(by.language, one) for one in ("member_states", "member_reasons")},
    }


def _send(session: Session, work: Work, told: Mapping[str, Any]) -> None:
    by, campaign, now = work.asker(session), _campaign(session, work), work.now()
    if by is None or not report.may(by):
        return
    format = work.arguments["format"]
    name = f"{campaign.number}-{work.voice.desk.local(now):%Y%m%d-%H%M}.{format}"
    facts = {"campaign": campaign.number, "rows": told["rows"], "files": [name]}
    exports.note(session, job=work.job, by=by, action="exported", facts=facts, now=now)
    work.send_file(
        session,
        file_name=name,
        mime_type=MIME[f".{format}"],
        data=base64.b64decode(told["data"]),
        template="manager/campaign/fates.html.j2",
        campaign=campaign,
        rows=told["rows"],
    )


def _keep_order(session: Session, *, work: Work) -> dict[str, Any] | None:
    campaign = _campaign(session, work)
    if not campaigns.is_measured(campaign, now=work.now()):
        return None
    return _basics(work, campaign) | {"do": "keep"}


def _keep(session: Session, work: Work, outcome: dict[str, Any]) -> None:
    campaign, now = _campaign(session, work), work.now()
    if not campaigns.is_measured(campaign, now=now):
        return
    campaigns.complete(session, campaign=campaign, outcome=outcome, now=now)
    report.tell_measured(session, voice=work.voice, campaign=campaign, now=now)
    wake(session, OUTBOX)
