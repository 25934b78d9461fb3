"""Failures of reports and of the review's periods (40xx)."""

from wegwijs.foundation.problems import ProblemType, register

register(
    ProblemType(
        "bad_period",
        4001,
        400,
        "The period cannot be used",
        "`from` and `to` are months (2016-06) or days (2016-06-30) as the address asks, the earlier one first, "
        "at most ten years apart.",
    ),
)
