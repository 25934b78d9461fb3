"""The catalogue as it comes with the package: read once from `data/`, never changed while the server runs."""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel import Locale

FOLDER = Path(__file__).parent / "data"

# Lists whose entries are told apart by nothing but their code: they travel under `lists`.
PLAIN_LISTS: Final = (
    "setting",
    "action",
    "self_reliance",
    "outcome",
    "barrier",
    "interpreting",
    "seen_before",
    "referred_by",
    "gender",
    "age_band",
    "residence_status",
    "household_type",
    "literacy",
)
LISTS: Final = (*PLAIN_LISTS, "theme", "subtheme", "language", "nationality", "district", "destination")

LANGUAGES: Final = ("nl", "fr", "en", "de", "ar")
MACHINE_TRANSLATED: Final = ("ar",)

_Words = Mapping[str, str]
_NONE: _Words = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LanguageFacts:
    """What the app must know of a language beyond its name; CLDR is wrong or silent for some of them."""

    own_name: str
    direction: str
    script: str
    fallback: str
    """The CLDR locale (Babel's spelling) whose dates, numbers and plurals it borrows."""
    digits: str
    """The numbering system that this locale chooses by itself."""
    plural: str = "nplurals=2; plural=(n != 1);"
    """The Plural-Forms header of gettext files; Babel has none for some, and a wrong one for others."""
    voice: str = ""
    """The voice of espeak-ng; empty where it has none that speaks this very language."""
    voice_rule: str = "never"
    """Whether a computer may read texts aloud: on, ask (until somebody who speaks it approved), never."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Words are keyed by language, or by language and country (`nl`, `nl_NL`)."""

    list_name: str
    code: str
    labels: _Words
    short: _Words = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    sensitive: str | None = None
    only: frozenset[str] = frozenset()
    off: bool = False
    unlinked_only: bool = False
    retired: bool = False
    language: LanguageFacts | None = None


@dataclass(frozen=True, slots=True)
class Shipped:
    """All lists, each in its order. `version` is a hash of the files: the same words, the same version."""

    version: str
    lists: Mapping[str, Mapping[str, Entry]] = field(repr=False)

    def entry(self, list_name: str, code: str) -> Entry | None:
        """The shipped entry, or None."""
        return self.lists[list_name].get(code)


@cache
def country_names(language: str) -> _Words:
    """Names of countries by ISO 3166-1 code (and XK) in a language, from CLDR."""
    return MappingProxyType(dict(Locale.parse(language).territories))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part for part in (text or "").split("|") if part)


def _words(row: Mapping[str, str]) -> _Words:
    """The columns of a row that are languages, without the empty ones."""
    return MappingProxyType(
        {key: words for key, words in row.items() if words and key[:2] in LANGUAGES and _is_tag(key)}
    )


def _is_tag(column: str) -> bool:
    return len(column) == 2 or (len(column) == 5 and column[2] == "_")


def _labels(list_name: str, row: Mapping[str, str]) -> _Words:
    own = _words(row)
    if list_name != "nationality" or own:
        return own
    return MappingProxyType({language: country_names(language)[row["code"]] for language in LANGUAGES})


def _language_facts(row: Mapping[str, str]) -> LanguageFacts:
    names = ("own_name", "direction", "script", "fallback", "digits", "plural", "voice", "voice_rule")
    return LanguageFacts(**{name: row[name] for name in names})


def _entry(list_name: str, row: Mapping[str, str], short: _Words) -> Entry:
    return Entry(
        list_name=list_name,
        code=row["code"],
        labels=_labels(list_name, row),
        short=short,
        aliases=_split(row.get("aliases")),
        parent=row["code"].partition(".")[0] if list_name == "subtheme" else None,
        sensitive=row.get("sensitive") or None,
        only=frozenset(_split(row.get("only"))),
        off=row.get("off") == "yes",
        unlinked_only=row.get("unlinked_only") == "yes",
        retired=row.get("retired") == "yes",
        language=_language_facts(row) if list_name == "language" else None,
    )


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (*LISTS, "short"):
        digest.update((folder / f"{name}.csv").read_bytes())
    return digest.hexdigest()[:16]


def load(folder: Path) -> Shipped:
    """Read a catalogue. Raises ValueError when a list has a code twice, OSError when a list is missing."""
    short = {(row["list"], row["code"]): _words(row) for row in _rows(folder / "short.csv")}
    lists: dict[str, Mapping[str, Entry]] = {}
    for name in LISTS:
        entries: dict[str, Entry] = {}
        for row in _rows(folder / f"{name}.csv"):
            if row["code"] in entries:
                raise ValueError(f"{name}.csv has the code {row['code']} twice")
            entries[row["code"]] = _entry(name, row, short.get((name, row["code"]), _NONE))
        lists[name] = MappingProxyType(entries)
    return Shipped(_version(folder), MappingProxyType(lists))


@cache
def shipped() -> Shipped:
    """The catalogue of this release."""
    return load(FOLDER)
