"""Browser tests run against a real server process, one a database for the whole run, with the built app."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Playwright, expect

from tests.browser.phone import Phone
from tests.conftest import ENGINES
from tests.server import Server

ROOT = Path(__file__).parents[2]
# What another device did shows after the next look at the server, five seconds later; how long a machine under load
# takes for that is none of these tests' business.
expect.set_options(timeout=30_000)
NewPhone = Callable[..., Phone]


@pytest.fixture(scope="session")
def built_app() -> None:
    """The app that is tested is the one that is served: built, unless it is current."""
    subprocess.run([sys.executable, "scripts/build_pwa.py"], cwd=ROOT, check=True)


@pytest.fixture(scope="session", params=ENGINES)
def server(
    request: pytest.FixtureRequest, built_app: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A running server."""
    folder = tmp_path_factory.mktemp(f"server-{request.param}")
    if request.param == "sqlite":
        yield from running(Server(folder))
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield from running(Server(folder, database_url=url))


def running(server: Server) -> Iterator[Server]:
    """A server for as long as a fixture is needed."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest_asyncio.fixture
async def new_phone(playwright: Playwright, server: Server, tmp_path: Path) -> AsyncIterator[NewPhone]:
    """Makes browsers with profiles of their own: `phone = new_phone()`, `laptop = new_phone(size="laptop")`.

    At the end each is closed, and the test fails if one of them asked a stranger or complained.
    """
    made: list[Phone] = []

    def make(**options: Any) -> Phone:
        phone = Phone(playwright, tmp_path / f"profile-{len(made)}", server.base_url, **options)
        made.append(phone)
        return phone

    yield make
    for phone in made:
        await phone.close()
    assert [complaint for phone in made for complaint in phone.complaints()] == []
