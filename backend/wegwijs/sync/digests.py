"""The digest of a scope: how many rows it holds, and the xor of their marks, by which a device checks what it has.

Every pull ends with one, and a visible device pulls whenever anybody of its organisation has changed anything.
Counting 10,000 rows takes some 100 ms, so what was counted is remembered for as long as the scope has not changed: most
pulls are for changes in somebody else's.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from wegwijs.foundation.database import Transaction, marks
from wegwijs.sync.core.canonical import row_mark
from wegwijs.sync.schemas import ScopeDigest

_REMEMBERED = 5000
# Epoch, scope, the last change in it, and how far its removals were pruned: what these four say, says all.
_Key = tuple[str, str, int, int]


@dataclass(slots=True)
class _Memory:
    """The digests that were asked for last, of all organisations."""

    known: OrderedDict[_Key, ScopeDigest] = field(default_factory=OrderedDict)

    def get(self, key: _Key) -> ScopeDigest | None:
        found = self.known.get(key)
        if found is not None:
            self.known.move_to_end(key)
        return found

    def put(self, key: _Key, found: ScopeDigest) -> None:
        self.known[key] = found
        if len(self.known) > _REMEMBERED:
            self.known.popitem(last=False)


_memory = _Memory()


async def digests(
    tx: Transaction, organisation: UUID, epoch: str, floors: Mapping[str, int], *, again: bool = False
) -> dict[str, ScopeDigest]:
    """The digest of each scope in `floors`, which says how far each was pruned (0: not at all).

    With `again` they are counted anew: a device that found a difference is not told the same once more from memory.
    """
    keys = {
        scope: (epoch, scope, await _last_change(tx, organisation, scope), floor) for scope, floor in floors.items()
    }
    found = {} if again else {scope: known for scope, key in keys.items() if (known := _memory.get(key)) is not None}
    counted = await _count(tx, organisation, [scope for scope in keys if scope not in found])
    for scope, digest in counted.items():
        _memory.put(keys[scope], digest)
    return found | counted


async def _last_change(tx: Transaction, organisation: UUID, scope: str) -> int:
    row = await tx.fetch_one(
        "SELECT MAX(seq) AS seq FROM sync_change WHERE organisation = ? AND scope = ?", organisation, scope
    )
    return int(row["seq"] or 0) if row else 0


async def _count(tx: Transaction, organisation: UUID, scopes: list[str]) -> dict[str, ScopeDigest]:
    if not scopes:
        return {}
    rows = await tx.fetch(
        "SELECT scope, entity, entity_id, version FROM sync_change "  # noqa: S608
        f"WHERE organisation = ? AND kind = 'put' AND scope IN ({marks(len(scopes))})",
        organisation,
        *scopes,
    )
    totals = {scope: [0, 0] for scope in scopes}
    for row in rows:
        total = totals[row["scope"]]
        total[0] += 1
        total[1] ^= row_mark(row["entity"], str(row["entity_id"]), row["version"])
    return {scope: ScopeDigest(count, f"{mark:016x}") for scope, (count, mark) in totals.items()}
