"""What one change of the feed does to the copy of a row on a device (`pwa/src/sync/core/receive.ts`)."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Copy:
    """By which scopes a row is on the device, and in which version."""

    scopes: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class Received(Copy):
    """The copy after a change. `replace`: the content of the change takes the place of the content on the device."""

    replace: bool


def receive(copy: Copy | None, change: dict[str, Any]) -> Received | None:
    """The copy after a change; None when it goes.

    A row may come by several scopes: the set is kept, a remove takes one scope away, the copy goes with the last one.
    An older version never replaces a newer one. A purge takes all.
    """
    scope, version = change["scope"], change["version"]
    if change["kind"] == "remove":
        left = tuple(one for one in copy.scopes if one != scope) if copy else ()
        if copy is None or not left or change["reason"] == "purged":
            return None
        return Received(left, copy.version, replace=False)
    if copy is None:
        return Received((scope,), version, replace=True)
    scopes = copy.scopes if scope in copy.scopes else (*copy.scopes, scope)
    newer = version >= copy.version
    return Received(scopes, version if newer else copy.version, replace=newer)
