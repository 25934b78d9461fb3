"""Failures of the guide pages (51xx)."""

from wegwijs.foundation.problems import ProblemType, register

register(
    ProblemType(
        "no_guides_here",
        5100,
        404,
        "No guides at this address",
        "No organisation, or more than one, answers at this host name: the setting `guide_hosts` says whose it is.",
    ),
    ProblemType(
        "no_pdf",
        5101,
        503,
        "There is no PDF now",
        "This server has no Pango, or drawing failed. Printing from the browser gives the same pages.",
    ),
    ProblemType(
        "facts_changed",
        5102,
        409,
        "Somebody else changed this meanwhile",
        "Nothing was stored. `current` holds what is told now and its revision; look at both, and save again.",
    ),
)
