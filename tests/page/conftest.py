"""A browser for all tests, and pages of generated clouds of three sizes."""

import os

import pytest

from onecore.pictures.page import page

from .browser import missing, started
from .samples import school

MADE = 1_700_000_000


@pytest.fixture(scope="session", autouse=True)
def able():
    """Without a browser the tests are skipped; CI must have one."""
    reason = missing()
    if reason:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"the page in a browser: {reason}")


@pytest.fixture(scope="session")
def session_browser(able):
    with started() as browser:
        yield browser


@pytest.fixture
def browser(session_browser):
    """The browser, wide, in light mode, without stored data; its console must be empty after the test."""
    session_browser.prefer("light")
    session_browser.resize(1280)
    yield session_browser
    session_browser.run("try { localStorage.clear() } catch (error) { return }")
    assert session_browser.complaints() == []


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Write a page of sheets; returns its address."""
    folder = tmp_path_factory.mktemp("pages")

    def write(name, sheets, notices=()):
        file = folder / f"{name}.html"
        file.write_text(page(sheets, "a cloud", MADE, notices), encoding="utf-8")
        return file.as_uri()

    return write


@pytest.fixture(scope="session")
def address(written):
    """The address of the page of a cloud with 60 networks."""
    return written("small", school(60))


@pytest.fixture(scope="session", params=[600, 6000])
def large(request, written):
    """The number of networks, and the address of the page."""
    return request.param, written(str(request.param), school(request.param))
