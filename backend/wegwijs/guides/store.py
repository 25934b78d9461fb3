"""Guides in the database: rows in, rows out, and nothing decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.catalogue.service import known_codes, languages
from wegwijs.catalogue.shipped import shipped as shipped_catalogue
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.guides.check import Known
from wegwijs.guides.parts import Change, Name, Part, Parts, laid_over, read_part, revision_of_all, written


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A guide of an organisation: its head, what is shipped, what was changed, and both together."""

    id: UUID
    organisation: UUID
    code: str
    jurisdiction: str
    source: str
    shipped: Parts
    shipped_digest: str | None
    changes: dict[Name, Change]
    changed: dict[Name, tuple[UUID, datetime]]
    """Who changed a part last, and when."""
    parts: Parts

    @property
    def head(self) -> tuple[str, str, str]:
        return self.code, self.jurisdiction, self.source

    @property
    def revision(self) -> str:
        """The revision of the whole working copy."""
        return revision_of_all(self.parts)

    def as_version(self, number: int) -> tuple[UUID, UUID, int, str]:
        """What a version of this working copy is stored under."""
        return self.organisation, self.id, number, self.revision

    def part(self, name: Name) -> Part | None:
        """A part as it stands in the working copy."""
        return self.parts.get(name[0], {}).get(name[1])


def shipped_json(parts: Parts) -> str:
    """All parts as one JSON text."""
    return msgspec.json.encode(parts, order="sorted").decode()


def read_shipped(text: str | None) -> Parts:
    """The parts of `shipped_json`."""
    plain: dict[str, dict[str, dict[str, Any]]] = msgspec.json.decode(text) if text else {}
    return {
        language: {part: read_part((language, part), content) for part, content in parts.items()}
        for language, parts in plain.items()
    }


async def codes_of(tx: Transaction, organisation: UUID) -> list[str]:
    """The codes of an organisation's guides, in their order."""
    rows = await tx.fetch("SELECT code FROM guide WHERE organisation = ? ORDER BY code", organisation)
    return [row["code"] for row in rows]


async def load(tx: Transaction, organisation: UUID, code: str, *, for_update: bool = False) -> Stored:
    """A guide with its working copy. Raises Problem `no_such_guide`.

    `for_update` lets one writer at a time at the guide: a save compares with what it replaces.
    """
    lock = tx.for_update if for_update else ""
    row = await tx.fetch_one(
        f"SELECT * FROM guide WHERE organisation = ? AND code = ? {lock}",  # noqa: S608 (fixed)
        organisation,
        code,
    )
    if row is None:
        raise Problem("no_such_guide")
    rows = await tx.fetch("SELECT * FROM guide_change WHERE guide = ? ORDER BY language, part", row["id"])
    changes = {(one["language"], one["part"]): _change(one) for one in rows}
    shipped = read_shipped(row["shipped"])
    return Stored(
        id=row["id"],
        organisation=organisation,
        code=code,
        jurisdiction=row["jurisdiction"],
        source=row["source"],
        shipped=shipped,
        shipped_digest=row["shipped_digest"],
        changes=changes,
        changed={(one["language"], one["part"]): (one["changed_by"], one["changed_at"]) for one in rows},
        parts=laid_over(shipped, changes.values()),
    )


def _change(row: Mapping[str, Any]) -> Change:
    name = (row["language"], row["part"])
    content, base = (None if row[column] is None else read_part(name, row[column]) for column in ("content", "base"))
    return Change(*name, content, base)


def json_or_none(part: Part | None) -> str | None:
    """A part as it is stored."""
    return None if part is None else written(part).decode()


async def write_change(tx: Transaction, guide: Stored, name: Name, content: Part | None, by: UUID) -> None:
    """Put a part into the working copy. What is again as shipped is no change any more, and follows the package."""
    ours = guide.shipped.get(name[0], {}).get(name[1])
    if content == ours:
        await tx.execute("DELETE FROM guide_change WHERE guide = ? AND language = ? AND part = ?", guide.id, *name)
        return
    await tx.execute(
        "INSERT INTO guide_change (id, organisation, guide, language, part, content, base, changed_by, changed_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (guide, language, part) DO UPDATE SET "
        "content = excluded.content, base = excluded.base, changed_by = excluded.changed_by, "
        "changed_at = excluded.changed_at",
        uuid4(),
        guide.organisation,
        guide.id,
        *name,
        json_or_none(content),
        json_or_none(ours),
        by,
        now(),
    )


async def latest_version(tx: Transaction, guide: UUID) -> dict[str, Any] | None:
    """The row of the last published version, or None."""
    return await tx.fetch_one("SELECT * FROM guide_version WHERE guide = ? ORDER BY version DESC LIMIT 1", guide)


async def known_to(tx: Transaction, organisation: UUID) -> Known:
    """The languages and subthemes that a guide of this organisation may name."""
    codes = await known_codes(tx, organisation)
    facts = await languages(tx, organisation)
    return Known({language: fact.script for language, fact in facts.items()}, codes["subtheme"])


def known_as_shipped() -> Known:
    """The languages and subthemes that a shipped guide may name."""
    lists = shipped_catalogue().lists
    scripts = {code: entry.language.script for code, entry in lists["language"].items() if entry.language}
    return Known(scripts, frozenset(lists["subtheme"]))
