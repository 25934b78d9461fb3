"""The demo's contacts, planned: their counts are the published ones exactly, the rest is spread.

Pure, and the same everywhere and always: what looks random is the order of SHA-256 values, so that a load that was
interrupted goes on with the same records under another Python.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TypeVar

from wegwijs.demo.figures import Published, Spread

T = TypeVar("T")

WORKERS = 2
# One less than the last of the published twenty, which then stay the first twenty.
MOST_OUTSIDE_TOP = 10
# How many help requests a contact holds, in turn: most hold one.
_SIZES = (1, 1, 2, 1, 1, 3, 1, 1, 1, 2)
_WITH_DESTINATION = frozenset({"refer", "accompany", "phone"})
_NOT_RECORDED = ("gender", "age_band", "residence_status", "district")


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One help request."""

    subtheme: str
    primary_action: str
    destination: str | None


@dataclass(frozen=True, slots=True)
class PlannedContact:
    """One contact of worker 0 or 1. `snapshot_not_recorded`: the worker said so; else nobody was asked."""

    number: int
    worker: int
    month: str | None
    setting: str | None
    language: str
    snapshot_not_recorded: bool
    requests: tuple[PlannedRequest, ...]

    @property
    def snapshot(self) -> dict[str, str]:
        """The person snapshot: no person is made up."""
        return dict.fromkeys(_NOT_RECORDED, "not_recorded") if self.snapshot_not_recorded else {}


def _number(*parts: object) -> int:
    """A number that is always the same for the same parts, and looks like chance."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, parts)).encode()).digest()[:8], "big")


def _mixed(what: str, items: Iterable[T]) -> list[T]:
    """The items in an order that `what` decides."""
    numbered = sorted(enumerate(items), key=lambda pair: _number(what, pair[0]))
    return [item for _, item in numbered]


def _each(counts: Mapping[str, int]) -> Iterator[str]:
    """Every code as often as it was counted."""
    return chain.from_iterable(repeat(code, count) for code, count in counts.items())


def spread_subthemes(count: int, codes: Sequence[str]) -> dict[str, int]:
    """`count` help requests over subthemes, at most ten each. Raises ValueError when they do not fit."""
    if count > MOST_OUTSIDE_TOP * len(codes):
        raise ValueError(f"{count} help requests do not fit into {len(codes)} subthemes")
    counts = dict.fromkeys(codes, 0)
    for number in range(count):
        place = _number("subtheme", number) % len(codes)
        while counts[codes[place]] == MOST_OUTSIDE_TOP:
            place = (place + 1) % len(codes)
        counts[codes[place]] += 1
    return {code: times for code, times in counts.items() if times}


def _destination(subtheme: str, action: str, number: int, spread: Spread) -> str | None:
    if action not in _WITH_DESTINATION:
        return None
    likely = spread.destinations.get(subtheme) or spread.destinations.get(subtheme.partition(".")[0], [])
    # A call is not always to a service: every third has no destination.
    if not likely or (action == "phone" and _number("called", number) % 3 == 0):
        return None
    return likely[_number("destination", number) % len(likely)]


def _requests(figures: Published, spread: Spread, subthemes: Sequence[str]) -> list[PlannedRequest]:
    """All help requests, in mixed order."""
    outside = [code for code in subthemes if code not in figures.subthemes]
    about = _mixed("about", _each({**figures.subthemes, **spread_subthemes(figures.outside_top, outside)}))
    done = _mixed("done", _each(figures.actions))
    return [
        PlannedRequest(subtheme, action, _destination(subtheme, action, number, spread))
        for number, (subtheme, action) in enumerate(zip(about, done, strict=True))
    ]


def _languages(figures: Published, spread: Spread, contacts: int) -> list[str]:
    """A language for each contact: the readable shares, the rest evenly over others."""
    known = {code: round(contacts * percent / 100) for code, percent in figures.languages_percent.items()}
    others = (spread.languages[n % len(spread.languages)] for n in range(contacts - sum(known.values())))
    return _mixed("language", chain(_each(known), others))


def _grouped(
    places: Iterable[tuple[str | None, str | None]], requests: Iterable[PlannedRequest]
) -> list[tuple[str | None, str | None, tuple[PlannedRequest, ...]]]:
    """Help requests of one month and one setting, cut into contacts of one to three."""
    cells: dict[tuple[str | None, str | None], list[PlannedRequest]] = defaultdict(list)
    for place, request in zip(places, requests, strict=True):
        cells[place].append(request)
    contacts = []
    for (month, setting), found in sorted(cells.items(), key=lambda cell: (cell[0][0] or "", cell[0][1] or "")):
        start = turn = 0
        while start < len(found):
            size = _SIZES[turn % len(_SIZES)]
            contacts.append((month, setting, tuple(found[start : start + size])))
            start, turn = start + size, turn + 1
    return contacts


def make_plan(figures: Published, spread: Spread, subthemes: Sequence[str]) -> list[PlannedContact]:
    """All contacts, by month, those without one first. `subthemes` are the codes of the catalogue, in its order.

    Raises ValueError when the figures do not add up.
    """
    months: list[str | None] = [*_each(figures.months), *repeat(None, figures.without_month)]
    settings: list[str | None] = [*_each(figures.settings), *repeat(None, figures.without_setting)]
    places = zip(months, _mixed("setting", settings), strict=True)
    groups = _grouped(places, _requests(figures, spread, subthemes))
    languages = _languages(figures, spread, len(groups))
    return [
        PlannedContact(
            number=number,
            worker=_number("worker", number) % WORKERS,
            month=month,
            setting=setting,
            language=languages[number],
            snapshot_not_recorded=_number("snapshot", number) % 8 == 0,
            requests=requests,
        )
        for number, (month, setting, requests) in enumerate(groups)
    ]
