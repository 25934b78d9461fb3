"""What a simulated device keeps when it is killed: its store, whose transactions happen whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wegwijs.sync.core.queue import Json, Queued

Key = tuple[str, str]


class Killed(Exception):
    """The app ended here: a closed browser, an empty battery. What the disk holds stays."""


class StoreFull(Exception):
    """The browser has no room: nothing was written, and the worker was told."""


class StoreClosed(Exception):
    """The browser closed the connection to the store: it is opened again and the write tried once more."""


class Copy(NamedTuple):
    """The server's copy of one row."""

    scopes: tuple[str, ...]
    version: int
    data: Json


@dataclass
class Stores:
    """Everything on the disk of one membership on one device."""

    outbox: dict[str, Queued] = field(default_factory=dict)
    rows: dict[Key, Copy] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "Stores":
        """The same content, to be changed apart from this."""
        return Stores(dict(self.outbox), dict(self.rows), dict(self.meta))


class Trouble:
    """What goes wrong on the device during one run: killed at a numbered moment, a store that throws at one."""

    def __init__(self, kill: int | None = None, full: int | None = None, closed: int | None = None) -> None:
        self._kill, self._full, self._closed = kill, full, closed
        self._moments = self._writes = 0

    def moment(self) -> None:
        """Something was about to happen, or has just happened. Raises Killed."""
        self._moments += 1
        if self._kill is not None and self._moments > self._kill:
            raise Killed

    def write(self) -> None:
        """A write begins. Raises StoreFull or StoreClosed."""
        self._writes += 1
        if self._closed is not None and self._writes == self._closed + 1:
            raise StoreClosed
        if self._full is not None and self._writes == self._full + 1:
            raise StoreFull


class Disk:
    """One transaction at a time; `trouble` may end it before it began or just after it was complete."""

    def __init__(self, stores: Stores | None = None) -> None:
        self.stores = stores or Stores()
        self.trouble = Trouble()

    def write(self, change: Callable[[Stores], None]) -> None:
        """Change the stores, whole or not at all. Raises Killed or StoreFull; then nothing, or with Killed all."""
        self.trouble.moment()
        try:
            self.trouble.write()
        except StoreClosed:
            self.trouble.write()
        changed = self.stores.copy()
        change(changed)
        self.stores = changed
        self.trouble.moment()
