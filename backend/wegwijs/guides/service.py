"""The door of this part: what other parts, the command line and the tests may call."""

from uuid import UUID

from wegwijs.foundation.database import Transaction
from wegwijs.guides.document import Guide, decode
from wegwijs.guides.listing import list_guides
from wegwijs.guides.shipping import bring_starters, bring_starters_everywhere

__all__ = ["bring_starters", "bring_starters_everywhere", "list_guides", "published_guide", "published_guides"]

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
