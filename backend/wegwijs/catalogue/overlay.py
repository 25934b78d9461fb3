"""What an organisation made of the catalogue, laid over the shipped one. Pure: no database, no clock.

An organisation's rows name codes and nothing else of the shipped catalogue. So they survive every upgrade: a new word
of ours shows unless the organisation has its own, a code we retire keeps its meaning, and what it added stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from babel import Locale, UnknownLocaleError

from wegwijs.catalogue.shipped import LANGUAGES, LISTS, Entry, LanguageFacts, Shipped

# Answers that close a list: what an organisation adds goes before them.
_CLOSING = frozenset({"other", "not_recorded", "unknown", "unspecified", "prefers_not"})
_UNPLACED = 1000
_RANK = {None: 0, "discreet": 1, "restricted": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry:
    """One row of `organisation_entry`; None means: as shipped."""

    list_name: str
    code: str
    parent: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    sensitive: str | None = None
    hidden: bool | None = None
    retired: bool | None = None
    switched_on: bool | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedEntry:
    """One entry as an organisation has it. `labels` has every language of the catalogue."""

    list_name: str
    code: str
    labels: dict[str, str]
    short: dict[str, str]
    aliases: list[str]
    parent: str | None
    sensitive: str | None
    own: bool
    hidden: bool
    off: bool
    retired: bool
    unlinked_only: bool
    language: LanguageFacts | None


def higher(one: str | None, other: str | None) -> str | None:
    """The stricter of two marks of sensitivity."""
    return max(one, other, key=_RANK.__getitem__)


def _in_country(words: Mapping[str, str], country: str) -> dict[str, str]:
    """Words by language only: those of the country where it has its own."""
    found = {language: words.get(f"{language}_{country}", words.get(language)) for language in LANGUAGES}
    return {language: text for language, text in found.items() if text}


def _complete(labels: dict[str, str], code: str) -> dict[str, str]:
    """A word in every language: an addition that is worded in one is shown with that everywhere."""
    spare = next((labels[language] for language in LANGUAGES if language in labels), code)
    return {language: labels.get(language, spare) for language in LANGUAGES}


def _facts_of_added_language(code: str, labels: Mapping[str, str]) -> LanguageFacts:
    """What CLDR knows of a language that an organisation added; its own label where CLDR knows nothing."""
    name = next(iter(labels.values()), code)
    try:
        locale = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return LanguageFacts(name, "ltr", "Latn", "en", "latn")
    likely = Locale.parse(str(locale.language), resolve_likely_subtags=True)
    own_name = locale.get_display_name() or name
    script = locale.script or likely.script or ("Arab" if locale.text_direction == "rtl" else "Latn")
    return LanguageFacts(own_name, locale.text_direction, script, str(locale), locale.default_numbering_system)


@dataclass(frozen=True)
class Merged:
    """A shipped catalogue and the rows of one organisation."""

    shipped: Shipped
    own: Mapping[tuple[str, str], OwnEntry]

    @classmethod
    def of(cls, shipped: Shipped, rows: Iterable[OwnEntry]) -> "Merged":
        """Lay an organisation's rows over a shipped catalogue."""
        return cls(shipped, {(row.list_name, row.code): row for row in rows})

    @cached_property
    def codes(self) -> dict[str, frozenset[str]]:
        """By list: every code that ever existed, hidden, retired and switched off ones too."""
        found = {name: set(self.shipped.lists[name]) for name in LISTS}
        for name, code in self.own:
            if name in found:
                found[name].add(code)
        return {name: frozenset(codes) for name, codes in found.items()}

    @cached_property
    def themes(self) -> dict[str, str]:
        """Subtheme → theme."""
        return {code: code.partition(".")[0] for code in self.codes["subtheme"]}

    @cached_property
    def sensitivity(self) -> dict[str, str]:
        """Subtheme → discreet or restricted; the others are not in it."""
        found = {}
        for code in self.codes["subtheme"]:
            ours, own = self.shipped.entry("subtheme", code), self.own.get(("subtheme", code))
            mark = higher(ours.sensitive if ours else None, own.sensitive if own else None)
            if mark is not None:
                found[code] = mark
        return found

    def entry(self, list_name: str, code: str, country: str) -> MergedEntry:
        """One entry. Raises KeyError when the code never existed."""
        ours, own = self.shipped.entry(list_name, code), self.own.get((list_name, code))
        if ours is None and own is None:
            raise KeyError(code)
        own = own or OwnEntry(list_name=list_name, code=code)
        labels, short = self._words(ours, own, country)
        retired = bool(own.retired) or (ours is not None and ours.retired)
        return MergedEntry(
            list_name=list_name,
            code=code,
            labels=_complete(labels, code),
            short=short,
            aliases=list(dict.fromkeys((*(ours.aliases if ours else ()), *own.aliases))),
            parent=self.themes[code] if list_name == "subtheme" else own.parent,
            sensitive=self.sensitivity.get(code) if list_name == "subtheme" else None,
            own=ours is None,
            hidden=bool(own.hidden) or retired or self._theme_hidden(list_name, code),
            off=self._is_off(ours, own, country),
            retired=retired,
            unlinked_only=ours is not None and ours.unlinked_only,
            language=self._language(ours, own),
        )

    @staticmethod
    def _words(ours: Entry | None, own: OwnEntry, country: str) -> tuple[dict[str, str], dict[str, str]]:
        labels = _in_country(ours.labels, country) if ours else {}
        # Our tile under the organisation's label would be two words for one thing.
        tiles = _in_country(ours.short, country) if ours else {}
        tiles = {language: text for language, text in tiles.items() if language not in own.labels}
        return {**labels, **own.labels}, {**tiles, **own.short}

    @staticmethod
    def _is_off(ours: Entry | None, own: OwnEntry, country: str) -> bool:
        if ours is not None and ours.only and country not in ours.only:
            return True
        if own.switched_on is not None:
            return not own.switched_on
        return ours is not None and ours.off

    def _theme_hidden(self, list_name: str, code: str) -> bool:
        if list_name != "subtheme":
            return False
        ours, own = self.shipped.entry("theme", self.themes[code]), self.own.get(("theme", self.themes[code]))
        return bool(own and (own.hidden or own.retired)) or bool(ours and ours.retired)

    @staticmethod
    def _language(ours: Entry | None, own: OwnEntry) -> LanguageFacts | None:
        if own.list_name != "language":
            return None
        return ours.language if ours else _facts_of_added_language(own.code, own.labels)

    def entries(self, list_name: str, country: str) -> list[MergedEntry]:
        """A whole list in the order in which the app shows it."""
        order = self._order(list_name)
        return [self.entry(list_name, code, country) for code in sorted(self.codes[list_name], key=order.__getitem__)]

    def _order(self, list_name: str) -> dict[str, tuple[Any, ...]]:
        """Placed entries first, then ours, then the additions, then the answers that close a list.

        Districts are the organisation's own: there, ours close the list. Subthemes stay with their theme.
        """
        shipped_codes = list(self.shipped.lists[list_name])
        at = {code: number for number, code in enumerate(shipped_codes)}
        theme_at = self._order("theme") if list_name == "subtheme" else {}
        order: dict[str, tuple[Any, ...]] = {}
        for code in self.codes[list_name]:
            own = self.own.get((list_name, code))
            placed = own.position if own is not None and own.position is not None else _UNPLACED
            closing = code in at and (list_name == "district" or code.partition(".")[2] in _CLOSING or code in _CLOSING)
            rank = 2 if closing else 0 if code in at else 1
            theme = theme_at.get(self.themes[code], ()) if list_name == "subtheme" else ()
            order[code] = (theme, placed, rank, at.get(code, 0), code)
        return order
