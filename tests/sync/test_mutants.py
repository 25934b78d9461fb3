"""Faults in our own code, each of which the suite must notice, by the shortest schedule that is known to notice it."""

import pytest

from tests.sync.mutants import MUTANTS, caught
from tests.sync.schedules import parse
from tests.sync.shrink import violation_of
from tests.sync.table import PAGE, page
from tests.sync.test_schedules import house_on


async def test_every_seeded_fault_is_noticed_and_its_schedule_passes_without_it(
    engine: str, request: pytest.FixtureRequest
) -> None:
    here = [one for one in MUTANTS if one.engines[0] == engine]
    async with house_on(engine, request) as house:
        healthy = {one.name: await violation_of(house, parse(one.schedule)) for one in here}
        assert {name: found for name, found in healthy.items() if found} == {}
        missed = [one.name for one in here if await caught(house, one) is None]
    assert missed == []


def test_there_are_many_and_each_says_in_one_sentence_what_it_does() -> None:
    assert len({one.name for one in MUTANTS}) == len(MUTANTS) >= 30
    assert all(one.fault.endswith(".") and one.fault.count(". ") == 0 for one in MUTANTS)


def test_the_page_lists_them_all_as_they_are() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.sync.table"
