"""The door of this part: what other parts, the command line and the tests may call."""

from wegwijs.guides.checking import list_suggestions, settle_suggestion, take_answers, texts_to_check
from wegwijs.guides.counts import count_not_understood, not_understood, steps_of_subthemes
from wegwijs.guides.editing import add_step, move_step, remove_step, save, settle, settle_news
from wegwijs.guides.listing import list_guides
from wegwijs.guides.publishing import compare, list_versions, make_guide, publish, read_draft
from wegwijs.guides.shipping import bring_starters, bring_starters_everywhere
from wegwijs.guides.sounds import (
    add_recording,
    allow_voice,
    keep_spoken,
    list_voices,
    sound_file,
    withdraw_recordings,
    without_sound,
)
from wegwijs.guides.versions import (
    bundle,
    published_digests,
    published_guide,
    published_guides,
    published_version,
)

__all__ = [
    "add_recording",
    "add_step",
    "allow_voice",
    "bring_starters",
    "bring_starters_everywhere",
    "bundle",
    "compare",
    "count_not_understood",
    "keep_spoken",
    "list_guides",
    "list_suggestions",
    "list_versions",
    "list_voices",
    "make_guide",
    "move_step",
    "not_understood",
    "publish",
    "published_digests",
    "published_guide",
    "published_guides",
    "published_version",
    "read_draft",
    "remove_step",
    "save",
    "settle",
    "settle_news",
    "settle_suggestion",
    "sound_file",
    "steps_of_subthemes",
    "take_answers",
    "texts_to_check",
    "withdraw_recordings",
    "without_sound",
]
