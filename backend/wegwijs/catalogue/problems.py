"""Failures of the catalogue (20xx)."""

from wegwijs.foundation.problems import ProblemType, register

register(
    ProblemType(
        "no_such_list", 2000, 404, "There is no such list", "The lists stand in docs/architecture.md under Catalogue."
    ),
    ProblemType(
        "no_such_entry",
        2001,
        404,
        "The list has no such entry",
        "Only what is there can be changed. To make a new entry, send `add`.",
    ),
    ProblemType(
        "code_taken",
        2002,
        409,
        "The code is taken",
        "A code is never re-used, not even a hidden or retired one: old records mean what it meant. Choose another.",
    ),
    ProblemType(
        "entry_invalid",
        2003,
        400,
        "The entry cannot be taken over",
        "`detail` names the part and what is wrong with it; nothing was changed.",
    ),
    ProblemType(
        "not_in_this_country",
        2004,
        409,
        "The entry does not exist in this country",
        "It has a meaning only in the law of another country and cannot be switched on.",
    ),
)
