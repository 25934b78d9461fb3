"""Published versions, as pages and apps read them."""

from uuid import UUID

from wegwijs.foundation.database import Transaction
from wegwijs.guides.document import Guide, decode

_LATEST = """
SELECT g.code, v.document, v.digest FROM guide g JOIN guide_version v ON v.guide = g.id
WHERE g.organisation = ? AND v.version = (SELECT max(w.version) FROM guide_version w WHERE w.guide = g.id)
"""


async def published_guides(tx: Transaction, organisation: UUID) -> list[Guide]:
    """The latest published version of each guide of an organisation, by code."""
    return [decode(row["document"]) for row in await tx.fetch(f"{_LATEST} ORDER BY g.code", organisation)]


async def published_guide(tx: Transaction, organisation: UUID, code: str) -> Guide | None:
    """The latest published version of one guide, or None."""
    row = await tx.fetch_one(f"{_LATEST} AND g.code = ?", organisation, code)
    return None if row is None else decode(row["document"])


async def published_versions(tx: Transaction, organisation: UUID) -> dict[str, str]:
    """By guide code: the digest of its latest version, which names its bundle for ever."""
    return {row["code"]: row["digest"] for row in await tx.fetch(f"{_LATEST} ORDER BY g.code", organisation)}


async def bundle(tx: Transaction, organisation: UUID, code: str, digest: str) -> bytes | None:
    """A version by its digest, older ones too, as it was published: all texts, signs and fields. Never changes."""
    row = await tx.fetch_one(
        "SELECT v.document FROM guide_version v JOIN guide g ON g.id = v.guide "
        "WHERE g.organisation = ? AND g.code = ? AND v.digest = ?",
        organisation,
        code,
        digest,
    )
    return None if row is None else row["document"].encode()


async def published_version(tx: Transaction, organisation: UUID, code: str, version: int) -> Guide | None:
    """One version by its number, or None."""
    row = await tx.fetch_one(
        "SELECT v.document FROM guide_version v JOIN guide g ON g.id = v.guide "
        "WHERE g.organisation = ? AND g.code = ? AND v.version = ?",
        organisation,
        code,
        version,
    )
    return None if row is None else decode(row["document"])
