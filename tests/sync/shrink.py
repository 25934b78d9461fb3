"""Makes a failing schedule shorter, step by step, as long as it fails by the same rule."""

from tests.sync.house import House
from tests.sync.invariants import Violation
from tests.sync.schedules import Schedule
from tests.sync.simulation import Simulation


async def violation_of(house: House, schedule: Schedule, seed: int = 0) -> Violation | None:
    """What a schedule breaks, or None."""
    try:
        await Simulation(house, seed).run(schedule)
    except Violation as violation:
        return violation
    return None


async def shortest(house: House, schedule: Schedule, seed: int = 0) -> Schedule:
    """A part of the schedule that still fails by the same rule, and of which no single step can be left out."""
    first = await violation_of(house, schedule, seed)
    size = max(1, len(schedule) // 2)
    while first is not None and size >= 1:
        at = 0
        while at < len(schedule):
            shorter = schedule[:at] + schedule[at + size :]
            found = await violation_of(house, shorter, seed) if shorter else None
            if found is not None and found.rule == first.rule:
                schedule = shorter
            else:
                at += size
        size = size // 2
    return schedule
