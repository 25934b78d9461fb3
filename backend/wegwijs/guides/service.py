"""The door of this part: what other parts, the command line and the tests may call."""

from wegwijs.catalogue.service import languages
from wegwijs.guides.answering import steps_of_subthemes
from wegwijs.guides.checking import list_suggestions, settle_suggestion, take_answers, texts_to_check
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
    published_guide,
    published_guides,
    published_version,
    published_versions,
)

__all__ = [
    "add_recording",
    "add_step",
    "allow_voice",
    "bring_starters",
    "bring_starters_everywhere",
    "bundle",
    "compare",
    "keep_spoken",
    "languages",
    "list_guides",
    "list_suggestions",
    "list_versions",
    "list_voices",
    "make_guide",
    "move_step",
    "publish",
    "published_guide",
    "published_guides",
    "published_version",
    "published_versions",
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
