"""Periods as they are asked for: from one month or day to another, both included, each of them optional."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from wegwijs.foundation.problems import Problem
from wegwijs.reports import problems  # noqa: F401  (registers them)

MONTH = r"^[0-9]{4}-[0-9]{2}$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_YEARS = 10


@dataclass(frozen=True, slots=True)
class Period:
    """`first` and `last` as text (2016-06 or 2016-06-30), which sorts as time does; None is open."""

    first: str | None = None
    last: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.first is None and self.last is None


def _date(text: str, shape: str) -> date:
    if not re.fullmatch(shape, text, re.ASCII):
        raise Problem("bad_period")
    try:
        return date.fromisoformat(text if shape == DAY else f"{text}-01")
    except ValueError:
        raise Problem("bad_period") from None


def read_period(first: str | None, last: str | None, shape: str) -> Period:
    """A period of months (`MONTH`) or days (`DAY`).

    Raises Problem `bad_period`: not in that shape, no such day, the wrong way round, or more than ten years.
    """
    begin = None if first is None else _date(first, shape)
    end = None if last is None else _date(last, shape)
    if begin is not None and end is not None and not (begin <= end and end.year - begin.year <= _YEARS):
        raise Problem("bad_period")
    return Period(first, last)


def months_between(first: str, last: str) -> Iterator[str]:
    """Every month from `first` to `last` (2015-12, 2016-01 …), both included."""
    start, stop = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    for number in range(start, stop + 1):
        yield f"{number // 12:04d}-{number % 12 + 1:02d}"


def is_long(first: str, last: str) -> bool:
    """Whether a list of all months between would be longer than anybody reads."""
    return int(last[:4]) - int(first[:4]) > _YEARS
