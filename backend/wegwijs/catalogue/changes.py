"""What an administrator may make of one entry, and what not. Pure: takes the catalogue, gives the new row."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from msgspec import UNSET, UnsetType

from wegwijs.catalogue.overlay import Merged, OwnEntry, higher
from wegwijs.catalogue.schemas import EntryChange
from wegwijs.catalogue.shipped import LANGUAGES, LISTS
from wegwijs.foundation.problems import Problem

T = TypeVar("T")

LABEL, SHORT, ALIAS, ALIASES, CODE, POSITION = 80, 22, 40, 20, 40, 999
# How much longer than tidied words may be before: by spaces, and by accents that are not joined to their letters.
_UNTIDY = 4
_PLAIN_CODE = re.compile(r"[a-z0-9_]{2,40}")
_CODES = {
    "theme": re.compile(r"OWN_[A-Z0-9]{1,6}"),
    "subtheme": re.compile(r"[A-Z0-9_]{3,10}\.own_[a-z0-9_]{1,30}"),
    "language": re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?"),
}
# Joiners that Persian and Kurdish are written with, and the soft hyphen; other invisible signs can deceive.
_INVISIBLE_BUT_FINE = frozenset("\u200c\u200d\u00ad")


def changed(merged: Merged, country: str, name: tuple[str, str], change: EntryChange) -> OwnEntry:
    """The row of entry `name` = (list, code) after a change; raises Problem as `service.change_entry` says."""
    list_name, code = name
    if list_name not in LISTS:
        raise Problem("no_such_list", f"{list_name!r} is no list")
    exists = code in merged.codes[list_name]
    if change.add:
        _check_new(merged, list_name, code, exists=exists)
    elif not exists:
        raise Problem("no_such_entry")
    entry = _applied(merged.own.get(name) or OwnEntry(list_name=list_name, code=code), change)
    _check(merged, country, entry)
    return entry


def _invalid(part: str, why: str) -> Problem:
    return Problem("entry_invalid", f"{part}: {why}")


def _check_new(merged: Merged, list_name: str, code: str, *, exists: bool) -> None:
    if exists:
        raise Problem("code_taken")
    if list_name == "nationality":
        raise _invalid("list", "nationalities are those of ISO 3166-1; none can be added")
    if len(code) > CODE or not _CODES.get(list_name, _PLAIN_CODE).fullmatch(code):
        raise _invalid("code", "2 to 40 of a-z, 0-9 and _; a subtheme begins with its theme and .own_")
    if list_name == "subtheme" and code.partition(".")[0] not in merged.codes["theme"]:
        raise _invalid("code", "begins with a theme that does not exist")


def _applied(entry: OwnEntry, change: EntryChange) -> OwnEntry:
    """The entry with what the change names; null is back to as shipped."""
    labels, short, aliases = change.labels, change.short, change.aliases
    return replace(
        entry,
        labels=entry.labels if labels is UNSET else _worded("labels", labels or {}, LABEL),
        short=entry.short if short is UNSET else _worded("short", short or {}, SHORT),
        aliases=entry.aliases if aliases is UNSET else _aliases(aliases or []),
        parent=_or(change.parent, entry.parent),
        sensitive=_or(change.sensitive, entry.sensitive),
        hidden=_or(change.hidden, entry.hidden),
        retired=_or(change.retired, entry.retired),
        switched_on=_or(change.switched_on, entry.switched_on),
        position=_or(change.position, entry.position),
    )


def _or(new: T | UnsetType, old: T) -> T:
    return old if isinstance(new, UnsetType) else new


def _worded(part: str, words: Mapping[str, str], longest: int) -> dict[str, str]:
    if strange := sorted(set(words) - set(LANGUAGES)):
        raise _invalid(part, f"{strange[0]!r} is none of {', '.join(LANGUAGES)}")
    return {language: _text(f"{part}.{language}", text, longest) for language, text in words.items()}


def _aliases(aliases: Sequence[str]) -> tuple[str, ...]:
    if len(aliases) > ALIASES:
        raise _invalid("aliases", f"at most {ALIASES}")
    return tuple(dict.fromkeys(_text("aliases", alias, ALIAS) for alias in aliases))


def _text(part: str, text: str, longest: int) -> str:
    """Tidied words. They are shown as text and never as markup; angle brackets could only mean a mistake."""
    # The length first: normalizing sorts runs of accents one by one, which takes hours for a megabyte of them.
    tidy = " ".join(unicodedata.normalize("NFC", text).split()) if len(text) <= _UNTIDY * longest else ""
    if not 1 <= len(tidy) <= longest:
        raise _invalid(part, f"1 to {longest} characters")
    if any(sign in "<>" for sign in tidy):
        raise _invalid(part, "words only, no markup")
    if any(unicodedata.category(sign)[0] == "C" and sign not in _INVISIBLE_BUT_FINE for sign in tidy):
        raise _invalid(part, "has an invisible sign")
    return tidy


def _check(merged: Merged, country: str, entry: OwnEntry) -> None:
    """What only holds for the whole entry."""
    ours = merged.shipped.entry(entry.list_name, entry.code)
    if ours is None and not entry.labels:
        raise _invalid("labels", "an entry of your own needs a word in at least one language")
    if ours is not None and entry.retired is not None:
        raise _invalid("retired", "only an entry of your own can be retired; hide this one")
    if entry.sensitive is not None and entry.list_name != "subtheme":
        raise _invalid("sensitive", "only subthemes carry it")
    if ours is not None and entry.sensitive and higher(ours.sensitive, entry.sensitive) != entry.sensitive:
        raise _invalid("sensitive", f"stays at least {ours.sensitive}")
    if entry.position is not None and not 0 <= entry.position <= POSITION:
        raise _invalid("position", f"0 to {POSITION}")
    if ours is not None and ours.only and country not in ours.only and entry.switched_on:
        raise Problem("not_in_this_country")
    if entry.parent is not None:
        _check_parent(merged, entry)


def _check_parent(merged: Merged, entry: OwnEntry) -> None:
    if entry.list_name != "district":
        raise _invalid("parent", "only districts lie in another")
    above = entry.parent
    if above not in merged.codes["district"]:
        raise _invalid("parent", "no such district")
    while above is not None:
        if above == entry.code:
            raise _invalid("parent", "a district cannot lie in itself")
        outer = merged.own.get(("district", above))
        above = outer.parent if outer else None
