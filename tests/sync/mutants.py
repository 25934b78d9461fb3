"""The suite itself is tested: faults in our own code, each of which some schedule must notice.

A mutant changes one of our functions in one way that somebody could write by mistake. Beside it stands the shortest
schedule that is known to notice it. One that nothing notices is a hole in the suite.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tests.sync.house import House
from tests.sync.invariants import Violation
from tests.sync.network import ServerFailed
from tests.sync.schedules import parse
from tests.sync.simulation import Simulation

BOTH = ("sqlite", "postgresql")
Patches = list[Any]


@dataclass(frozen=True)
class Mutant:
    """A fault of ours: what it is called, what it does in one sentence, how to make it, and what notices it."""

    name: str
    fault: str
    schedule: str
    patches: Callable[[House], Patches]
    engines: tuple[str, ...] = BOTH


MUTANTS: list[Mutant] = []


def mutant(
    schedule: str, engines: tuple[str, ...] = BOTH
) -> Callable[[Callable[[House], Patches]], Callable[[House], Patches]]:
    """Register a mutant: its function's name and docstring say what it is."""

    def register(patches: Callable[[House], Patches]) -> Callable[[House], Patches]:
        name, fault = patches.__name__.replace("_", " "), " ".join((patches.__doc__ or "").split())
        MUTANTS.append(Mutant(name, fault, schedule, patches, engines))
        return patches

    return register


async def caught(house: House, one: Mutant) -> str | None:
    """Run a mutant's schedule on the broken code; returns what noticed it, or None."""
    with ExitStack() as stack:
        for made in one.patches(house):
            stack.enter_context(made)
        try:
            await Simulation(house).run(parse(one.schedule))
        except Violation as violation:
            return f"{violation.rule}: {violation.what}"
        except ServerFailed:
            return "no 5xx: the application failed"
        finally:
            await asyncio.sleep(0)
    return None


def awaited(value: Any) -> Callable[..., Any]:
    """An async function that gives this, whatever it is asked."""

    async def given(*_: Any, **__: Any) -> Any:
        return value

    return given
