"""One round of every misfortune; `scripts/bench browser-faults` goes on for hundreds."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import NewPhone
from tests.browser.cycles import Cycles
from tests.browser.releases import upgradable_server
from tests.server import Server


@pytest.fixture
def upgradable(built_app: None, tmp_path: Path) -> Iterator[Server]:
    with upgradable_server(tmp_path / "upgradable") as server:
        yield server


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_whatever_happens_to_a_phone_each_save_arrives_once(upgradable: Server, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.base_url = upgradable.base_url
    # A browser that is killed may forget its newest cookie: the device then signs in again by itself.
    phone.expected.append("status of 401")
    worker = Cycles(phone, upgradable, random.Random(20261125))
    await worker.begin()
    await worker.run(len(worker.misfortunes))
    assert worker.verdict() == {"lost": 0, "doubled": 0}
    assert len(worker.confirmed) >= len(worker.misfortunes) - 1
