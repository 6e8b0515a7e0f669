"""/play, 打法: what the shop does for customers of a tier with a goal; each change is a new version."""

import re
from dataclasses import dataclass

from crm_store.analysis.standings import RfmTier
from crm_store.marketing import plays
from crm_store.marketing.refusals import BadPlay
from crm_store.marketing.tables import Goal, Play
from crm_store.staff import staff as staff_verbs
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import command, tap
from handlers.manager.campaigns import card
from handlers.numbers import BETWEEN
from handlers.taps import Keyboard, Tap, button
from handlers.words import LANGUAGES, Words

LONGEST_NAME = 64
MADE_SHOWN = 6
_EVERY = re.compile(
    r"^(?P<before>.*?)[,，;；·\s]*(?:每隔?\s*(?P<days>\d{1,4})\s*天(?:一次)?|every\s+(?P<count>\d{1,4})\s+days?)(?P<after>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_WAY = re.compile(
    r"^(?P<before>.*?)(?:[,，;；·\s]+|^)(?:用|走|by\s+|via\s+)(?P<way>\S+?)(?P<after>(?:[,，;；·\s].*)?)$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class OpenPlay(Tap, verb="play"):
    play: int


@dataclass(frozen=True)
class ShowPlays(Tap, verb="plays"):
    pass


@dataclass(frozen=True)
class UsePlay(Tap, verb="playuse"):
    play: int


def named(chat: Chat) -> None:
    """``/play`` is the list; a tier and a goal open a play; with more words they change it."""
    if not chat.arguments:
        return _list(chat)
    tier, rest = _tier(chat.words, chat.arguments)
    goal, rest = _goal(chat.words, rest) if tier is not None else (None, rest)
    if tier is None or goal is None:
        problem = "goal" if tier is not None else "tier"
        raise BadPlay(problem=problem, value=rest)
    if rest:
        offer, channel, days = _offer(chat.words, rest)
        play = plays.put(
            chat.session,
            tier=tier,
            goal=goal,
            offer=offer,
            channel=channel,
            every_days=days,
            by=chat.me,
            now=chat.now,
        )
        return _show(chat, play)
    known = plays.current(chat.session, tier=tier, goal=goal)
    return _show(chat, known) if known is not None else _list(chat, wanted=(tier, goal))


def open_(chat: Chat, tapped: OpenPlay) -> None:
    play = plays.get(chat.session, play_id=tapped.play)
    return _show(chat, play) if play is not None else _list(chat)


def show_all(chat: Chat, _: ShowPlays) -> None:
    _list(chat)


def use(chat: Chat, tapped: UsePlay) -> None:
    """A draft by the play as it is now: one that was changed since is shown first."""
    play = plays.get(chat.session, play_id=tapped.play)
    if play is None:
        return _list(chat)
    latest = plays.current(chat.session, tier=RfmTier(play.tier), goal=play.goal)
    if latest is not None and latest.id != play.id:
        chat.toast("play_changed", alert=True)
        return _show(chat, latest)
    campaign = plays.draft(
        chat.session,
        play=play,
        name=play.offer[:LONGEST_NAME],
        by=chat.me,
        currency=chat.desk.currency,
        zone=chat.desk.timezone,
        now=chat.now,
    )
    return card.show(chat, campaign, anew=True)


def _list(chat: Chat, wanted: tuple[RfmTier, Goal] | None = None) -> None:
    found = plays.every(chat.session)
    rows: Keyboard = [
        [button("open_play", OpenPlay(one.id), play=_called(chat.words, chat.language, one))] for one in found
    ]
    chat.show(
        "manager/play/list.html.j2",
        plays=found,
        wanted=wanted,
        tiers=list(RfmTier),
        goals=list(Goal),
        buttons=rows,
    )


def _show(chat: Chat, play: Play) -> None:
    versions = plays.versions(chat.session, tier=RfmTier(play.tier), goal=play.goal)
    numbers = {one.id: one.number for one in versions}
    made = plays.made_by(chat.session, plays=versions)
    authors = staff_verbs.by_ids(chat.session, ids=[one.author_id for one in versions if one.author_id])
    chat.show(
        "manager/play/one.html.j2",
        play=play,
        author=authors.get(play.author_id or 0),
        former=[one for one in versions if one.number < play.number],
        newer=[one for one in versions if one.number > play.number],
        made=[(one, numbers[one.play_id or 0]) for one in made[:MADE_SHOWN]],
        buttons=[[button("use_play", UsePlay(play.id))], [button("all_plays", ShowPlays())]],
    )


def _called(words: Words, language: str, play: Play) -> str:
    tier = words.labels(language, "rfm").get(play.tier, play.tier)
    return f"{tier} · {words.label(language, 'goals', play.goal)}"


def _tier(words: Words, text: str) -> tuple[RfmTier | None, str]:
    names = {
        name.casefold(): tier
        for tier in RfmTier
        for name in (tier.value, *(words.label(one, "rfm", tier.value) for one in LANGUAGES))
    }
    name, rest = _begins(text, names)
    return (names[name], rest) if name else (None, rest)


def _goal(words: Words, text: str) -> tuple[Goal | None, str]:
    names = {
        name.casefold(): goal
        for goal in Goal
        for name in (
            goal.value,
            *words.listed("goal_words", goal.value),
            *(words.label(one, "goals", goal.value) for one in LANGUAGES),
        )
    }
    name, rest = _begins(text, names)
    return (names[name], rest) if name else (None, rest)


def _begins(text: str, names: dict[str, object] | dict[str, RfmTier] | dict[str, Goal]) -> tuple[str, str]:
    """The longest of the names that the text begins with, and what follows it."""
    said = text.lstrip(BETWEEN)
    folded = said.casefold()
    for name in sorted(names, key=len, reverse=True):
        follows = folded[len(name) : len(name) + 1]
        if folded.startswith(name) and not (name[-1:].isascii() and follows.isascii() and follows.isalnum()):
            return name, said[len(name) :].strip(BETWEEN)
    return "", said


def _offer(words: Words, text: str) -> tuple[str, str, int | None]:
    """What is offered, by which way, every how many days."""
    days, channel = None, plays.TELEGRAM
    if every := _EVERY.match(text):
        days = int(every["days"] or every["count"])
        text = f"{every['before']} {every['after']}"
    if (way := _WAY.match(text)) and (known := _channel(words, way["way"])) is not None:
        channel, text = known, f"{way['before']} {way['after']}"
    return text.strip(f"{BETWEEN};；·"), channel, days


def _channel(words: Words, text: str) -> str | None:
    said = text.casefold()
    known = words.labels("en", "play_channels")
    return next((key for key in known if said == key or said in words.listed("channel_words", key)), None)


HANDLERS = [
    command("play", "打法", role=Role.MANAGER, run=named),
    tap(OpenPlay, role=Role.MANAGER, run=open_),
    tap(ShowPlays, role=Role.MANAGER, run=show_all),
    tap(UsePlay, role=Role.MANAGER, run=use),
]
