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
    ProblemType(
        "nothing_new",
        5004,
        409,
        "Nothing has changed since the last version",
        "The working copy is what was published last; a version is made only when it says something else.",
    ),
    ProblemType(
        "already_chosen",
        5005,
        409,
        "This has been settled already",
        "Somebody chose before; look at what is there.",
    ),
    ProblemType(
        "not_sound",
        5006,
        422,
        "This is no sound that can be used",
        "A recording of 0.3 to 30 seconds, not silent, as WAV, Ogg or WebM with Opus. Nothing was stored.",
    ),
    ProblemType(
        "no_consent",
        5007,
        422,
        "The speaker has not agreed",
        "A voice is published only with the consent of the person whose it is. Nothing was stored.",
    ),
    ProblemType(
        "no_computer_voice",
        5008,
        409,
        "There is no computer voice for this",
        "espeak-ng is not installed on the server, does not speak the language, or is not allowed for it here.",
    ),
    ProblemType(
        "not_this_guide",
        5009,
        422,
        "The file cannot be taken over",
        "`findings` says why: another guide or language, unknown messages, formulas … Nothing was stored.",
    ),
)
