"""What the pages must know of a language: its name, direction, script, and whose words and dates it borrows."""

from functools import cache
from types import MappingProxyType
from typing import Final

import msgspec

from wegwijs.catalogue.shipped import shipped

# Whose words stand in where a language has none of its own here: a language that its readers are likely to read.
_WORDS_OF: Final = MappingProxyType({"ary": "ar", "fa-AF": "fa", "ce": "ru", "inh": "ru"})
LAST_RESORT: Final = "en"


class Language(msgspec.Struct, frozen=True):
    """`locale` is Babel's spelling of the locale whose dates it uses; `words_of` the tags to look for words in turn."""

    tag: str
    own_name: str
    dir: str
    script: str
    locale: str
    words_of: tuple[str, ...]
    names: dict[str, str]
    """Its name for those at a counter, by their language: nl, fr, en, de."""


@cache
def languages() -> MappingProxyType[str, Language]:
    """All languages by tag, in the order in which they are offered."""
    found = {}
    for tag, entry in shipped().lists["language"].items():
        facts = entry.language
        assert facts is not None, tag
        borrowed = _WORDS_OF.get(tag)
        chain = tuple(dict.fromkeys(one for one in (tag, borrowed, LAST_RESORT) if one))
        found[tag] = Language(
            tag, facts.own_name, facts.direction, facts.script, facts.fallback, chain, dict(entry.labels)
        )
    return MappingProxyType(found)


def language(tag: str) -> Language | None:
    """A language by its tag, or None."""
    return languages().get(tag)


def preferred(accept_language: str, offered: tuple[str, ...]) -> str:
    """The first of the browser's languages that is offered, else the first offered. The header is never kept."""
    for part in accept_language.split(","):
        wanted = part.partition(";")[0].strip()
        for tag in (wanted, wanted.partition("-")[0]):
            if tag in offered:
                return tag
    return offered[0]
