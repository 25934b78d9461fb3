"""The words of the pages around the guides: `locales/<tag>/LC_MESSAGES/reader.po`, in the reader's own language.

In the code a message is its English text, `_("Close")`, and `_` is a method of a *speaker*: `Words` say it at once in
one language; a page's template (template.py) remembers where it stands, to say it later in each language.
`_plain` gives the text for an attribute. Plurals are avoided: a step has a number, not a count.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final, Protocol

from babel.dates import format_date
from babel.messages.pofile import read_po

from wegwijs.guides.pages.html import Html, escaped, tag
from wegwijs.guides.pages.languages import LAST_RESORT, Language, languages
from wegwijs.guides.pages.shipped import locales

MACHINE_MARK: Final = "X-Machine: true"
_A_MONDAY: Final = date(2026, 11, 23)


class Speaker(Protocol):
    """Whoever can say the pages' messages."""

    def html(self, message: str, **values: object) -> Html:
        """A message as markup; marked with its language where that is not the page's."""

    def plain(self, message: str, **values: object) -> str:
        """A message for an attribute."""

    def own(self, texts: Mapping[str, str]) -> Html:
        """A sentence of the organisation's, by language."""

    def date(self, day: date) -> str:
        """A day in words, with latin digits."""

    def weekday(self, number: int) -> str:
        """The name of a day of the week, 0 Monday to 6 Sunday."""


@cache
def catalogue(tag_: str) -> dict[str, str]:
    """The messages that a language has; empty without a catalogue."""
    path = locales() / tag_ / "LC_MESSAGES" / "reader.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id and one.string}


@cache
def checked_by_nobody(tag_: str) -> bool:
    """Whether these words were translated by a machine: the .po file says so itself."""
    path = locales() / tag_ / "LC_MESSAGES" / "reader.po"
    return path.is_file() and MACHINE_MARK in path.read_text(encoding="utf-8").split("\n\n", 1)[0]


@cache
def spoken() -> tuple[str, ...]:
    """The languages that have words of their own here."""
    return tuple(tag_ for tag_ in languages() if catalogue(tag_))


class Words:
    """The messages in one language, with those of the languages that stand in for it."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def look_up(self, message: str, **values: object) -> tuple[str, str]:
        """The text, and the tag of the language that it is in."""
        for tag_ in self.language.words_of:
            found = catalogue(tag_).get(message)
            if found:
                return found.format_map(values), tag_
        return message.format_map(values), LAST_RESORT

    def html(self, message: str, **values: object) -> Html:
        text, found = self.look_up(message, **values)
        if found == self.language.tag:
            return escaped(text)
        return tag("span", text, lang=found, dir=languages()[found].dir)

    def plain(self, message: str, **values: object) -> str:
        return self.look_up(message, **values)[0]

    def own(self, texts: Mapping[str, str]) -> Html:
        found = next((tag_ for tag_ in self.language.words_of if tag_ in texts), next(iter(texts)))
        if found == self.language.tag:
            return escaped(texts[found])
        return tag("span", texts[found], lang=found, dir=languages()[found].dir)

    def date(self, day: date) -> str:
        return str(format_date(day, "long", locale=self.language.locale))

    def weekday(self, number: int) -> str:
        # Not get_day_names: once asked for Pashto, Babel 2.18 gives Pashto days to other languages too.
        return str(format_date(_A_MONDAY + timedelta(days=number), "EEEE", locale=self.language.locale))


@cache
def words(tag_: str) -> Words:
    """The words of a language. Raises KeyError for a language that is not in the table."""
    return Words(languages()[tag_])
