"""What travels of the catalogue: one document for a device to keep, and one change of an administrator.

Members that are mostly absent (`short`, `off`, `retired`, `unlinked_only`) are left out where they say nothing.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

Labels = dict[str, str]
Sensitive = Literal["discreet", "restricted"]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What every entry has. `labels` has every language of the catalogue; `hidden` ones are shown, but not offered."""

    code: str
    labels: Labels
    short: Labels | UnsetType = UNSET
    """Words for a tile, in the languages whose label is too long for one."""
    aliases: list[str]
    hidden: bool
    off: bool | UnsetType = UNSET
    """True: the organisation has not switched it on."""
    retired: bool | UnsetType = UNSET
    """True: no longer in the catalogue; such entries are hidden too."""


class ListEntry(Word, frozen=True, kw_only=True):
    """An entry of a plain list."""

    unlinked_only: bool | UnsetType = UNSET
    """True: never on a record that is linked to a person."""


class Theme(Word, frozen=True, kw_only=True):
    """What help requests are about, roughly."""


class Subtheme(Word, frozen=True, kw_only=True):
    """What a help request is about."""

    theme: str
    sensitive: Sensitive | None


class Language(Word, frozen=True, kw_only=True):
    """A language people speak. `fallback` is the CLDR locale that its dates and numbers borrow."""

    own_name: str
    direction: Literal["ltr", "rtl"]
    script: str
    fallback: str
    digits: str


class Nationality(Word, frozen=True, kw_only=True):
    """A country by ISO 3166-1 alpha-2 (and XK), `stateless` or `unspecified`."""


class Destination(Word, frozen=True, kw_only=True):
    """A service that people are sent to."""


class District(Word, frozen=True, kw_only=True):
    """A part of the organisation's city."""

    parent: str | None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a device needs to name codes, in all languages at once. `version` is a hash of the rest."""

    version: str
    country: str
    machine: list[str]
    """Languages whose words are machine translation."""
    lists: dict[str, list[ListEntry]]
    themes: list[Theme]
    subthemes: list[Subtheme]
    languages: list[Language]
    nationalities: list[Nationality]
    destinations: list[Destination]
    districts: list[District]


class EntryChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an administrator makes of one entry. What is left out stays; null puts it back as shipped."""

    add: bool = False
    """True: a new entry; refused when the code was ever used. False: the entry must be there."""
    labels: dict[str, str] | UnsetType | None = UNSET
    """Words by language (`nl`), all that the organisation words itself: at most 80 characters each."""
    short: dict[str, str] | UnsetType | None = UNSET
    """Words for the tile, at most 22 characters each."""
    aliases: list[str] | UnsetType | None = UNSET
    """Further words for the search, beside the shipped ones: at most 20 of 40 characters."""
    parent: str | UnsetType | None = UNSET
    """The district that a district lies in."""
    sensitive: Sensitive | UnsetType | None = UNSET
    """Of a subtheme; that of a shipped one can be raised, not lowered."""
    hidden: bool | UnsetType | None = UNSET
    retired: bool | UnsetType | None = UNSET
    """Of an entry of the organisation's own."""
    switched_on: bool | UnsetType | None = UNSET
    position: int | UnsetType | None = UNSET
    """0 to 999: entries with a position come first, in its order."""


class EntryState(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it stands after a change."""

    list_name: str = msgspec.field(name="list")
    code: str
    labels: Labels
    short: Labels
    aliases: list[str]
    parent: str | None
    sensitive: Sensitive | None
    own: bool
    """True: an addition of the organisation."""
    hidden: bool
    off: bool
    retired: bool
