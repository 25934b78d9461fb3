"""How far each counter is known to have stood, in a file beside the journal: tells a database that was put back.

Somebody who copies yesterday's file back into place, or lets a hoster roll a disk back, announces nothing. A counter
that stands below what was once noted can only mean that; the server then begins a new epoch before it answers.
"""

import logging
import os
from pathlib import Path
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Database

FILE = "clocks.json"
Known = dict[UUID, tuple[str, int]]

_log = logging.getLogger("wegwijs.operation")


class Highwater:
    """The file `clocks.json`: organisation to epoch and position. Written whole, from time to time."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._last: Known = {}

    def read(self) -> Known:
        """What was noted last; nothing when the file is not there or cannot be read."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Known)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError):
            _log.warning("the noted positions cannot be read")
            return {}

    async def note(self, db: Database) -> None:
        """Note where all counters stand now. A full disk takes nothing down: an older note is still true."""
        async with db.read() as tx:
            rows = await tx.fetch("SELECT organisation, epoch, seq FROM sync_clock")
        known = {row["organisation"]: (row["epoch"], row["seq"]) for row in rows}
        if known == self._last:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(msgspec.json.encode(known))
            draft.replace(self.path)
            self._last = known
        except OSError:
            _log.warning("the positions cannot be noted")
