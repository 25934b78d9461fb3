"""Groups: what one save made is applied whole or not at all, so one refusal refuses all of it."""

from collections.abc import Iterable
from uuid import UUID

from wegwijs.sync.batch import Batch
from wegwijs.sync.entity import Refused
from wegwijs.sync.items import Item, rejected
from wegwijs.sync.steps import AnyStep, read_step

GROUP = 20


def grouped(items: Iterable[Item]) -> list[list[Item]]:
    """Items by group, in the devices' own order, whichever order they came in; without a group, each by itself."""
    judged = [item for item in items if item.mutation is not None and item.result is None]
    groups: dict[UUID | None, list[Item]] = {}
    for item in sorted(judged, key=lambda item: item.no):
        groups.setdefault(item.group or item.identity, []).append(item)
    return list(groups.values())


def refuse_broken(items: list[Item], fresh: list[Item]) -> None:
    """A group is refused whole when a member cannot even be read, or is refused already: its id was used before."""
    broken = {item.group for item in items if item.group and item.result and item.result.status in {"rejected", "gone"}}
    for item in fresh:
        if item.group in broken and item.result is None:
            item.result = rejected(item.identity, "group_refused")


def read_group(batch: Batch, group: list[Item]) -> list[AnyStep]:
    """The steps of a group, or none when one of them cannot be read: then all are refused."""
    if len(group) > GROUP:
        refuse(group, None, Refused("group_too_large", "group"))
        return []
    steps = []
    for item in group:
        if item.mutation is None:
            continue
        try:
            mutation = batch.registry.history.upcast(item.mutation, item.origin.schema)
            steps.append(read_step(batch.registry, item, mutation, batch.around(item.origin)))
        except Refused as refused:
            refuse(group, item, refused)
            return []
    return steps


def refuse(group: list[Item], culprit: Item | None, refused: Refused) -> None:
    """Refuse a whole group: the culprit for its own reason, the others because a group is applied whole."""
    for item in group:
        if culprit is None or item is culprit:
            status = "gone" if refused.code == "gone" else "rejected"
            item.result = rejected(item.identity, refused.code, refused.field, status)
        else:
            item.result = rejected(item.identity, "group_refused")
