"""The catalogue of an organisation: which codes there are, what they are called, and how an administrator changes it.

The merged catalogue is kept by (newest change, number of rows), which one small query tells; within a transaction
not even that is asked twice. So a push may ask for the codes of every mutation it judges.
"""

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from wegwijs.catalogue import schemas
from wegwijs.catalogue.changes import changed
from wegwijs.catalogue.overlay import Merged, MergedEntry, OwnEntry
from wegwijs.catalogue.shipped import MACHINE_TRANSLATED, PLAIN_LISTS, LanguageFacts, shipped
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4

_KEPT_ORGANISATIONS = 64
_COLUMNS = "list, code, parent, labels, short, aliases, sensitive, hidden, retired, switched_on, position, updated_at"
_STAMP = "SELECT max(updated_at) AS newest, count(*) AS entries FROM organisation_entry WHERE organisation = ?"
_ROWS = f"SELECT {_COLUMNS} FROM organisation_entry WHERE organisation = ? ORDER BY list, code"  # noqa: S608 (fixed)
_SAVE = (
    f"INSERT INTO organisation_entry (id, organisation, {_COLUMNS}) "  # noqa: S608 (fixed)
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organisation, list, code) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[2:])
)


@dataclass(frozen=True, slots=True)
class Document:
    """A catalogue ready to send, plain and packed; `version` is a hash of what it says."""

    version: str
    body: bytes
    gzip: bytes


@dataclass
class _Kept:
    """A merged catalogue and how fresh it is."""

    stamp: tuple[str, str]
    merged: Merged
    documents: dict[str, Document] = field(default_factory=dict)


_kept: OrderedDict[UUID, _Kept] = OrderedDict()
_of_transaction: WeakKeyDictionary[Transaction, dict[UUID, _Kept]] = WeakKeyDictionary()


async def known_codes(tx: Transaction, organisation_id: UUID) -> dict[str, frozenset[str]]:
    """By list: every code that ever existed for an organisation, hidden, retired and switched off ones too."""
    return (await _current(tx, organisation_id)).merged.codes


async def themes_of_subthemes(tx: Transaction, organisation_id: UUID) -> dict[str, str]:
    """Subtheme → theme, for every subtheme that ever existed."""
    return (await _current(tx, organisation_id)).merged.themes


async def sensitivity(tx: Transaction, organisation_id: UUID) -> dict[str, str]:
    """Subtheme → `discreet` or `restricted`; subthemes without a mark are not in it."""
    return (await _current(tx, organisation_id)).merged.sensitivity


async def languages(tx: Transaction, organisation_id: UUID) -> dict[str, LanguageFacts]:
    """What must be known of each language, those that an organisation added too."""
    merged = (await _current(tx, organisation_id)).merged
    entries = (merged.entry("language", code, "") for code in sorted(merged.codes["language"]))
    return {entry.code: entry.language for entry in entries if entry.language is not None}


async def document(tx: Transaction, organisation_id: UUID, country: str) -> Document:
    """The catalogue as a device keeps it, in the words of a country (BE, NL, DE)."""
    kept = await _current(tx, organisation_id)
    if country not in kept.documents:
        kept.documents[country] = _document(kept.merged, country)
    return kept.documents[country]


async def own_entries(tx: Transaction, organisation_id: UUID) -> list[OwnEntry]:
    """What an organisation added, reworded, hid or switched on."""
    return [_own_entry(row) for row in await tx.fetch(_ROWS, organisation_id)]


async def change_entry(
    tx: Transaction, organisation_id: UUID, country: str, name: tuple[str, str], change: schemas.EntryChange
) -> schemas.EntryState:
    """Add, reword, hide, show, retire, place or switch on the entry `name` = (list, code).

    Raises Problem `no_such_list`, `no_such_entry`, `code_taken`, `entry_invalid` or `not_in_this_country`.
    """
    await _lock(tx, organisation_id)
    rows = await tx.fetch(_ROWS, organisation_id)
    merged = Merged.of(shipped(), [_own_entry(row) for row in rows])
    entry = changed(merged, country, name, change)
    await tx.execute(_SAVE, uuid4(), organisation_id, *_values(entry), _next_instant(rows))
    _of_transaction.pop(tx, None)
    after = Merged.of(shipped(), [*merged.own.values(), entry])
    return _state(after.entry(*name, country))


async def _lock(tx: Transaction, organisation_id: UUID) -> None:
    """One change of an organisation's catalogue at a time: `updated_at` then grows in the order of the commits."""
    if tx.kind == "postgresql":
        await tx.fetch("SELECT pg_advisory_xact_lock(hashtext(?))", f"catalogue {organisation_id}")


