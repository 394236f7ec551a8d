"""Debian's Chromium, as the people of the office use it."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.conftest import found_office

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {
        "executable_path": "/usr/bin/chromium", "args": list(ARGUMENTS),
    }  # fmt: skip


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {
        "locale": "id-ID", "timezone_id": "Asia/Jakarta",
        "viewport": {"width": 1280, "height": 900},
    }  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _loop_runs_first(playwright):
    """Once Playwright's loop runs in a thread, Django keeps that thread's connections elsewhere: a
    transaction that a module opened before would be out of reach, and hold its locks for ever."""


@pytest.fixture(scope="session", autouse=True)
def _static_folder():
    """The session's server begins before any database is there, and wants the folder."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


class Desk:
    """A browser at which people of the office sign in, one after another."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.who = ""

    def sit(self, username: str) -> Page:
        """Sign in as a demo person, signing out whoever sat here before."""
        if self.who == username:
            return self.page
        if self.who:
            self.page.context.clear_cookies()
        self.page.goto(f"{self.address}/masuk/")
        self.page.get_by_label("Nama pengguna", exact=True).fill(username)
        self.page.get_by_label("Kata sandi", exact=True).fill("kompensasi")
        self.page.get_by_role("button", name="Masuk", exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Tugas saya")
        self.who = username
        return self.page


@pytest.fixture
def desk(page, live_server, transactional_db):
    found_office()
    return Desk(page, live_server.url)
