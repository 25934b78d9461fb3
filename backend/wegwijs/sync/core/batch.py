"""Cutting the queue into pushes (`pwa/src/sync/core/batch.ts`). A group is never cut: it is applied whole or not."""

from itertools import chain, groupby

from wegwijs.sync.core.canonical import canonical
from wegwijs.sync.core.queue import Json

MOST_MUTATIONS = 100
# Under the server's limit of 1 MiB, with room for the frame. UTF-8 bytes.
MOST_BYTES = 900_000


def batches(queue: list[Json], most: int = MOST_MUTATIONS, most_bytes: int = MOST_BYTES) -> list[list[Json]]:
    """Batches in the order of the queue. A group that is larger than a batch makes a batch of its own."""
    found: list[list[Json]] = []
    room = places = 0
    for group in _groups(queue):
        size = len(canonical(group))
        if not found or size > room or len(group) > places:
            found.append([])
            room, places = most_bytes, most
        found[-1] += group
        room -= size
        places -= len(group)
    return found


def halve(batch: list[Json]) -> tuple[list[Json], list[Json]] | None:
    """Two halves of a batch that was too large; None when it is one group and cannot be cut."""
    parts = _groups(batch)
    if len(parts) < 2:
        return None
    middle = (len(parts) + 1) // 2
    return list(chain(*parts[:middle])), list(chain(*parts[middle:]))


def _groups(queue: list[Json]) -> list[list[Json]]:
    """Neighbours of one group together; a mutation without a group stands alone."""
    return [list(group) for _, group in groupby(queue, key=lambda one: one.get("group") or one["id"])]