def _next_instant(rows: list[dict[str, Any]]) -> datetime:
    """Now, and later than every change before, even if the clock was set back: kept copies are told by it."""
    newest = max((row["updated_at"] for row in rows), default=None)
    return now() if newest is None else max(now(), newest + timedelta(microseconds=1))


async def _current(tx: Transaction, organisation_id: UUID) -> _Kept:
    seen = _of_transaction.setdefault(tx, {})
    if organisation_id not in seen:
        seen[organisation_id] = await _fresh(tx, organisation_id)
    return seen[organisation_id]


async def _fresh(tx: Transaction, organisation_id: UUID) -> _Kept:
    row = await tx.fetch_one(_STAMP, organisation_id)
    stamp = (shipped().version, f"{row['newest']} {row['entries']}" if row else "")
    kept = _kept.get(organisation_id)
    if kept is None or kept.stamp != stamp:
        kept = _Kept(stamp, Merged.of(shipped(), await own_entries(tx, organisation_id)))
        _kept[organisation_id] = kept
    _kept.move_to_end(organisation_id)
    while len(_kept) > _KEPT_ORGANISATIONS:
        _kept.popitem(last=False)
    return kept


def _own_entry(row: dict[str, Any]) -> OwnEntry:
    return OwnEntry(
        list_name=row["list"],
        code=row["code"],
        parent=row["parent"],
        labels=msgspec.json.decode(row["labels"], type=dict[str, str]),
        short=msgspec.json.decode(row["short"], type=dict[str, str]),
        aliases=msgspec.json.decode(row["aliases"], type=tuple[str, ...]),
        sensitive=row["sensitive"],
        hidden=row["hidden"],
        retired=row["retired"],
        switched_on=row["switched_on"],
        position=row["position"],
    )


def _values(entry: OwnEntry) -> tuple[object, ...]:
    """The values of `_COLUMNS` but the last."""
    return (
        entry.list_name,
        entry.code,
        entry.parent,
        dict(entry.labels),
        dict(entry.short),
        list(entry.aliases),
        entry.sensitive,
        entry.hidden,
        entry.retired,
        entry.switched_on,
        entry.position,
    )


def _state(entry: MergedEntry) -> schemas.EntryState:
    members = asdict(entry)
    return msgspec.convert({**members, "list": members["list_name"]}, schemas.EntryState)


def _word(entry: MergedEntry) -> dict[str, Any]:
    """The members that every entry has on the wire; those that say nothing are left out."""
    always = {"code": entry.code, "labels": entry.labels, "aliases": entry.aliases, "hidden": entry.hidden}
    sometimes = {"short": entry.short, "off": entry.off, "retired": entry.retired}
    return always | {name: value for name, value in sometimes.items() if value}


def _list_entry(entry: MergedEntry) -> schemas.ListEntry:
    return schemas.ListEntry(**_word(entry), unlinked_only=entry.unlinked_only or msgspec.UNSET)


def _subtheme(entry: MergedEntry) -> schemas.Subtheme:
    members = {**_word(entry), "theme": entry.parent, "sensitive": entry.sensitive}
    return msgspec.convert(members, schemas.Subtheme)


def _language(entry: MergedEntry) -> schemas.Language:
    facts = asdict(entry.language) if entry.language else {}
    return msgspec.convert({**_word(entry), **facts}, schemas.Language)


def _document(merged: Merged, country: str) -> Document:
    def entries(list_name: str) -> list[MergedEntry]:
        return merged.entries(list_name, country)

    catalogue = schemas.Catalogue(
        version="",
        country=country,
        machine=list(MACHINE_TRANSLATED),
        lists={name: [_list_entry(entry) for entry in entries(name)] for name in PLAIN_LISTS},
        themes=[schemas.Theme(**_word(entry)) for entry in entries("theme")],
        subthemes=[_subtheme(entry) for entry in entries("subtheme")],
        languages=[_language(entry) for entry in entries("language")],
        nationalities=[schemas.Nationality(**_word(entry)) for entry in entries("nationality")],
        destinations=[schemas.Destination(**_word(entry)) for entry in entries("destination")],
        districts=[schemas.District(**_word(entry), parent=entry.parent) for entry in entries("district")],
    )
    version = hashlib.sha256(msgspec.json.encode(catalogue)).hexdigest()[:24]
    body = msgspec.json.encode(msgspec.structs.replace(catalogue, version=version))
    return Document(version, body, gzip.compress(body, mtime=0))
