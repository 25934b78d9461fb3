"""What waits for what: holding mutations back until the ones they depend on have come, and refusing what never can."""

from collections.abc import Collection, Iterable
from uuid import UUID

from wegwijs.sync import ledger
from wegwijs.sync.batch import Batch
from wegwijs.sync.entity import Refused, Row
from wegwijs.sync.groups import grouped, refuse
from wegwijs.sync.items import Item
from wegwijs.sync.schemas import MutationResult

HELD = 500
"""So many mutations of one device may wait at a time."""
_LONGEST_CHAIN = 100
_DECISIONS = frozenset({"discard", "hand_over"})

Places = dict[UUID, tuple[UUID, int]]
"""Which device gave a mutation which number."""


def decides_about(item: Item) -> UUID | None:
    """The mutation that this one gives up or hands over. It only must have come, and may be held itself."""
    return item.mutation.replaces if item.mutation is not None and item.mutation.op in _DECISIONS else None


def is_held(item: Item) -> bool:
    """Whether it waits for another."""
    return item.result is not None and item.result.status == "held"


async def hold_back(batch: Batch, items: list[Item], numbers: Places) -> None:
    """Give `held` or `bad_dependency` to what depends on mutations that have not arrived or cannot be meant.

    `numbers` has the mutations that this batch has settled: of them the ledger does not know yet.
    """
    wanted = {one for item in items for one in _awaited(item)}
    if not wanted:
        return
    earlier = await ledger.known_dependencies(batch.tx, batch.actor.organisation, wanted)
    # What was refused a moment ago is settled as well.
    numbers = numbers | {item.identity: item.place for item in items if item.identity}
    come = {*batch.judged, *earlier}
    for group in grouped(items):
        ids = {item.identity for item in group if item.identity}
        for item in group:
            verdict = _verdict(item, earlier, numbers, come)
            if isinstance(verdict, UUID):
                verdict = await _may_wait(batch, item, verdict, ids)
            if verdict is None:
                continue
            if isinstance(verdict, Refused):
                refuse(group, item, verdict)
            else:
                _hold(group, verdict)
                # What depends on a mutation that is held now waits as well.
                numbers = {one: place for one, place in numbers.items() if one not in ids}
            break


def _awaited(item: Item) -> list[UUID]:
    """What must have come before: dependencies, and what a decision is about."""
    if item.mutation is None:
        return []
    target = decides_about(item)
    return [*item.mutation.depends_on, *([target] if target else [])]


def _verdict(item: Item, earlier: dict[UUID, Row], numbers: Places, come: Collection[UUID]) -> Refused | UUID | None:
    """What a mutation waits for, or why its dependency cannot be; None when all is met."""
    mutation = item.mutation
    if mutation is None:
        return None
    for one in _awaited(item):
        known = earlier.get(one)
        if one == mutation.replaces:
            if mutation.op in _DECISIONS and one not in come:
                return one
            continue
        if known is not None and known["membership"] != item.origin.membership:
            return Refused("bad_dependency", "depends_on")
        # Numbers of different devices of one person say nothing about each other: a browser that enrolled again hands
        # in what it had queued as another device.
        place = (known["device"], known["no"]) if known else numbers.get(one)
        if place is not None and place[0] == item.origin.device and place[1] >= mutation.no:
            return Refused("bad_dependency", "depends_on")
        # Of what was settled in this push the ledger still says that it is held.
        if one not in numbers and (known is None or known["status"] == "held"):
            return one
    return None


async def _may_wait(batch: Batch, item: Item, awaited: UUID, ids: Collection[UUID]) -> Refused | UUID:
    """What it waits for, unless that would wait for itself, or too much waits already."""
    node, hops = awaited, 0
    while hops < _LONGEST_CHAIN:
        if node in ids:
            return Refused("bad_dependency", "depends_on")
        known = (await ledger.known_dependencies(batch.tx, batch.actor.organisation, [node])).get(node)
        if known is None or known["status"] != "held" or known["waits_for"] is None:
            break
        node, hops = known["waits_for"], hops + 1
    waiting = sum(is_held(one) for one in batch.judged.values())
    if (
        item.outcome == 0
        and waiting + await ledger.held_by(batch.tx, batch.actor.organisation, item.origin.device) >= HELD
    ):
        return Refused("too_many_held")
    return awaited


def _hold(group: list[Item], waits_for: UUID) -> None:
    for item in group:
        item.waits_for = waits_for
        item.result = MutationResult(item.identity, "held")


def freed(judged: Iterable[Item], over: Collection[UUID]) -> list[Item]:
    """What waited, in this very push, for mutations that are settled now: the ledger does not know of it yet."""
    found = [item for item in judged if is_held(item) and item.waits_for in over]
    for item in found:
        item.result = item.waits_for = None
    return found
