"""Failures of the review (40xx)."""

from wegwijs.foundation.problems import ProblemType, register

register(
    ProblemType(
        "bad_page",
        4002,
        400,
        "The place in the list cannot be read",
        "`before` is the `next` of an earlier page, unchanged. Start again without it.",
    ),
)
