"""Failures of the guides (50xx)."""

from wegwijs.foundation.problems import ProblemType, register

register(
    ProblemType("no_such_guide", 5000, 404, "There is no such guide", "This organisation has no guide of this code."),
    ProblemType(
        "guide_invalid",
        5001,
        422,
        "The guide cannot be taken over like this",
        "`findings` lists every place and what is wrong there; nothing was stored or published.",
    ),
    ProblemType(
        "guide_changed",
        5002,
        409,
        "Somebody else changed this meanwhile",
        "It is no longer what the request saw. `current` says what it is now; look, and decide again.",
    ),
    ProblemType(
        "guide_exists", 5003, 409, "The code is taken", "This organisation has a guide of this code. Choose another."
    ),
)
