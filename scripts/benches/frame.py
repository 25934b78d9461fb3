"""What every bench shares: warm-up, repeated runs in turns, medians, and one JSON object as the last line.

A subject is compared with its reference in the same process and minute, run by run in turns, so that a busy machine
slows both. Rates are per second.
"""

import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Work = Awaitable[int]
"""The timed part of a run; gives how many items it handled."""
Subject = Callable[[], Awaitable[Work]]
"""Makes one run ready, uncounted, and gives its timed part."""


@dataclass
class Rates:
    """What the runs of one subject gave, in items per second."""

    name: str
    runs: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    def line(self) -> str:
        return f"{self.name:<12} {self.median:>10.0f} /s   ({min(self.runs):.0f} to {max(self.runs):.0f})"


async def measure(subjects: Mapping[str, Subject], *, runs: int, warm_up: int = 1) -> dict[str, Rates]:
    """Run all subjects in turns, `warm_up` rounds uncounted and `runs` rounds counted."""
    found = {name: Rates(name) for name in subjects}
    for number in range(-warm_up, runs):
        for name, subject in subjects.items():
            work = await subject()
            began = time.perf_counter()
            items = await work
            if number >= 0:
                found[name].runs.append(items / (time.perf_counter() - began))
    for rates in found.values():
        print(rates.line(), file=sys.stderr)
    return found


def ratio(subject: Rates, reference: Rates) -> float:
    """The median of the ratios of runs that stood next to each other."""
    return statistics.median(one / other for one, other in zip(subject.runs, reference.runs, strict=True))


def report(figures: Mapping[str, float]) -> None:
    """Print the result as the last line."""
    print(json.dumps({name: round(value, 3) if value < 100 else round(value) for name, value in figures.items()}))
