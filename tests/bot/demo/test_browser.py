"""The demo in a real browser: a customer writes, the agent answers, the rating arrives, the manager reads it.

Everything is real: ``python -m bot demo`` as a process, the bot as a child of it, Chromium on the page.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parent.parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SOON = 20_000
"""Milliseconds; Telegram's own limit of a message a second to one person is part of it."""

OPEN = 90_000
"""Until the shop behind the page is open, on a busy machine."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="the browser test needs Debian's chromium: apt-get install chromium"
    ),
]


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The address of a running demo."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0", "--language", "en"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                yield found[0]
                break
        else:
            pytest.fail(f"the demo did not start: {said}")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: "Browser", demo: str) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(SOON)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(demo)
    opened.locator('.phone[data-role="customer"] [data-message]').first.wait_for(timeout=OPEN)
    yield opened
    context.close()
    assert problems == []


class Phone:
    """One of the phones on the page."""

    def __init__(self, page: "Page", role: str) -> None:
        self.node = page.locator(f'.phone[data-role="{role}"]').first

    def say(self, text: str) -> None:
        self.node.get_by_test_id("composer").fill(text)
        self.node.get_by_test_id("send").click()

    def sees(self, text: str) -> "Locator":
        """The last message with these words, once it is there."""
        found = self.node.locator("[data-message]", has_text=text).last
        found.wait_for()
        return found

    def reply(self, to: "Locator", text: str) -> None:
        to.hover()
        to.get_by_test_id("reply").click()
        self.say(text)


def test_a_ticket_from_the_first_word_to_the_evening_summary(page: "Page") -> None:
    customer, agent, manager = Phone(page, "customer"), Phone(page, "agent"), Phone(page, "manager")

    customer.say("The lid of my Ann <3 & 张 teapot is broken")
    acknowledged = customer.sees("Your ticket number is")
    [number] = re.findall(r"T\d+", acknowledged.inner_text())[:1]

    notice = agent.sees("The lid of my Ann <3 & 张 teapot is broken")
    agent.reply(notice, "A new lid is on its way <today>")
    customer.sees("A new lid is on its way <today>")
    agent.sees("elivered")

    agent.say(f"/resolve {number} new lid sent")
    customer.sees("new lid sent")
    rating = customer.node.locator(".key", has_text="5 ⭐").last
    rating.click()
    customer.sees("⭐⭐⭐⭐⭐")
    agent.sees("⭐⭐⭐⭐⭐")

    manager.say("/today")
    manager.sees("answered")
    assert page.get_by_test_id("counter-lost").inner_text() == "0"


def test_killing_the_bot_costs_nobody_a_word(page: "Page") -> None:
    customer = Phone(page, "customer")

    page.get_by_test_id("bot-kill").click()
    page.locator('[data-testid="bot-state"][data-state="stopped"]').wait_for()
    customer.say("/ask said while the bot was dead")
    page.get_by_test_id("bot-start").click()

    customer.sees("Your ticket number is")
    assert page.get_by_test_id("counter-lost").inner_text() == "0"


def test_the_page_fits_a_desk_and_a_pocket_in_both_languages_and_themes(
    browser: "Browser", demo: str
) -> None:
    for width, height, scheme, locale in (
        (1280, 860, "light", "zh-CN"),
        (1280, 860, "dark", "en-GB"),
        (390, 844, "light", "en-GB"),
        (390, 844, "dark", "zh-CN"),
    ):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale
        )
        opened = context.new_page()
        opened.goto(demo)
        opened.locator(".phone [data-message]").first.wait_for()

        overflow = opened.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        language = opened.evaluate("document.documentElement.lang")

        assert (overflow, language[:2]) == (0, locale[:2]), (width, scheme)
        context.close()
