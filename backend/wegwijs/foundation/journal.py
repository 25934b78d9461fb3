"""The journal: erasures and revocations, in a file outside database and backup, written before they commit.

A database that comes back from a backup has forgotten what was erased or switched off since. The journal has not, and
is read before a restored server answers. It holds no content: an erased record by the SHA-256 of its id, a device or a
membership by its id.

One JSON object a line, each with a checksum, appended under a lock and forced to the disk before the transaction
commits. So a line may stand for something that was never committed (the power went in between): it is then carried out
at the next start, because somebody decided it. Carrying a line out twice changes nothing.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.problems import Problem

Kind = Literal["erased", "device_revoked", "membership_off"]
FILE = "journal.jsonl"


class JournalError(Exception):
    """The journal cannot be read as a whole: somebody must look at it before the server answers."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event. `what` is the SHA-256 of a record's id (erased), or the id of a device or membership."""

    at: datetime
    kind: Kind
    organisation: UUID
    what: str


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    line: Line
    sum: str


def id_digest(identity: UUID) -> str:
    """SHA-256 of a record's id, hexadecimal: all that stays of an erased record."""
    return hashlib.sha256(str(identity).encode()).hexdigest()


def _sum(line: Line) -> str:
    return hashlib.sha256(msgspec.json.encode(line)).hexdigest()[:16]


class Journal:
    """The file `journal.jsonl` of a folder. Several processes may append to it at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def append(self, kind: Kind, organisation: UUID, what: Iterable[str]) -> None:
        """Write events and force them to the disk, before their transaction commits.

        Raises Problem `journal_unavailable`: then the transaction must not commit.
        """
        lines = [Line(now(), kind, organisation, one) for one in what]
        if not lines:
            return
        text = b"".join(msgspec.json.encode(_Written(line, _sum(line))) + b"\n" for line in lines)
        try:
            self._write(text)
        except OSError as error:
            raise Problem("journal_unavailable", retry_after=60) from error

    def _write(self, text: bytes) -> None:
        new = not self.path.exists()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            # The line before was cut off when the power went: begin on a line of our own.
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            text = (b"\n" if torn else b"") + text
            while text:
                text = text[os.write(handle, text) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def read(self) -> list[Line]:
        """All events, oldest first; empty when there is no file.

        A line that was cut off at its end was never acknowledged and is left out. Raises JournalError for one that was
        changed: what it said would be forgotten without anybody knowing.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(f"{self.path} cannot be read ({error.strerror})") from error
        found = []
        for number, text in enumerate(content.split(b"\n"), 1):
            if not text:
                continue
            try:
                written = msgspec.json.decode(text, type=_Written)
            except msgspec.DecodeError as error:
                if not text.endswith(b"}"):
                    continue
                raise JournalError(f"{self.path}, line {number}: damaged; take it from your copy") from error
            if written.sum != _sum(written.line):
                raise JournalError(f"{self.path}, line {number}: changed since it was written; take it from your copy")
            found.append(written.line)
        return found
