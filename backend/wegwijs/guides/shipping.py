"""Starter guides into an organisation, when it is made and after each upgrade.

An organisation's changes lie over what is shipped, so an upgrade only replaces what lies below. Where nothing was
changed, the working copy follows; where something was, it stays and the editor shows that the shipped text changed.
A guide that nobody touched is published again by itself, so that a corrected fact reaches its readers; one that was
edited or published by somebody waits for its supervisor.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from uuid import UUID

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.guides.document import Guide, encode
from wegwijs.guides.parts import as_document, revision_of_all
from wegwijs.guides.starter import FOLDER, Starter, folders, read_starter
from wegwijs.guides.store import Stored, known_as_shipped, latest_version, load, shipped_json
from wegwijs.people.organisations import when_made


class Shipped(msgspec.Struct, frozen=True):
    """A starter guide ready to be stored, with its first version: made once, not for each organisation."""

    starter: Starter
    content: str
    digest: str
    guide: Guide
    revision: str


@cache
def shipped_guides() -> tuple[Shipped, ...]:
    """All guides of this release. Raises StarterInvalid: a release with a broken guide does not start."""
    return tuple(as_shipped(read_starter(folder, known_as_shipped())[0]) for folder in folders(FOLDER))


def as_shipped(starter: Starter) -> Shipped:
    """A starter guide with its JSON, the hash that tells releases apart, and its document."""
    content = shipped_json(starter.parts)
    head = (starter.code, starter.jurisdiction, starter.source)
    guide = as_document(head, starter.parts, {}, 1, now())
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Shipped(starter, content, digest, guide, revision_of_all(starter.parts))


async def bring_starters(tx: Transaction, organisation: UUID, guides: Sequence[Shipped] | None = None) -> list[str]:
    """Make or renew the starter guides of the organisation's country; returns the codes of those that changed."""
    row = await tx.fetch_one("SELECT country FROM organisation WHERE id = ?", organisation)
    country = row["country"] if row else ""
    wanted = [one for one in (shipped_guides() if guides is None else guides) if _country(one) == country]
    rows = await tx.fetch("SELECT code, shipped_digest FROM guide WHERE organisation = ?", organisation)
    there = {one["code"]: one["shipped_digest"] for one in rows}
    changed = []
    for one in wanted:
        if one.starter.code not in there:
            await _make(tx, organisation, one)
        elif there[one.starter.code] is None or there[one.starter.code] == one.digest:
            # A guide of the organisation's own that took the code first keeps it.
            continue
        else:
            await _renew(tx, organisation, one)
        changed.append(one.starter.code)
    return changed


async def bring_starters_everywhere(tx: Transaction) -> None:
    """After an upgrade: the starter guides of every organisation."""
    for row in await tx.fetch("SELECT id FROM organisation ORDER BY created_at, id"):
        await bring_starters(tx, row["id"])


def _country(one: Shipped) -> str:
    return one.starter.jurisdiction[:2]


async def _make(tx: Transaction, organisation: UUID, one: Shipped) -> None:
    guide, instant = uuid4(), now().replace(microsecond=0)
    await tx.execute(
        "INSERT INTO guide (id, organisation, code, jurisdiction, source, shipped, shipped_digest, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        guide,
        organisation,
        one.starter.code,
        one.starter.jurisdiction,
        one.starter.source,
        one.content,
        one.digest,
        instant,
    )
    document = encode(msgspec.structs.replace(one.guide, published_at=instant))
    await store_version(tx, (organisation, guide, 1, one.revision), document, None)


async def _renew(tx: Transaction, organisation: UUID, one: Shipped) -> None:
    before = await load(tx, organisation, one.starter.code, for_update=True)
    await tx.execute(
        "UPDATE guide SET shipped = ?, shipped_digest = ?, source = ?, jurisdiction = ? WHERE id = ?",
        one.content,
        one.digest,
        one.starter.source,
        one.starter.jurisdiction,
        before.id,
    )
    after = await load(tx, organisation, one.starter.code)
    for name, change in after.changes.items():
        # What the organisation wrote is what is shipped now: it was taken over, and follows from here on.
        if change.content == after.shipped.get(name[0], {}).get(name[1]):
            await tx.execute("DELETE FROM guide_change WHERE guide = ? AND language = ? AND part = ?", after.id, *name)
    latest = await latest_version(tx, after.id)
    if not after.changes and latest is not None and latest["published_by"] is None:
        await publish_as_shipped(tx, after)


async def publish_as_shipped(tx: Transaction, guide: Stored) -> None:
    """A version that nobody published: the guide as it came. Its texts carry their states, which readers see."""
    latest = await latest_version(tx, guide.id)
    version = latest["version"] + 1 if latest else 1
    document = as_document(guide.head, guide.parts, {}, version, now().replace(microsecond=0))
    await store_version(tx, guide.as_version(version), encode(document), None)


async def store_version(tx: Transaction, version: tuple[UUID, UUID, int, str], document: bytes, by: UUID | None) -> str:
    """Keep a document as a version: (organisation, guide, number, revision of its working copy). Returns its digest."""
    organisation, guide, number, revision = version
    digest = hashlib.sha256(document).hexdigest()
    await tx.execute(
        "INSERT INTO guide_version (id, organisation, guide, version, document, digest, draft_revision, published_by, "
        "published_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        uuid4(),
        organisation,
        guide,
        number,
        document.decode(),
        digest,
        revision,
        by,
        now(),
    )
    return digest


async def _when_made(tx: Transaction, organisation: UUID) -> None:
    await bring_starters(tx, organisation)


when_made(_when_made)
